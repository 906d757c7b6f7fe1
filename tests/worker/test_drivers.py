"""Drivers in real jails: output, plan, regions, values, files and ends pass through, whatever the line does."""

from __future__ import annotations

import os

import msgspec
import pytest

from marx.inside import messages as inside
from marx.wire.codec import TooLarge, content, pack
from marx.wire.messages import (
    VERSION,
    Acked,
    BlobMissing,
    ChunkDone,
    Closed,
    Content,
    DriverDone,
    Opened,
    Planned,
    Ready,
    Refused,
    Returned,
    SiteFigures,
    Stop,
    Values,
    Welcome,
)
from marx.worker.daemon import Worker
from marx.worker.delivery import bare
from marx.worker.translating import FIGURES_BYTES_MAX
from sandbox import Limits
from tests.worker.conftest import StartWorker
from tests.worker.model import Model, chunk, driver

OPEN = """
say(inside.Planned([inside.Site(0, 3, "for", "for x in xs:")], []))
say(inside.Opened(0, "0.0", 0, 3, 0, 2, "d", b"captures", 1000, range_start=5, range_step=2))
"""
REGION = OPEN + "print(hear().values.decode(), flush=True)\nsay(inside.Closed(0, 2, 0))\n"


def test_output_exit_code_and_files_pass_through(model: Model, worker: Worker) -> None:
    model.hellos.get()
    script = """
import os, sys
print("out")
print("err", file=sys.stderr)
open("made.txt", "w").write("made")
os.remove("given.txt")
sys.exit(7)
"""
    model.say(driver(1, script, files={"/home/user/work/given.txt": content(b"given")}))
    done = model.next(DriverDone)
    assert (done.verdict, done.exit_code) == ("exited", 7)
    assert [(file.path, file.content) for file in done.files] == [("made.txt", content(b"made"))]
    assert done.removed == ["given.txt"]
    # The end comes after all output.
    assert (model.output(1), model.output(2)) == (b"out\n", b"err\n")


def test_a_program_that_a_signal_ends_has_the_shells_exit_code(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(driver(1, "import ctypes\nctypes.string_at(0)\n"))
    done = model.next(DriverDone)
    assert (done.verdict, done.exit_code) == ("exited", 128 + 11)


def test_much_output_arrives_whole(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(driver(1, "for i in range(200_000):\n    print(i)\n"))
    model.next(DriverDone)
    assert model.output(1) == b"".join(b"%d\n" % i for i in range(200_000))


def test_a_driver_that_prints_without_end_is_ended(model: Model, start_worker: StartWorker) -> None:
    start_worker(output_bytes_max=1_000_000)
    model.hellos.get()
    model.say(driver(1, "while True:\n    print('x' * 1000)\n"))
    done = model.next(DriverDone)
    assert (done.verdict, done.reason) == ("failed", "the program wrote more than 1000000 bytes of output")


def test_a_region_is_opened_filled_and_closed(model: Model, worker: Worker) -> None:
    model.hellos.get()
    lease = driver(1, "").lease
    model.say(driver(1, REGION))
    assert b"for x in xs:" in model.next(Planned).plan
    assert model.next(Opened) == Opened(
        lease=lease,
        region=0,
        key="0.0",
        site=0,
        line=3,
        first=0,
        count=2,
        digest="d",
        captures=content(b"captures"),
        item_ns=1000,
        range_start=5,
        range_step=2,
    )
    model.say(Values(lease, 0, 0, 2, content(b"the values")))
    assert model.next(Closed) == Closed(lease, 0, 2, 0)
    model.next(DriverDone)
    assert model.output(1) == b"the values\n"


def test_values_that_come_twice_or_for_no_open_region_reach_the_jail_once(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(driver(1, OPEN + "print(hear().values)\nprint(hear().values)\n"))
    lease = model.next(Opened).lease
    first, second = Values(lease, 0, 0, 1, content(b"first")), Values(lease, 0, 1, 2, content(b"second"))
    model.say(Values(lease, 7, 0, 1, content(b"whose?")), first, first, second)
    model.next(DriverDone)
    assert model.output(1) == b"b'first'\nb'second'\n"


def test_a_waiting_driver_takes_no_slot(model: Model, start_worker: StartWorker) -> None:
    start_worker(slots=1)
    model.hellos.get()
    model.say(driver(1, REGION))
    model.next(Opened)
    model.say(chunk(2, "def compute(run):\n    return b'computed'\n"))
    assert model.next(ChunkDone).values == content(b"computed")


def test_large_captures_items_values_and_files_travel_as_blobs(model: Model, worker: Worker) -> None:
    model.hellos.get()
    script = """
import array
data = bytes(range(256)) * 2000
offsets = array.array("Q", range(0, len(data) + 1, 32)).tobytes()
say(inside.Opened(0, "0.0", 0, 3, 0, len(data) // 32, "d", data[::-1], 1000, offsets=offsets, data=data))
open("made.bin", "wb").write(hear().values)
"""
    model.say(driver(1, script))
    opened = model.next(Opened)
    data = bytes(range(256)) * 2000
    assert opened.items is not None
    assert opened.offsets is not None
    assert model.blobs.bytes_of(opened.items) == data
    assert model.blobs.bytes_of(opened.captures) == data[::-1]
    assert len(model.blobs.bytes_of(opened.offsets)) == opened.offsets.size == 8 * (opened.count + 1)
    values = os.urandom(500_000)
    model.say(Values(opened.lease, 0, 0, opened.count, model.blobs.put(values)))
    done = model.next(DriverDone)
    assert model.blobs.bytes_of(done.files[0].content) == values


def test_values_that_will_not_come_or_cannot_be_had_are_told_to_the_jail(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(driver(1, OPEN + "print(hear().reason)\nprint(hear().reason)\n"))
    lease = model.next(Opened).lease
    lost = Content(hash="0" * 64, size=100_000)
    model.say(Values(lease, 0, 0, 1, reason="quarantined"), Values(lease, 0, 1, 2, lost))
    model.next(DriverDone)
    assert model.output(1).decode() == f"quarantined\nblob {lost.hash} cannot be had: the other side does not have it\n"


def test_a_region_that_the_distributor_does_not_take_is_computed_in_place(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.refuses = Refused("full", "the disk is full")
    model.say(driver(1, OPEN.replace('b"captures"', "bytes(100_000)") + "print(hear())\n"))
    model.next(DriverDone)
    assert not any(isinstance(message, Opened) for message in model.everything)
    assert b"Unavailable(region=0, start=0, stop=2" in model.output(1)
    assert b"the disk is full" in model.output(1)


def test_a_program_that_does_not_fit_into_a_jail_fails_by_its_own_fault(
    model: Model, start_worker: StartWorker
) -> None:
    start_worker(limits=Limits(work_bytes=1 << 20))
    model.hellos.get()
    large = model.blobs.put(os.urandom(2 << 20))
    model.say(driver(1, "", files={"/home/user/work/large.bin": large}))
    done = model.next(DriverDone)
    assert done.verdict == "failed"
    assert done.reason.startswith("the program's files do not fit into a jail: ")


@pytest.mark.parametrize("frame", [b"nonsense", inside.encode(inside.Ran(0, 0, 1, b"", 1, 1))])
def test_a_driver_jail_that_talks_nonsense_is_ended(model: Model, worker: Worker, frame: bytes) -> None:
    model.hellos.get()
    model.say(driver(1, f"channel.send({frame!r})\nhear()\n"))
    done = model.next(DriverDone)
    assert done.verdict == "failed"
    assert done.reason.startswith("its jail sent nonsense: ")


FIGURES = "inside.SiteFigures(n, 1, 1, 1, 1, 1, reason='r' * 300, notes=['n' * 300] * {notes})"


def test_a_jail_cannot_make_its_end_too_large_by_figures(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(driver(1, f"n = 0\nsay(inside.Judged([{FIGURES.format(notes=20_000)}]))\nhear()\n"))
    done = model.next(DriverDone)
    assert (done.verdict, done.sites) == ("failed", [])
    assert done.reason == "its jail sent nonsense: 20000 notes of a site; the limit is 5"
    texts = FIGURES.format(notes=5).replace("'r'", "chr(0x1f600)").replace("'n'", "chr(0x1f600)")
    model.say(driver(2, f"say(inside.Judged([{texts} for n in range(1000)]))\n"))
    done = model.next(DriverDone)
    assert done.verdict == "exited"
    assert 0 < len(msgspec.msgpack.encode(done.sites)) <= FIGURES_BYTES_MAX


def test_an_outcome_that_no_message_can_hold_becomes_one_that_any_message_can() -> None:
    lease = driver(1, "").lease
    figures = [SiteFigures(n, 1, 1, 1, 1, 1, notes=["n" * 300] * 300) for n in range(300)]
    ended = DriverDone(lease, "exited", 0, [], [], 1, 2, "r" * 20_000_000, figures)
    with pytest.raises(TooLarge) as fault:
        pack([ended])
    assert bare(ended, str(fault.value)) == DriverDone(lease, "failed", 0, [], [], 1, 2, str(fault.value))
    computed = ChunkDone(lease, "done", 1, 2, content(b"v"), 3, "r" * 20_000_000, b"p" * 20_000_000)
    assert bare(computed, "too large") == ChunkDone(lease, "failed", 1, 2, reason="too large")
    for outcome in (ended, computed):
        assert len(b"".join(map(bytes, pack([bare(outcome, "r" * 20_000_000)])))) < 10_000


def test_a_jails_own_words_are_cut_in_the_reason(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(driver(1, "import msgspec\nchannel.send(msgspec.msgpack.encode({'kind': 'x' * 20_000_000}))\nhear()\n"))
    done = model.next(DriverDone)
    assert done.verdict == "failed"
    assert len(done.reason) < 5000


def test_a_stopped_driver_ends_without_a_word_and_frees_its_seat(model: Model, start_worker: StartWorker) -> None:
    start_worker(seats=1)
    model.hellos.get()
    model.say(driver(1, OPEN + "hear()\n"))
    lease = model.next(Opened).lease
    model.say(Stop(lease))
    while model.credit.get() != Ready(chunks=3, drivers=1, seen=1):
        pass
    model.say(driver(2, "print('second')\n"))
    assert model.next(DriverDone).lease.number == 2


def test_a_driver_whose_files_cannot_be_had_is_given_back(model: Model, worker: Worker) -> None:
    model.hellos.get()
    lost = Content(hash="0" * 64, size=100_000)
    model.say(driver(1, "", files={"/home/user/work/lost.bin": lost}))
    assert model.next(Returned).reason == f"blob {lost.hash} cannot be had: the other side does not have it"
    model.say(BlobMissing(lost.hash))


# --- after a reconnect ------------------------------------------------------------------------------------------------


def test_unacknowledged_outcomes_are_sent_again_after_a_reconnect(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1, "def compute(run):\n    return b'computed'\n"), driver(2, "print('printed')\n"))
    outcomes = model.outcomes(2)
    # The distributor started anew and knows nobody: the worker greets, and names what it holds.
    model.everything.clear()
    model.say(Refused("hello", "Heartbeat before Hello", "say Hello again"))
    assert {lease.number for lease in model.hellos.get().holding} == {1, 2}
    assert model.outcomes(2) == outcomes
    assert model.output(1) == b"printed\n"
    # Acknowledged, they are gone for good.
    model.say(Acked(1), Acked(2), Refused("hello", "Heartbeat before Hello", "say Hello again"))
    assert model.hellos.get().holding == []


def test_a_running_driver_tells_its_story_again_after_a_reconnect(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(driver(1, "print('before', flush=True)\n" + REGION))
    opened = model.next(Opened)
    while model.output(1) != b"before\n":
        model.beats.get()
    model.everything.clear()
    model.say(Refused("hello", "Heartbeat before Hello", "say Hello again"))
    model.hellos.get()
    assert model.next(Planned).lease == opened.lease
    assert model.next(Opened) == opened
    model.say(Values(opened.lease, 0, 0, 2, content(b"the values")))
    model.next(DriverDone)
    assert model.output(1) == b"before\nthe values\n"


def test_a_silent_distributor_is_greeted_again(model: Model, start_worker: StartWorker) -> None:
    model.answer = Welcome(VERSION, heartbeat_ms=50, lease_ms=200)
    start_worker()
    model.hellos.get()
    model.hellos.get()
    model.say(chunk(1, "def compute(run):\n    return b'computed'\n"))
    assert model.next(ChunkDone).verdict == "done"


# --- leaving ----------------------------------------------------------------------------------------------------------


def test_a_drained_worker_finishes_what_runs_and_then_leaves(model: Model, start_worker: StartWorker) -> None:
    worker, greenlet = start_worker()
    model.hellos.get()
    model.say(driver(1, REGION))
    opened = model.next(Opened)
    worker.drain()
    while not (ready := model.credit.get()).draining:
        pass
    assert (ready.chunks, ready.drivers) == (0, 0)
    # What comes now is given back; the driver goes on to its end.
    model.say(chunk(2, "def compute(run):\n    return b''\n"), Values(opened.lease, 0, 0, 2, content(b"values")))
    assert model.next(Returned).lease.number == 2
    assert model.next(DriverDone).exit_code == 0
    assert not greenlet.dead
    model.say(Acked(1))
    greenlet.join(30)
    assert greenlet.successful()


def test_a_leaving_worker_gives_everything_back_and_leaves_no_process(model: Model, start_worker: StartWorker) -> None:
    worker, greenlet = start_worker()
    model.hellos.get()
    model.say(driver(1, "import time\ntime.sleep(3600)\n"), chunk(2, "import time\ntime.sleep(3600)\n"))
    while model.beats.get().leases != [1, 2]:
        pass
    worker.leave()
    greenlet.join(30)
    assert greenlet.successful()
    assert {model.next(Returned).lease.number, model.next(Returned).lease.number} == {1, 2}
