"""A job from submission to end, as a tasker and its workers see it: embedded, and over tcp with a journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from marx.link.keys import new_keys
from marx.wire import messages as wire
from marx.wire.codec import content
from tests.distributor.model import CALM, PLAN, Lab, driver_done, opened, program


@pytest.fixture(params=["embedded", "service"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(None if request.param == "embedded" else tmp_path)
    yield lab
    lab.close()


def test_a_job_runs_from_submission_to_end(either: Lab) -> None:
    tasker, worker = either.tasker(), either.worker("w1")
    large = bytes(range(256)) * 2048

    # A file that does not fit into the message is asked for, and the job is not accepted before it is there.
    files = [*program().files, wire.File("/home/ann/data.bin", content(large))]
    tasker.say(wire.Submit("t", program(files=files)))
    assert tasker.expect(wire.Needs) == wire.Needs("t", [content(large).hash])
    tasker.upload(large)
    job = tasker.submit(program(files=files), "t")

    # The driver gets the program as it was submitted, its file by hash.
    driver = worker.drive()
    assert (driver.lease.job, driver.lease.chunk, driver.lease.attempt) == (job, -1, 1)
    assert driver.program == program(files=files)
    assert worker.fetch(driver.program.files[1].content) == large

    # It prints, and reaches a region of four expensive items: four chunks, program and captures with the first only.
    worker.say(wire.Planned(driver.lease, PLAN), wire.Output(job, 1, 0, b"begin\n", driver.lease))
    worker.say(opened(driver.lease))
    chunks = [worker.chunk() for _ in range(4)]
    assert [(one.start, one.stop, one.range_start, one.range_step) for one in chunks] == [
        (item, item + 1, 100, 2) for item in range(4)
    ]
    assert [one.program is not None for one in chunks] == [True, False, False, False]
    assert [one.captures for one in chunks] == [content(b"captures"), None, None, None]

    # Outcomes are acknowledged and go to the driver, under its own name for the region.
    for chunk in chunks:
        worker.finish(chunk)
        assert worker.expect(wire.Acked).number == chunk.lease.number
        values = worker.expect(wire.Values)
        assert (values.lease, values.region, values.start) == (driver.lease, 0, chunk.start)
        assert values.values == content(f"{chunk.start}-{chunk.stop}:".encode())

    # The driver ends with a file; the tasker has all of it, and the worker may forget.
    worker.say(wire.Closed(driver.lease, 0, used=4, in_place=1))
    worker.say(wire.Output(job, 2, 0, b"warning\n", driver.lease), wire.Output(job, 1, 6, b"end\n", driver.lease))
    left = [wire.File("sum.txt", content(b"55\n"))]
    worker.say(driver_done(driver.lease, 3, files=left, removed=["old.txt"]))
    assert worker.expect(wire.Acked).number == driver.lease.number
    stdout, stderr, ended = tasker.follow_to_end(job)
    assert (stdout, stderr) == (b"begin\nend\n", b"warning\n")
    assert (ended.state, ended.exit_code, ended.files, ended.removed) == ("done", 3, left, ["old.txt"])
    assert (tasker.fetch(ended.stdout), tasker.fetch(ended.stderr)) == (stdout, stderr)
    assert ended.regions == [
        wire.RegionReport(7, "for-loop", "for x in xs:", entries=1, items=4, chunks=4, in_place=1, requeued=0)
    ]


def test_items_that_are_listed_are_sliced_for_each_chunk(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1")
    tasker.submit(program())
    lease = worker.drive().lease
    items = [b"a", b"", b"ccc", b"dd"]
    ends = [sum(map(len, items[:place])) for place in range(5)]
    offsets = b"".join(end.to_bytes(8, "little") for end in ends)
    worker.say(opened(lease, offsets=content(offsets), items=content(b"".join(items))))
    for place, item in enumerate(items):
        chunk = worker.chunk()
        assert (chunk.start, chunk.items) == (place, content(item))
        assert chunk.offsets == (0).to_bytes(8, "little") + len(item).to_bytes(8, "little")


def test_large_items_and_values_travel_as_blobs(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1")
    tasker.submit(program())
    lease = worker.drive().lease
    items = [bytes([item]) * 100_000 for item in range(2)]
    offsets = b"".join((100_000 * item).to_bytes(8, "little") for item in range(3))
    whole = worker.upload(b"".join(items))
    worker.say(opened(lease, count=2, offsets=content(offsets), items=whole))
    for item in items:
        chunk = worker.chunk()
        assert chunk.items is not None and chunk.items.data is None
        assert worker.fetch(chunk.items) == item
        values = worker.upload(item[::-1] + b"!")
        worker.say(wire.ChunkDone(chunk.lease, "done", 1, 1, values))
        assert worker.expect(wire.Values).values == values


def test_the_same_ticket_is_the_same_job(durable: Lab) -> None:
    keys = new_keys()
    tasker = durable.tasker(keys)
    job = tasker.submit(program(), "once")
    assert tasker.submit(program(), "once") == job
    # Also after a reconnect, and also where the distributor was started anew. Another user's ticket is another job.
    assert durable.tasker(keys).submit(program(), "once") == job
    assert durable.tasker().submit(program(), "once") != job
    durable.restart()
    assert durable.tasker(keys).submit(program(), "once") == job


def test_progress_is_told_by_site(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1", credit=2)
    job = tasker.submit(program())
    tasker.say(wire.Follow(job))
    assert tasker.expect(wire.Progress).regions == []
    lease = worker.drive().lease
    worker.say(wire.Planned(lease, PLAN), opened(lease))
    chunk = worker.chunk()
    worker.finish(chunk)
    line = tasker.expect(wire.Progress, lambda found: bool(found.regions) and found.regions[0].done == 1).regions[0]
    assert (line.line, line.source, line.items, line.chunks) == (7, "for x in xs:", 4, 1)


def test_a_follower_resumes_where_it_was(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1")
    job = tasker.submit(program())
    lease = worker.drive().lease
    worker.say(wire.Output(job, 1, 0, b"0123456789", lease))
    tasker.say(wire.Follow(job, stdout=4))
    assert tasker.expect(wire.Output) == wire.Output(job, 1, 4, b"456789")
    # Not while it does not follow.
    tasker.say(wire.Unfollow(job), wire.ListJobs())
    tasker.expect(wire.Jobs)
    worker.say(wire.Output(job, 1, 10, b"abc", lease), driver_done(lease))
    worker.expect(wire.Acked)
    tasker.say(wire.GetResult(job))
    assert tasker.expect(wire.Ended).stdout == content(b"0123456789abc")
    tasker.say(wire.ListJobs())
    tasker.nothing_of(wire.Output, until=lambda: tasker.expect(wire.Jobs))


def test_a_follower_that_does_not_read_holds_up_nobody_and_misses_nothing(lab: Lab) -> None:
    lab.settings = replace(CALM, follow_part_bytes=100, progress_ms=1)
    lab.restart()
    lazy, tasker, worker = lab.tasker(), lab.tasker(), lab.worker("w1")
    job = tasker.submit(program())
    lease = worker.drive().lease
    lazy.say(wire.Follow(job))
    printed = bytes(range(256)) * 4_000
    for start in range(0, len(printed), 64_000):
        worker.say(wire.Output(job, 1, start, printed[start : start + 64_000], lease))
    worker.say(driver_done(lease))
    # Another follower gets all of it although the socket of the first has no more room.
    while not lab.distributor.shell.counts["follower without room"]:
        gevent.sleep(0)
    assert tasker.follow_to_end(job)[0] == printed
    assert lazy.read_to_end()[0] == printed


def test_jobs_and_workers_are_listed(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1", slots=3)
    job = tasker.submit(program())
    lease = worker.drive().lease
    tasker.say(wire.ListJobs(), wire.ListWorkers())
    row = tasker.expect(wire.Jobs).jobs[0]
    assert (row.job, row.name, row.state, row.ended_ms) == (job, "census.py", "running", 0)
    machine = tasker.expect(wire.Workers).workers[0]
    assert (machine.name, machine.state, machine.slots, machine.cores) == ("w1", "ready", 3, 4)
    worker.say(driver_done(lease, 5))
    worker.expect(wire.Acked)
    tasker.say(wire.ListJobs(), wire.ListJobs(everything=True))
    assert tasker.expect(wire.Jobs).jobs == []
    assert [(one.state, one.exit_code) for one in tasker.expect(wire.Jobs).jobs] == [("done", 5)]


def test_a_cancelled_job_ends_and_its_driver_is_stopped(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1")
    job = tasker.submit(program())
    lease = worker.drive().lease
    worker.say(opened(lease))
    chunk = worker.chunk()
    tasker.say(wire.GetResult(job))
    assert tasker.expect(wire.Refused).code == "running"
    tasker.say(wire.Cancel(job))
    assert tasker.expect(wire.Cancelled) == wire.Cancelled(job)
    assert worker.expect(wire.Stop, lambda found: found.lease.chunk >= 0).lease == chunk.lease
    assert worker.expect(wire.Stop, lambda found: found.lease.chunk < 0).lease == lease
    tasker.say(wire.GetResult(job))
    ended = tasker.expect(wire.Ended)
    assert (ended.state, ended.exit_code) == ("cancelled", 137)
    # What comes of it now is stale, and acknowledged so that the worker forgets it.
    worker.finish(chunk)
    worker.expect(wire.Acked, lambda found: found.number == chunk.lease.number)
    worker.say(driver_done(lease))
    worker.expect(wire.Acked, lambda found: found.number == lease.number)
    tasker.say(wire.Cancel(job))
    assert tasker.expect(wire.Refused).code == "ended"
