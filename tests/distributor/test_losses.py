"""Workers that vanish, come back, repeat themselves or contradict themselves: the job still ends, with the same
answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from marx.core.settings import Settings
from marx.distributor.settings import DistributorSettings
from marx.wire import messages as wire
from marx.wire.codec import content
from tests.distributor.asking import facts
from tests.distributor.model import CALM, PLAN, Lab, Worker, driver_done, opened, program, values_of


def test_a_lost_worker_s_chunks_are_run_by_another(timed: Lab) -> None:
    tasker, driving = timed.tasker(), timed.worker("driving", credit=0)
    job = tasker.submit(program())
    lease = driving.drive().lease
    doomed = timed.worker("doomed", credit=1, seats=0)
    driving.say(opened(lease, count=2))
    chunk = doomed.chunk()

    # It falls silent; the driver's worker beats on, and takes chunks now.
    timed.silence(but={driving: [lease.number]})
    driving.say(wire.Ready(4, 0, seen=1 << 62))
    again = [driving.chunk(), driving.chunk()]
    assert {(one.start, one.stop) for one in again} == {(0, 1), (1, 2)}
    for one in again:
        driving.finish(one)
    assert {driving.expect(wire.Values).start for _ in again} == {0, 1}

    # It comes back and says what it did not know to be stale: it has to greet again, then it may forget.
    doomed.finish(chunk)
    assert doomed.expect(wire.Refused).code == "hello"
    doomed = timed.worker("doomed", doomed.keys, holding=[chunk.lease])
    assert doomed.expect(wire.Stop).lease == chunk.lease
    doomed.finish(chunk)
    assert doomed.expect(wire.Acked).number == chunk.lease.number
    driving.say(wire.Closed(lease, 0, 2, 0), driver_done(lease))
    _, _, ended = tasker.follow_to_end(job)
    assert ended.state == "done"
    assert [line for line in timed.log if "requeued item" in line and "doomed" in line]


def test_who_has_to_greet_again_is_told_so_once_whatever_was_on_its_way(timed: Lab) -> None:
    silent, other = timed.worker("silent"), timed.worker("other")
    timed.silence(but={other: []})
    silent.say(*[wire.Heartbeat()] * 20)
    silent.say(wire.Hello(wire.VERSION, "worker", "silent", "3.11.9", timed.code, 1, 1, 4))
    silent.expect(wire.Welcome)
    refused = [one for one in silent.arrived if isinstance(one, wire.Refused)]
    assert [one.code for one in refused] == ["hello"]


def test_a_driver_is_started_elsewhere_and_must_print_the_same(durable: Lab) -> None:
    tasker, first = durable.tasker(), durable.worker("first")
    job = tasker.submit(program())
    lease = first.drive().lease
    first.say(wire.Output(job, 1, 0, b"seed 4\n", lease))
    first.say(wire.Returned(lease, "draining"), wire.Ready(0, 0, lease.number, draining=True))
    first.expect(wire.Acked)
    second = durable.worker("second")
    again = second.drive().lease
    assert again.attempt == 2
    tasker.say(wire.Follow(job))
    assert tasker.expect(wire.Output).data == b"seed 4\n"

    # What it prints differs from what was shown already: that cannot be made good.
    second.say(wire.Output(job, 1, 0, b"seed 5\n", again))
    assert second.expect(wire.Stop).lease == again
    ended = tasker.expect(wire.Ended)
    assert (ended.state, ended.stdout) == ("failed", content(b"seed 4\n"))
    assert ended.reason == "MX901 the restarted driver printed something else: stdout at offset 5"


def test_a_driver_with_one_slot_left_is_still_told_to_open_regions_that_have_values(lab: Lab) -> None:
    tasker, first = lab.tasker(), lab.worker("first", credit=1)
    tasker.submit(program())
    lease = first.drive().lease
    first.say(opened(lease, count=2))
    first.finish(first.chunk())
    first.expect(wire.Values)
    first.say(wire.Returned(lease, "draining"), wire.Ready(0, 0, lease.number, draining=True))
    first.expect(wire.Acked)
    assert lab.worker("second", credit=0, slots=1).drive().slots == 2


@pytest.mark.parametrize(("slots", "told"), [(0, 0), (1, 2), (3, 3)])
def test_a_driver_counts_on_a_second_slot_where_there_is_one(lab: Lab, slots: int, told: int) -> None:
    lab.tasker().submit(program())
    assert lab.worker("first", credit=0, slots=slots).drive().slots == told


def test_items_that_only_a_lost_driver_sent_are_done_when_the_program_is(lab: Lab) -> None:
    tasker, first = lab.tasker(), lab.worker("first", credit=0)
    job = tasker.submit(program())
    lease = first.drive().lease
    first.say(opened(lease, count=2), wire.Returned(lease, "draining"))
    first.say(wire.Ready(0, 0, lease.number, draining=True))
    first.expect(wire.Acked)
    second = lab.worker("second", credit=0)
    second.say(driver_done(second.drive().lease))
    tasker.follow_to_end(job)
    tasker.say(wire.ListJobs(everything=True))
    [row] = tasker.expect(wire.Jobs).jobs
    assert (row.done, row.items) == (2, 2)


def test_the_same_chunk_twice_counts_once(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1", credit=1)
    tasker.submit(program())
    lease = worker.drive().lease
    worker.say(opened(lease, count=2))
    chunk = worker.chunk()
    worker.finish(chunk)
    worker.finish(chunk, b"other bytes")
    assert [worker.expect(wire.Acked).number for _ in range(2)] == [chunk.lease.number] * 2
    assert worker.expect(wire.Values).values == content(values_of(chunk))
    worker.nothing_of(wire.Values, until=lambda: asks_and_is_answered(worker))


def asks_and_is_answered(worker: Worker) -> None:
    worker.say(wire.BlobWanted("0" * 64, 0, 1))
    worker.expect(wire.BlobMissing)


def test_a_chunk_that_fails_for_good_is_left_to_the_driver(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1", credit=1)
    job = tasker.submit(program())
    lease = worker.drive().lease
    worker.say(wire.Planned(lease, PLAN), opened(lease, count=1))
    while not [one for one in worker.arrived if isinstance(one, wire.Values)]:
        worker.take(None)
        for chunk in [one for one in worker.arrived if isinstance(one, wire.LeaseChunk)]:
            worker.arrived.remove(chunk)
            worker.say(
                wire.ChunkDone(chunk.lease, "timeout", 1, 1, reason="too slow"), wire.Ready(1, 0, chunk.lease.number)
            )
    values = worker.expect(wire.Values)
    assert (values.region, values.start, values.stop, values.values) == (0, 0, 1, None)
    assert values.reason
    worker.say(wire.Closed(lease, 0, 0, 1), driver_done(lease))
    _, _, ended = tasker.follow_to_end(job)
    assert ended.regions[0].notes == ["item 0 left to the driver: failed 2 times, last: timeout: too slow"]


def test_values_that_were_not_uploaded_do_not_count(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1", credit=1)
    tasker.submit(program())
    worker.say(opened(worker.drive().lease, count=1))
    chunk = worker.chunk()
    worker.say(wire.ChunkDone(chunk.lease, "done", 1, 1, wire.Content("0" * 64, 100_000)))
    worker.expect(wire.Acked)
    worker.say(wire.Ready(1, 0, chunk.lease.number))
    again = worker.chunk()
    assert (again.start, again.lease.attempt) == (0, 2)


def test_output_that_a_lost_message_tore_starts_the_driver_anew(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1")
    job = tasker.submit(program())
    lease = worker.drive().lease
    worker.say(wire.Output(job, 1, 5, b"late", lease))
    assert worker.expect(wire.Stop).lease == lease
    worker.say(wire.Ready(4, 1, lease.number))
    second = worker.drive().lease
    assert second.attempt == 2
    worker.say(wire.Output(job, 1, 0, b"12345late", second), driver_done(second))
    assert tasker.follow_to_end(job)[0] == b"12345late"


def test_a_program_that_prints_too_much_fails_with_the_limit(lab: Lab) -> None:
    lab.settings = replace(CALM, output_bytes_max=10)
    lab.restart()
    tasker, worker = lab.tasker(), lab.worker("w1")
    job = tasker.submit(program())
    lease = worker.drive().lease
    worker.say(wire.Output(job, 1, 0, b"123456", lease), wire.Output(job, 2, 0, b"78901", lease))
    stdout, stderr, ended = tasker.follow_to_end(job)
    assert (stdout, stderr, ended.state, ended.exit_code) == (b"123456", b"", "failed", 1)
    assert ended.reason == "MX902 the program printed more than 10 bytes"
    assert worker.expect(wire.Stop).lease == lease


def test_files_outside_the_working_folder_are_not_a_result(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1")
    for number, path in enumerate(["../escape", "/etc/passwd", "a//b", "", "a/./b", "nul\0"]):
        job = tasker.submit(program(), f"ticket {number}")
        lease = worker.drive().lease
        worker.say(driver_done(lease, files=[wire.File(path, content(b"x"))]), wire.Ready(4, 1, lease.number))
        _, _, ended = tasker.follow_to_end(job)
        assert (ended.state, ended.files) == ("failed", [])
        assert ended.reason == f"MX905 the program left a file with the path {path!r}"


def test_items_that_cannot_be_cut_fail_their_job_only(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1", seats=2)
    job = tasker.submit(program())
    lease = worker.drive().lease
    backwards = b"".join(end.to_bytes(8, "little") for end in (0, 9, 3))
    worker.say(opened(lease, count=2, offsets=content(backwards), items=content(b"abc")))
    _, _, ended = tasker.follow_to_end(job)
    assert ended.state == "failed"
    assert ended.reason.startswith("MX903 the driver described a region that cannot be cut")
    worker.say(wire.Ready(4, 1, 1 << 62))
    other = tasker.submit(program(), "another")
    worker.say(driver_done(worker.drive().lease))
    assert tasker.follow_to_end(other)[2].state == "done"


@pytest.mark.parametrize(("checksum", "differs"), [(7, False), (8, True), (-1, False)])
def test_two_attempts_that_differ_are_reported_and_the_first_counts(lab: Lab, checksum: int, differs: bool) -> None:
    """That they took another time, as their values say, is no difference."""
    lab.settings = DistributorSettings(core=Settings(late_ratio=0, look_ms=10, min_ms=1, target_ms=1, first_ms=1))
    lab.restart()
    tasker, late = lab.tasker(), lab.worker("late", credit=1)
    job = tasker.submit(program())
    lease = late.drive().lease
    late.say(opened(lease, count=1))
    chunk = late.chunk()
    other = lab.worker("other", credit=1, seats=0)
    other.finish(other.chunk(), b"the first", checksum=7)
    assert late.expect(wire.Values).values == content(b"the first")
    late.finish(chunk, b"another", checksum)
    late.expect(wire.Acked)
    late.say(wire.Closed(lease, 0, 1, 0), driver_done(lease))
    tasker.follow_to_end(job)
    told = "late has other values for items 0..0 than those that count"
    assert differs is any(told in line for line in lab.log)
    assert differs is any(told in note.text for note in facts(tasker, job).notes)


def test_a_worker_that_lists_a_lease_which_has_ended_is_asked_what_it_holds(timed: Lab) -> None:
    """Word that it ended was lost: it would hold a seat for ever."""
    worker = timed.worker("w1")
    lost = wire.Lease((1 << 40) + 99, "nosuch", -1, -1, 1)
    timed.silence(but={worker: [lost.number]})
    refused = worker.expect(wire.Refused)
    assert (refused.code, refused.reason) == ("hello", "it holds leases that have ended")
    worker.greet(wire.Hello(wire.VERSION, "worker", "w1", "3.11.9", timed.code, 4, 1, 4, holding=[lost]))
    assert worker.expect(wire.Stop).lease == lost


def test_a_machine_that_was_suspended_brings_what_it_had_finished_and_goes_on_with_the_rest(timed: Lab) -> None:
    tasker, driving = timed.tasker(), timed.worker("driving", credit=0)
    job = tasker.submit(program())
    lease = driving.drive().lease
    lid_closed = timed.worker("laptop", credit=2, seats=0)
    driving.say(opened(lease, count=2))
    finished, running = lid_closed.chunk(), lid_closed.chunk()
    timed.silence(but={driving: [lease.number]})

    # Its clock stood still, so it goes on as if nothing had been, and is asked to greet again.
    lid_closed.finish(finished)
    assert lid_closed.expect(wire.Refused).code == "hello"
    lid_closed = timed.worker("laptop", lid_closed.keys, holding=[finished.lease, running.lease], credit=0)
    lid_closed.finish(finished)
    lid_closed.finish(running)
    assert {lid_closed.expect(wire.Acked).number for _ in range(2)} == {finished.lease.number, running.lease.number}
    assert {driving.expect(wire.Values).start for _ in range(2)} == {0, 1}
    driving.say(wire.Closed(lease, 0, 2, 0), driver_done(lease))
    assert tasker.follow_to_end(job)[2].state == "done"
