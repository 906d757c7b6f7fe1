"""Stories of a distributor that begins again, and of workers that join again."""

from __future__ import annotations

from marx.core.answers import JobState
from marx.core.events import (
    ChunkEnded,
    Held,
    JobPaused,
    JobSubmitted,
    RegionOpened,
    WorkerBeat,
    WorkerJoined,
    WorkerLost,
    WorkerReady,
)
from marx.core.instructions import GrantChunk, GrantDriver, KeepOutcome, StopAttempt, Story

from .play import MS, SECOND, Play, chunk, driver, grants, number, with_driver


def resumed() -> Play:
    """A distributor started for the second time; its journal knows a running job with an open region of 100 items."""
    play = Play(epoch=2)
    assert play.tell(JobSubmitted("job", "ann", "3.11", resumed=True), 0) == []
    assert play.tell(RegionOpened(driver(1), 0, 0, 100, 500 * MS, done=((0, 10),))) == []
    return play


def test_after_a_restart_what_still_runs_is_adopted() -> None:
    play = resumed()
    # `b` still runs a chunk. It could take more, but first all may say what they hold.
    assert play.tell(WorkerJoined("b", 1, 1, "3.11", held=(Held(chunk(8, 7), 30, 35),))) == [
        Story("b", "joined: slots 1, driver seats 1, Python 3.11", {"held": 1}),
    ]
    assert play.tell(WorkerReady("b", 2, 1, number(8))) == []
    # `a` has the driver, and a chunk that the journal has the values of.
    assert play.tell(WorkerJoined("a", 1, 1, "3.11", held=(Held(driver(1)), Held(chunk(5, 3), 5, 10)))) == [
        Story("a", "joined: slots 1, driver seats 1, Python 3.11", {"held": 2}),
        Story("job", "driver goes on at a, attempt 1"),
        StopAttempt("a", chunk(5, 3), "not owed any more"),
    ]
    assert play.tell(WorkerReady("a", 1, 1, number(8))) == []
    assert play.tell(ChunkEnded("b", chunk(8, 7), "done", SECOND), 1_000) == [KeepOutcome("b", chunk(8, 7), 30, 35)]
    # Then the rest is cut, under numbers that never were. Each slot gets one, and `b` said that it takes another.
    play.tell(WorkerBeat("a", (number(1),)), 9_000)
    play.tell(WorkerBeat("b", ()), 9_000)
    assert play.tick_until(10_000) == [
        GrantChunk("a", chunk(1, 100, epoch=2), 10, 11, 0),
        GrantChunk("b", chunk(2, 101, epoch=2), 11, 12, 0),
        GrantChunk("b", chunk(3, 102, epoch=2), 12, 13, 0),
    ]


def test_nothing_is_learned_from_how_long_an_adopted_chunk_seems_to_have_run() -> None:
    play = resumed()
    play.tell(WorkerJoined("a", 4, 1, "3.11", held=(Held(driver(1)),)))
    ran = [Held(chunk(4 + n, n), 20 + 5 * n, 25 + 5 * n) for n in range(4)]
    play.tell(WorkerJoined("b", 4, 1, "3.11", held=tuple(ran)))
    # Each ran for an hour before the distributor was started anew, and ends a moment later.
    for held in ran:
        play.tell(ChunkEnded("b", held.lease, "done", 3_600 * SECOND), 10)
    play.tell(WorkerReady("b", 4, 0, number(8)))
    play.tell(WorkerBeat("a", (number(1),)), 9_000)
    play.tell(WorkerBeat("b", ()), 9_000)
    play.tick_until(10_000)
    assert [state.speed for state in play.scheduler.workers()] == [1.0, 1.0]
    assert [state.eta_p50_ms for state in play.scheduler.regions("job")] == [-1]


def test_after_a_restart_nobody_waits_longer_than_until_all_who_worked_are_back() -> None:
    play = Play(epoch=2)
    assert play.tell(JobSubmitted("job", "ann", "3.11", resumed=True, awaited=("a", "b")), 0) == []
    assert play.tell(RegionOpened(driver(1), 0, 0, 100, 500 * MS, done=((0, 10),))) == []
    play.tell(WorkerJoined("a", 1, 1, "3.11", held=(Held(driver(1)),)))
    # `b` may still hold a chunk, so `a` gets none yet; a stranger's coming changes nothing.
    assert grants(play.tell(WorkerReady("a", 1, 0, number(8)))) == []
    play.tell(WorkerJoined("c", 1, 1, "3.11"))
    assert grants(play.tell(WorkerReady("c", 1, 0, 0))) == []
    # Its word that it does comes well before the time is over.
    came = play.tell(WorkerJoined("b", 1, 1, "3.11", held=(Held(chunk(8, 7), 10, 12),)), 100)
    assert [(grant.worker, grant.start) for grant in grants(came)] == [("a", 12), ("c", 13)]
    assert play.tell(ChunkEnded("b", chunk(8, 7), "done", SECOND), 600) == [KeepOutcome("b", chunk(8, 7), 10, 12)]


def test_after_a_restart_a_driver_that_does_not_come_back_starts_again() -> None:
    play = resumed()
    play.tell(WorkerJoined("b", 1, 1, "3.11"))
    play.tell(WorkerReady("b", 1, 1, 0))
    play.tell(WorkerBeat("b", ()), 9_000)
    assert play.tick_until(10_000) == [GrantDriver("b", driver(1, attempt=1, epoch=2), 1)]
    # The old one comes too late.
    assert play.tell(WorkerJoined("a", 1, 1, "3.11", held=(Held(driver(1)),)))[1:] == [
        StopAttempt("a", driver(1), "not owed any more"),
    ]
    # The new one opens the region anew.
    assert len(grants(play.tell(RegionOpened(driver(1, epoch=2), 0, 0, 100, MS, done=((0, 10),))))) == 1


def test_what_is_told_of_losses_that_nobody_saw_is_what_is_known() -> None:
    play = Play(epoch=2)
    play.tell(JobSubmitted("job", "ann", "3.11", resumed=True, awaited=("a", "b"), driver_tries=1), 0)
    play.tell(JobSubmitted("held", "ann", "3.11", resumed=True, awaited=("a",), driver_tries=3), 0)
    play.tell(JobPaused("held"))
    # `a` is here, but was started anew: it has nothing of what it ran. `b` may have run nothing any more.
    play.tell(WorkerJoined("a", 1, 1, "3.11"))
    play.tell(WorkerBeat("a", ()), 9_000)
    missing = "b was not back in time after the distributor was started anew: if it ran some of the job, "
    assert play.tick_until(10_000) == [
        Story("held", "driver restarts when the pause ends: nobody came back with its attempt 3"),
        Story("job", "driver restarts at the next free seat: nobody came back with its attempt 1"),
        Story("job", missing + "that is run again"),
    ]


def test_a_worker_that_falls_silent_after_a_drain_has_left() -> None:
    play = Play()
    play.tell(WorkerJoined("a", 1, 1, "3.11"), 0)
    play.tell(WorkerReady("a", 0, 0, 0, draining=True))
    assert play.tick_until(10_000) == [Story("a", "left: it had ended what it ran", {"leases": 0})]
    assert [(state.state, state.reason) for state in play.scheduler.workers()] == [
        ("lost", "it had ended what it ran"),
    ]


def test_a_worker_cannot_claim_what_it_was_not_given() -> None:
    play = resumed()
    claims = (
        Held(chunk(9, 1, job="other"), 20, 30),
        Held(chunk(9, 1, region=4), 20, 30),
        Held(chunk(10, 2), 5, 15),
        Held(chunk(11, 3), 90, 101),
        Held(chunk(12, 4), 30, 30),
        Held(chunk(13, 5)),
        Held(chunk(14, 6, epoch=2), 20, 30),
        Held(chunk(15, 7, epoch=9), 20, 30),
        Held(chunk(16, -2), 20, 30),
    )
    for claim in claims:
        answer = play.tell(WorkerJoined("b", 1, 1, "3.11", held=(claim,)))
        assert answer[-1] == StopAttempt("b", claim.lease, "not owed any more")
    play.tell(WorkerJoined("old", 1, 1, "3.10", held=(Held(driver(1)),)))
    assert play.scheduler.job_state("job") == JobState("job", "queued", "waits for its workers to come back")


def test_a_worker_that_joins_again_keeps_what_it_holds_and_loses_what_it_does_not() -> None:
    play = with_driver(workers="a", slots=2)
    play.tell(WorkerReady("a", 2, 0, number(1)))
    play.tell(RegionOpened(driver(1), 0, 0, 2, SECOND))
    assert play.tell(WorkerJoined("a", 2, 2, "3.11", holding=(driver(1), chunk(2, 0)))) == [
        StopAttempt("a", chunk(3, 1), "not held when the worker joined again"),
        Story("job/0/1", "requeued item 1 from a: lost: a joined again without it", again=True),
        Story("a", "joined: slots 2, driver seats 2, Python 3.11", {"held": 2}),
    ]
    # What it had said before is void.
    assert play.tell(ChunkEnded("a", chunk(2, 0), "done", SECOND)) == [KeepOutcome("a", chunk(2, 0), 0, 1)]
    assert play.tell(WorkerReady("a", 1, 0, number(2))) == [GrantChunk("a", chunk(4, 1, attempt=2), 1, 2, 0)]


def test_after_a_restart_the_first_of_two_attempts_at_an_item_is_adopted() -> None:
    play = resumed()
    whole, piece = Held(chunk(8, 7), 30, 35), Held(chunk(9, 11), 32, 34)
    assert len(play.tell(WorkerJoined("a", 1, 1, "3.11", held=(whole,)))) == 1
    assert play.tell(WorkerJoined("b", 1, 1, "3.11", held=(piece,)))[1:] == [
        StopAttempt("b", piece.lease, "not owed any more"),
    ]


def test_of_one_worker_the_first_is_adopted() -> None:
    play = resumed()
    both = (Held(chunk(8, 7), 30, 35), Held(chunk(9, 7, attempt=2), 30, 35))
    assert play.tell(WorkerJoined("a", 2, 1, "3.11", held=both))[1:] == [
        StopAttempt("a", both[1].lease, "not owed any more"),
    ]


def test_the_old_driver_is_not_taken_back_once_a_new_one_was_granted() -> None:
    play = resumed()
    play.tell(WorkerJoined("b", 1, 1, "3.11"))
    play.tell(WorkerReady("b", 1, 1, 0))
    play.tell(WorkerBeat("b", ()), 9_000)
    assert [type(word) for word in play.tick_until(10_000)] == [GrantDriver]
    play.tell(WorkerLost("b"))
    assert play.tell(WorkerJoined("a", 1, 1, "3.11", held=(Held(driver(1)),)))[1:] == [
        StopAttempt("a", driver(1), "not owed any more"),
    ]


def test_a_worker_that_is_started_anew_is_not_blamed_for_each_chunk_that_it_ran() -> None:
    play = with_driver(workers="a", slots=4)
    play.tell(WorkerReady("a", 4, 0, number(1)))
    play.tell(RegionOpened(driver(1), 0, 0, 4, SECOND))
    play.tell(WorkerBeat("a", tuple(number(lease) for lease in range(1, 6))))
    play.tell(WorkerJoined("a", 4, 4, "3.11", holding=(driver(1),)))
    assert any(isinstance(answer, GrantChunk) for answer in play.tell(WorkerReady("a", 4, 1, number(5))))
    assert [state.state for state in play.scheduler.workers()] == ["ready"]
