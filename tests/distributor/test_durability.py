"""Write it down, then say it: what leaves before a commit, what a restart brings back, and what kill -9 cannot take."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
import zmq.green as zmq

from marx.core.settings import Settings
from marx.distributor.settings import DistributorSettings
from marx.journal.errors import CannotCommit
from marx.journal.journal import Journal
from marx.journal.records import Record
from marx.link.dealer import Dealer
from marx.link.keys import KeyPair, new_keys
from marx.wire import messages as wire
from marx.wire.address import Address, parse
from marx.wire.codec import content
from tests.distributor.model import PLAN, Lab, Peer, driver_done, opened, program, values_of
from tests.distributor.service import start_service


class Gate:
    """The real journal, whose commits wait while the gate is shut or fail while the disk is full."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.open = threading.Event()
        self.open.set()
        self.full = False

    @property
    def epoch(self) -> int:
        return self._journal.epoch

    @property
    def cut(self) -> tuple[str, ...]:
        return self._journal.cut

    def append(self, record: Record) -> None:
        self._journal.append(record)

    def commit(self) -> None:
        self.open.wait()
        if self.full:
            raise CannotCommit("no space left")
        self._journal.commit()

    def replay(self) -> Iterator[Record]:
        return self._journal.replay()

    def close(self) -> None:
        self._journal.close()


@pytest.fixture
def gated(durable: Lab) -> tuple[Lab, Gate]:
    gates: list[Gate] = []

    def shut(journal: Journal) -> Journal:
        gates.append(Gate(journal))
        return gates[-1]

    durable.gate = shut
    durable.settings = DistributorSettings(core=Settings(min_ms=1, target_ms=1, first_ms=1), retry_commit_ms=1)
    durable.restart()
    return durable, gates[-1]


def test_nothing_is_said_before_it_is_on_disk(gated: tuple[Lab, Gate]) -> None:
    lab, gate = gated
    tasker, worker = lab.tasker(), lab.worker("w1")

    def others_are_served() -> None:
        tasker.say(wire.ListWorkers())
        tasker.expect(wire.Workers)
        worker.say(wire.BlobWanted("0" * 64, 0, 1))
        worker.expect(wire.BlobMissing)

    # A job is neither confirmed nor begun.
    gate.open.clear()
    tasker.say(wire.Submit("t", program()))
    tasker.nothing_of(wire.Submitted, until=others_are_served)
    worker.nothing_of(wire.LeaseDriver, until=others_are_served)
    gate.open.set()
    job = tasker.expect(wire.Submitted).job
    lease = worker.drive().lease
    tasker.say(wire.Follow(job))
    tasker.expect(wire.Progress)

    # Output is not shown.
    gate.open.clear()
    worker.say(wire.Output(job, 1, 0, b"shown", lease))
    tasker.nothing_of(wire.Output, until=others_are_served)
    gate.open.set()
    assert tasker.expect(wire.Output).data == b"shown"

    # A region's chunks are not granted, an outcome is neither acknowledged nor handed on.
    gate.open.clear()
    worker.say(opened(lease, count=2))
    worker.nothing_of(wire.LeaseChunk, until=others_are_served)
    gate.open.set()
    chunk = worker.chunk()
    gate.open.clear()
    worker.finish(chunk)
    worker.nothing_of(wire.Acked, until=others_are_served)
    assert not [one for one in worker.arrived if isinstance(one, wire.Values)]
    gate.open.set()
    worker.expect(wire.Acked)
    worker.expect(wire.Values)

    # The end is not told.
    gate.open.clear()
    worker.say(driver_done(lease))
    worker.nothing_of(wire.Acked, until=others_are_served)
    tasker.nothing_of(wire.Ended, until=others_are_served)
    gate.open.set()
    worker.expect(wire.Acked, lambda found: found.number == lease.number)
    tasker.expect(wire.Ended)


def test_a_full_disk_refuses_new_jobs_and_loses_nothing(gated: tuple[Lab, Gate]) -> None:
    lab, gate = gated
    tasker = lab.tasker()
    gate.full = True
    tasker.say(wire.Submit("first", program()))
    while not lab.distributor.shell.outbox.fault:
        gevent.sleep(0)
    tasker.say(wire.Submit("second", program()))
    refused = tasker.expect(wire.Refused)
    assert (refused.code, refused.about) == ("full", "second")
    gate.full = False
    assert tasker.expect(wire.Submitted).ticket == "first"


def test_a_restart_half_way_goes_on_with_the_driver_and_its_chunks(durable: Lab) -> None:
    keys = new_keys()
    tasker, worker = durable.tasker(keys), durable.worker("w1")
    job = tasker.submit(program())
    lease = worker.drive().lease
    worker.say(wire.Planned(lease, PLAN), wire.Output(job, 1, 0, b"begin\n", lease), opened(lease))
    chunks = [worker.chunk() for _ in range(4)]
    worker.finish(chunks[0])
    worker.expect(wire.Acked)
    values = worker.expect(wire.Values)

    # Two chunks run on, one outcome could not be delivered, one lease got lost with the connection.
    durable.restart()
    held = [lease, chunks[1].lease, chunks[2].lease]
    again = durable.worker("w1", worker.keys, holding=held)
    again.say(wire.Planned(lease, PLAN), opened(lease), wire.Output(job, 1, 0, b"begin\n", lease))
    # The driver is given again what may have been lost on the way; only what nobody holds is granted anew.
    assert again.expect(wire.Values) == values
    lost = again.chunk()
    assert (lost.start, lost.stop) == (chunks[3].start, chunks[3].stop)
    for chunk in (chunks[1], chunks[2], lost):
        again.finish(chunk)
        again.expect(wire.Acked)
        assert again.expect(wire.Values).start == chunk.start
    again.say(wire.Closed(lease, 0, 4, 0), wire.Output(job, 1, 6, b"end\n", lease), driver_done(lease))
    stdout, _, ended = durable.tasker(keys).follow_to_end(job)
    assert (stdout, ended.state, ended.regions[0].chunks) == (b"begin\nend\n", "done", 4)


def test_a_driver_that_nobody_holds_is_started_anew_and_spared_what_is_done(durable: Lab) -> None:
    keys = new_keys()
    tasker, worker = durable.tasker(keys), durable.worker("w1")
    job = tasker.submit(program())
    lease = worker.drive().lease
    worker.say(wire.Output(job, 1, 0, b"12345", lease), opened(lease, 0, count=2), opened(lease, 1, count=1))
    done = [worker.chunk() for _ in range(3)]
    for chunk in done:
        worker.finish(chunk)
        worker.expect(wire.Acked)
    worker.say(wire.Closed(lease, 0, 2, 0))

    # The machine was switched off while the distributor was.
    durable.restart()
    other = durable.worker("w2")
    second = other.drive().lease
    assert second.number > lease.number
    # It prints the same, skips the first region this time, and comes to the second under another number of its own.
    other.say(wire.Output(job, 1, 0, b"1234567", second))
    other.say(opened(second, 0, count=1, key="0.1", digest="digest-1"))
    values = other.expect(wire.Values)
    chunk = next(one for one in done if one.lease.region == 1)
    assert (values.region, values.values) == (0, content(values_of(chunk)))
    # Whatever the first attempt still says is stale.
    late = durable.worker("w1", worker.keys, holding=[lease])
    assert late.expect(wire.Stop).lease == lease
    late.say(wire.Output(job, 1, 0, b"stale", lease))
    other.say(wire.Closed(second, 0, 1, 0), driver_done(second))
    stdout, _, ended = durable.tasker(keys).follow_to_end(job)
    assert (stdout, ended.state) == (b"1234567", "done")


def test_a_restarted_driver_whose_pilot_went_further_or_less_far_gets_the_items_that_it_asks_for(durable: Lab) -> None:
    tasker, worker = durable.tasker(), durable.worker("w1", seats=1)
    tasker.submit(program())
    lease = worker.drive().lease
    worker.say(opened(lease, count=4, first=2))
    assert {worker.chunk().start, worker.chunk().start} == {2, 3}
    worker.say(wire.Returned(lease, "its memory is needed"), wire.Ready(4, 1, seen=1 << 62))
    again = worker.drive().lease
    worker.say(opened(again, count=4, first=1))
    assert worker.chunk().start == 1


def test_ended_jobs_and_their_output_outlive_a_restart(durable: Lab) -> None:
    keys = new_keys()
    tasker, worker = durable.tasker(keys), durable.worker("w1")
    job = tasker.submit(program())
    lease = worker.drive().lease
    long = b"a line of output\n" * 10_000
    for start in range(0, len(long), 50_000):
        worker.say(wire.Output(job, 1, start, long[start : start + 50_000], lease))
    left, unnamed = worker.upload(b"x" * 100_000), worker.upload(b"y" * 100_000)
    worker.say(driver_done(lease, 2, files=[wire.File("out/left.bin", left)]))
    worker.expect(wire.Acked)
    durable.restart()
    tasker = durable.tasker(keys)
    stdout, _, ended = tasker.follow_to_end(job)
    assert (stdout, ended.exit_code) == (long, 2)
    # Blobs that the job still names are kept, others are swept.
    assert tasker.fetch(ended.files[0].content) == b"x" * 100_000
    tasker.say(wire.BlobWanted(unnamed.hash, 0, 1))
    assert tasker.expect(wire.BlobMissing).hash == unnamed.hash
    tasker.say(wire.ListJobs(everything=True))
    assert [one.state for one in tasker.expect(wire.Jobs).jobs] == ["done"]


def test_the_oldest_ended_jobs_are_forgotten(durable: Lab) -> None:
    durable.settings = DistributorSettings(jobs_ended_max=1)
    durable.restart()
    keys = new_keys()
    tasker, worker = durable.tasker(keys), durable.worker("w1")
    jobs = []
    for ticket in ("first", "second"):
        jobs.append(tasker.submit(program(), ticket))
        worker.say(driver_done(worker.drive().lease), wire.Ready(4, 1, seen=1 << 62))
        worker.expect(wire.Acked)
    durable.restart()
    tasker = durable.tasker(keys)
    tasker.say(wire.ListJobs(everything=True))
    assert [one.job for one in tasker.expect(wire.Jobs).jobs] == jobs[1:]


def visit(address: Address, keys: KeyPair) -> Peer:
    """A tasker of a service in another process."""
    peer = Peer(Dealer(zmq.Context.instance(), address.endpoint, keys=keys, server_key=address.server_key), keys)
    peer.greet(wire.Hello(wire.VERSION, "tasker", "somebody", "3.11.4", join=address.join))
    return peer


def test_kill_9_of_the_service_loses_no_confirmed_job(tmp_path: Path) -> None:
    keys = new_keys()
    port = 0
    jobs: list[str] = []
    for turn in range(3):
        service = start_service(tmp_path, port)
        try:
            address = parse(service.line)
            port = address.port
            tasker = visit(address, keys)
            # Confirmed jobs of earlier turns are there; the one of this turn is confirmed, then the plug is pulled.
            tasker.say(wire.ListJobs())
            assert [one.job for one in tasker.expect(wire.Jobs).jobs] == jobs
            jobs.append(tasker.submit(program(), f"turn {turn}"))
            tasker.close()
        finally:
            os.kill(service.process.pid, signal.SIGKILL)
            service.end()
    service = start_service(tmp_path, port)
    tasker = visit(parse(service.line), keys)
    tasker.say(wire.ListJobs())
    assert [one.job for one in tasker.expect(wire.Jobs).jobs] == jobs
    tasker.close()
    service.process.send_signal(signal.SIGTERM)
    assert service.end() == 0
