"""Sessions: calls that a tasker sends itself, with outcomes that reach it whatever is lost on the way."""

from __future__ import annotations

from array import array
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from marx.wire import messages as wire
from marx.wire.codec import content
from tests.distributor.model import CALM, Lab, Peer, Worker, program


def session(lab: Lab, tasker: Peer, ticket: str = "ticket") -> str:
    return tasker.submit(program("session", files=[], session=True), ticket)


def calls(job: str, start: int, *items: bytes, region: int = 0, **changed: Any) -> wire.Calls:
    """Expensive calls, so that each is a chunk."""
    ends = array("Q", accumulate(map(len, items), initial=0))
    fields: dict[str, Any] = {
        "job": job,
        "region": region,
        "start": start,
        "stop": start + len(items),
        "offsets": ends.tobytes(),
        "items": content(b"".join(items)),
        "item_ns": 10**9,
        "captures": content(b"function"),
    }
    return wire.Calls(**{**fields, **changed})


def done(tasker: Peer, start: int) -> wire.CallsDone:
    return tasker.expect(wire.CallsDone, lambda found: found.start == start)


def work(worker: Worker) -> wire.LeaseChunk:
    chunk = worker.chunk()
    worker.finish(chunk)
    worker.expect(wire.Acked, lambda found: found.number == chunk.lease.number)
    worker.say(wire.Ready(4, 0, chunk.lease.number))
    return chunk


def test_calls_come_back_as_they_are_done_and_the_session_ends_as_done(durable: Lab) -> None:
    tasker, worker = durable.tasker(), durable.worker("w1")
    job = session(durable, tasker)
    tasker.say(calls(job, 0, b"a", b"bc"))
    first, second = work(worker), work(worker)
    assert (first.program, first.captures) != (None, None)
    assert second.captures is None
    assert [(one.items and one.items.data) for one in (first, second)] == [b"a", b"bc"]
    for start in (0, 1):
        answer = done(tasker, start)
        assert (answer.stop, answer.worker, answer.reason) == (start + 1, "w1", "")
        assert answer.values is not None
    # Later calls of the same function need neither the function nor a new region.
    tasker.say(wire.CallsTaken(job, 0, [(0, 1), (1, 2)]), calls(job, 2, b"d", captures=None))
    third = work(worker)
    assert (third.start, third.lease.region, third.captures) == (2, 0, None)
    assert done(tasker, 2).stop == 3
    tasker.say(wire.EndSession(job))
    ended = tasker.expect(wire.Ended)
    assert (ended.state, ended.exit_code, ended.reason) == ("done", 0, "")
    tasker.say(calls(job, 3, b"e"))
    assert tasker.expect(wire.Refused).code == "no-session"


def test_later_calls_wait_for_all_earlier_ones_whose_bytes_are_not_there_yet(durable: Lab) -> None:
    tasker, worker = durable.tasker(), durable.worker("w1")
    job = session(durable, tasker)
    bulk = [bytes([65 + n]) * 100_000 for n in range(2)]
    large = [calls(job, n, data, items=wire.Content(content(data).hash, len(data))) for n, data in enumerate(bulk)]
    tasker.say(*large)
    for _ in large:
        tasker.expect(wire.Needs)
    # The first call is complete now, the second is not: a third must not make a gap of it.
    tasker.upload(bulk[0])
    tasker.say(large[0])
    assert work(worker).start == 0
    tasker.say(calls(job, 2, b"c", captures=None))
    tasker.upload(bulk[1])
    tasker.say(large[1], calls(job, 2, b"c", captures=None))
    assert {work(worker).start, work(worker).start} == {1, 2}


def test_outcomes_wait_for_a_tasker_that_lost_its_connection(durable: Lab) -> None:
    tasker, worker = durable.tasker(), durable.worker("w1", credit=2)
    job = session(durable, tasker)
    tasker.say(calls(job, 0, b"a", b"b"))
    work(worker)
    assert done(tasker, 0).values
    # Nothing was taken: on another connection the same ticket is the same job, and all is said once more.
    again = durable.tasker(tasker.keys)
    assert session(durable, again) == job
    again.say(calls(job, 0, b"a", b"b"))
    assert done(again, 0).values
    work(worker)
    assert done(again, 1).values
    again.say(wire.CallsTaken(job, 0, [(0, 1), (1, 2)]), calls(job, 0, b"a", b"b"), calls(job, 2, b"c", captures=None))
    work(worker)
    assert done(again, 2)
    assert not [one for one in again.arrived if isinstance(one, wire.CallsDone)]


def test_a_restarted_distributor_is_told_again(durable: Lab) -> None:
    tasker, worker = durable.tasker(), durable.worker("w1", credit=1)
    job = session(durable, tasker)
    tasker.say(calls(job, 0, b"a", b"b", b"c"))
    work(worker)
    assert done(tasker, 0)
    durable.restart()
    tasker, worker = durable.tasker(tasker.keys), durable.worker("w1", worker.keys)
    assert session(durable, tasker) == job
    tasker.say(calls(job, 1, b"b", b"c"))
    assert {work(worker).start, work(worker).start} == {1, 2}
    assert done(tasker, 1)
    assert done(tasker, 2)


def test_a_session_whose_tasker_is_gone_ends(lab: Lab) -> None:
    lab.settings = replace(CALM, heartbeat_ms=50, session_gone_ms=300)
    lab.restart()
    tasker = lab.tasker()
    job = session(lab, tasker)
    tasker.say(calls(job, 0, b"nobody computes this"))
    ended = tasker.expect(wire.Ended)
    assert (ended.job, ended.state) == (job, "cancelled")
    assert ended.reason == "its tasker was not heard of any more"


def test_calls_that_no_worker_survives_are_given_up(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1", credit=1)
    job = session(lab, tasker)
    tasker.say(calls(job, 0, b"a"))
    for _ in range(2):
        chunk = worker.chunk()
        worker.say(wire.ChunkDone(chunk.lease, "killed", 1, 1, reason="signal 11"), wire.Ready(1, 0, 1 << 62))
    answer = done(tasker, 0)
    assert answer.values is None
    assert "signal 11" in answer.reason


def test_large_arguments_and_functions_are_uploaded_first(durable: Lab) -> None:
    tasker, worker = durable.tasker(), durable.worker("w1")
    job = session(durable, tasker)
    large = b"x" * 100_000
    message = calls(job, 0, large)
    tasker.say(message)
    needs = tasker.expect(wire.Needs)
    assert (needs.ticket, needs.hashes) == (job, [message.items.hash])
    tasker.upload(large)
    tasker.say(message)
    chunk = work(worker)
    assert chunk.items is not None
    assert worker.fetch(chunk.items) == large


def test_calls_whose_bytes_come_late_are_not_overtaken(lab: Lab) -> None:
    # A small call overtook a large one, which then counted as done, and never had an outcome.
    large = [bytes([number]) * (wire.PART_BYTES + 1) for number in range(2)]
    tasker, worker = lab.tasker(), lab.worker("w1")
    job = session(lab, tasker)
    said = [
        calls(job, 0, large[0], captures=content(b"function")),
        calls(job, 1, large[1], captures=None),
        calls(job, 2, b"small", captures=None),
    ]
    tasker.say(*said)
    assert [tasker.expect(wire.Needs).hashes for _ in large] == [[one.items.hash] for one in said[:2]]
    # The second's bytes are there first: it waits for the first, as the small one does.
    tasker.upload(large[1])
    tasker.say(*said[1:])
    tasker.upload(large[0])
    tasker.say(*said)
    assert [work(worker).start for _ in said] == [0, 1, 2]
    for start in range(3):
        assert done(tasker, start).values


def test_nonsense_is_refused_and_changes_nothing(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1")
    job = session(lab, tasker)
    for message, code in (
        (calls(job, 0, b"a", offsets=b"\0" * 8), "bad-calls"),
        (calls(job, 0, b"a", offsets=array("Q", [0, 9]).tobytes()), "bad-calls"),
        (calls(job, -1, b"a"), "bad-calls"),
        (calls(job, 0, b"a", captures=None), "unknown-function"),
        (calls("nobody", 0, b"a"), "no-session"),
    ):
        tasker.say(message)
        assert tasker.expect(wire.Refused).code == code
    tasker.say(calls(job, 0, b"a"))
    work(worker)
    tasker.say(wire.CallsDropped(job, 0), calls(job, 0, b"again"))
    assert work(worker).items == content(b"again")


def test_what_belongs_to_calls_is_in_memory_until_its_tasker_has_it(durable: Lab) -> None:
    tasker, worker = durable.tasker(), durable.worker("w1")
    job = session(durable, tasker)
    large, values = b"x" * 100_000, b"y" * 100_000
    message = calls(job, 0, large)
    tasker.say(message)
    tasker.expect(wire.Needs)
    tasker.say(wire.BlobPart(message.items.hash, 0, len(large), large, True))
    assert tasker.expect(wire.BlobGot).stored
    tasker.say(message)
    chunk = worker.chunk()
    assert chunk.items == message.items
    assert worker.fetch(message.items) == large
    here = content(values)
    worker.say(
        wire.BlobPart(here.hash, 0, len(values), values, True),
        wire.ChunkDone(chunk.lease, "done", 1, 1, wire.Content(here.hash, here.size)),
    )
    assert done(tasker, 0).values == wire.Content(here.hash, here.size)
    tasker.say(wire.BlobWanted(here.hash, 0, 1))
    assert tasker.expect(wire.BlobPart).data == values
    assert not list(durable.distributor.shell.blobs.hashes())
    tasker.say(wire.CallsTaken(job, 0, [(0, 1)]), wire.BlobWanted(here.hash, 0, 1))
    assert tasker.expect(wire.BlobMissing).hash == here.hash


def test_a_peer_that_only_announces_large_values_leaves_memory_to_others(tmp_path: Path) -> None:
    lab = Lab(tmp_path, replace(CALM, passing_bytes_max=400_000))
    try:
        stalled, other = lab.worker("w1"), lab.worker("w2")
        for data in (b"a", b"b"):
            stalled.say(wire.BlobPart(content(data * 150_000).hash, 0, 150_000, data, True))
            assert stalled.expect(wire.BlobGot).offset == 1
        passing = lab.distributor.shell.passing
        assert passing.takes(250_000) and not passing.takes(250_001)
        # What comes whole is awaited no longer.
        whole = content(b"c" * 200_000)
        other.say(wire.BlobPart(whole.hash, 0, whole.size, b"c" * whole.size, True))
        assert other.expect(wire.BlobGot).stored
        assert passing.in_memory(whole.hash)
    finally:
        lab.close()


def test_an_outcome_that_a_job_keeps_has_to_be_on_disk(durable: Lab) -> None:
    worker = durable.worker("w1")
    here = content(b"z" * 100_000)
    worker.say(wire.BlobPart(here.hash, 0, here.size, b"z" * 100_000, True))
    assert worker.expect(wire.BlobGot).stored
    assert not durable.distributor.shell.missing(here, passing=True)
    assert durable.distributor.shell.missing(here)


def test_functions_that_nobody_calls_any_more_do_not_keep_a_session_from_ending(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1")
    job = session(lab, tasker)
    for region in (0, 1):
        tasker.say(calls(job, 0, b"a", region=region))
        work(worker)
        done(tasker, 0)
        tasker.say(wire.CallsTaken(job, region, [(0, 1)]), wire.CallsDropped(job, region))
    tasker.say(wire.EndSession(job))
    ended = tasker.expect(wire.Ended)
    assert (ended.state, ended.reason) == ("done", "")
