"""Stories of a worker's leases: what arrived, what the shell did, and everything that is said about it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from marx.wire.messages import ChunkDone, DriverDone, Lease, Ready, Returned
from marx.worker.session import NEXT, UNACKED_MAX, Phase, Session, WrongPhase


def chunk(number: int, job: str = "job") -> Lease:
    return Lease(number=number, job=job, region=0, chunk=number, attempt=1)


def driver(number: int, job: str = "job") -> Lease:
    return Lease(number=number, job=job, region=-1, chunk=-1, attempt=1)


def done(lease: Lease) -> ChunkDone:
    return ChunkDone(lease=lease, verdict="done", wall_ns=1, cpu_ns=1)


def exited(lease: Lease) -> DriverDone:
    return DriverDone(lease=lease, verdict="exited", exit_code=0, files=[], removed=[], wall_ns=1, cpu_ns=1)


def queue(session: Session, *leases: Lease, batch: int = 1) -> None:
    for lease in leases:
        assert session.receive(lease, batch) is True
        assert session.fetched(lease.number)


def run_next(session: Session, *jobs: str) -> Lease:
    lease = session.next_chunk(jobs)
    assert lease is not None
    return lease


def test_credit_is_free_slots_and_a_little_more() -> None:
    session = Session(slots=2, seats=3, prefetch=1)
    assert session.welcomed() == [Ready(chunks=3, drivers=3, seen=0)]
    # Two chunks and a driver come; the distributor counts them itself, so there is nothing to say.
    queue(session, chunk(1), chunk(2), driver(3))
    assert session.news() is None
    # They start and one ends: that one's room is news.
    first = run_next(session)
    assert run_next(session) == chunk(2)
    assert session.news() is None
    assert session.finish(done(first))
    assert session.news() == Ready(chunks=2, drivers=2, seen=3)
    assert session.news() is None


def test_a_slot_takes_the_longest_waiting_and_prefers_its_job_only_among_equals() -> None:
    session = Session(slots=4, seats=1)
    queue(session, chunk(1, "a"), chunk(2, "b"), batch=1)
    queue(session, chunk(3, "b"), chunk(4, "c"), batch=2)
    # A slot with a jail of "c" must not jump over an earlier batch; one of "b" may choose within it.
    assert run_next(session, "c") == chunk(1, "a")
    assert run_next(session, "c") == chunk(2, "b")
    assert run_next(session, "c") == chunk(4, "c")
    assert run_next(session, "c") == chunk(3, "b")
    assert session.next_chunk(["c"]) is None


def test_a_chunk_whose_blobs_are_not_here_is_not_run_and_holds_nobody_up() -> None:
    session = Session(slots=2, seats=1)
    assert session.receive(chunk(1), 1) is True
    queue(session, chunk(2), batch=2)
    assert run_next(session) == chunk(2)
    assert session.next_chunk([]) is None
    assert session.fetched(1)
    assert run_next(session) == chunk(1)


def test_outcomes_are_kept_until_acknowledged_and_sent_again_after_a_reconnect() -> None:
    session = Session(slots=1, seats=1, prefetch=1)
    queue(session, chunk(1), chunk(2), driver(3))
    outcome = done(run_next(session))
    assert session.finish(outcome)
    # The connection breaks here. The hello names all three leases, then the outcome goes out again.
    assert session.holding() == [chunk(1), chunk(2), driver(3)]
    assert session.welcomed() == [outcome, Ready(chunks=1, drivers=0, seen=3)]
    # Acknowledged once, it is forgotten; the second word about it is stale and changes nothing.
    assert session.acked(1) == outcome
    assert session.acked(1) is None
    assert session.holding() == [chunk(2), driver(3)]
    assert session.welcomed() == [Ready(chunks=1, drivers=0, seen=3)]


def test_what_an_earlier_run_finished_is_offered_with_the_first_hello() -> None:
    session = Session(slots=1, seats=1, prefetch=1)
    left = done(chunk(7))
    session.restore(left)
    assert session.holding() == [chunk(7)]
    # It takes up no slot, and the credit is that of a worker that has seen nothing yet.
    assert session.welcomed() == [left, Ready(chunks=2, drivers=1, seen=0)]
    # Nobody can stop what is finished; it is forgotten by its acknowledgement only.
    assert session.stop(chunk(7)) is None
    assert (session.idle(), session.computing()) == (False, False)
    assert session.acked(7) == left
    assert session.idle()


def test_the_same_lease_twice_is_one_lease() -> None:
    session = Session(slots=1, seats=1)
    queue(session, chunk(1))
    assert session.receive(chunk(1), 2) is False
    assert run_next(session) == chunk(1)
    assert session.next_chunk([]) is None


def test_an_acknowledgement_of_what_still_runs_is_ignored() -> None:
    session = Session(slots=1, seats=1)
    queue(session, chunk(1))
    run_next(session)
    assert session.acked(1) is None
    assert session.acked(99) is None
    assert session.holding() == [chunk(1)]


def test_stop_forgets_what_waits_and_ends_what_runs() -> None:
    session = Session(slots=1, seats=1, prefetch=2)
    queue(session, chunk(1), chunk(2))
    running = run_next(session)
    assert session.stop(chunk(2)) is Phase.QUEUED
    # The running one is not listed any more, but its slot is not free before the shell has ended it.
    assert session.stop(running) is Phase.RUNNING
    assert session.stop(running) is None
    assert session.holding() == []
    assert session.welcomed() == [Ready(chunks=2, drivers=1, seen=2)]
    # Its outcome comes too late and is nobody's.
    assert not session.finish(done(running))
    assert session.idle()
    assert session.news() == Ready(chunks=3, drivers=1, seen=2)


def test_a_stop_counts_only_for_the_very_same_lease() -> None:
    session = Session(slots=1, seats=1)
    queue(session, chunk(1, "a"))
    assert session.stop(chunk(1, "b")) is None
    assert session.stop(chunk(7)) is None
    assert session.holding() == [chunk(1, "a")]


def test_a_lease_that_was_stopped_while_its_blobs_came_is_gone() -> None:
    session = Session(slots=1, seats=1)
    assert session.receive(chunk(1), 1) is True
    assert session.stop(chunk(1)) is Phase.FETCHING
    assert not session.fetched(1)
    assert session.give_back(chunk(1), "a blob is missing") == []


def test_a_driver_without_a_seat_is_given_back() -> None:
    session = Session(slots=1, seats=1)
    queue(session, driver(1))
    assert session.receive(driver(2), 1) == Returned(lease=driver(2), reason="no driver seat is free")
    session.start(1)
    assert session.finish(exited(driver(1)))
    # An ended driver's seat is free although its outcome waits to be acknowledged.
    assert session.news() == Ready(chunks=3, drivers=1, seen=2)


def test_draining_gives_back_what_waits_and_finishes_what_runs() -> None:
    session = Session(slots=1, seats=1)
    queue(session, chunk(1), chunk(2), driver(3))
    session.start(3)
    running = run_next(session)
    assert session.drain() == [Returned(lease=chunk(2), reason="the worker is draining")]
    assert session.news() == Ready(chunks=0, drivers=0, seen=3, draining=True)
    assert session.receive(chunk(4), 2) == Returned(lease=chunk(4), reason="the worker is draining")
    assert session.finish(done(running))
    assert session.finish(exited(driver(3)))
    assert not session.idle()
    session.acked(1)
    session.acked(3)
    assert session.idle()


def test_leaving_gives_back_everything_that_has_no_outcome() -> None:
    session = Session(slots=1, seats=1)
    queue(session, chunk(1), chunk(2), driver(3))
    session.start(3)
    outcome = done(run_next(session))
    assert session.finish(outcome)
    assert [word.lease for word in session.leave()] == [chunk(2), driver(3)]
    assert session.holding() == [chunk(1)]
    # A jail that ends while everything is torn down has nothing to add.
    assert not session.finish(exited(driver(3)))


def test_no_credit_while_too_many_outcomes_wait() -> None:
    session = Session(slots=1, seats=1)
    for number in range(1, UNACKED_MAX + 1):
        queue(session, chunk(number))
        session.finish(done(run_next(session)))
    assert session.welcomed()[-1] == Ready(chunks=0, drivers=1, seen=UNACKED_MAX)
    session.acked(5)
    assert session.news() == Ready(chunks=1, drivers=1, seen=UNACKED_MAX)


STEPS: dict[Phase, Callable[[Session], object]] = {
    Phase.QUEUED: lambda session: session.fetched(1),
    Phase.RUNNING: lambda session: session.start(1),
    Phase.FINISHED: lambda session: session.finish(exited(driver(1))),
}
WAYS: dict[Phase, list[Phase]] = {
    Phase.FETCHING: [],
    Phase.QUEUED: [Phase.QUEUED],
    Phase.RUNNING: [Phase.QUEUED, Phase.RUNNING],
    Phase.FINISHED: [Phase.QUEUED, Phase.RUNNING, Phase.FINISHED],
}


@pytest.mark.parametrize(("before", "after"), list(product(WAYS, (Phase.QUEUED, Phase.RUNNING, Phase.FINISHED))))
def test_every_step_outside_the_table_raises_and_changes_nothing(before: Phase, after: Phase) -> None:
    session = Session(slots=1, seats=1)
    session.receive(driver(1), 1)
    for phase in WAYS[before]:
        STEPS[phase](session)
    if after in NEXT[before]:
        STEPS[after](session)
        return
    said = session.welcomed()
    with pytest.raises(WrongPhase, match="lease 1 of job job"):
        STEPS[after](session)
    assert session.welcomed() == said
    assert session.holding() == [driver(1)]
