"""Chunks in real jails: what comes back, and what becomes of a jail that hangs, dies, lies or is not wanted."""

from __future__ import annotations

import os

from marx.wire.codec import content
from marx.wire.messages import BlobMissing, ChunkDone, Ready, Refused, Returned, Stop
from marx.worker.daemon import Worker
from tests.worker.conftest import StartWorker
from tests.worker.model import Model, chunk, last, program

SUM = "def compute(run):\n    return str(sum(range(run.start, run.stop))).encode()\n"
HANG = "import time\ndef compute(run):\n    channel.send(b'') if run.start < 0 else time.sleep(3600)\n"
WHO = "import os\nme = os.urandom(8)\ndef compute(run):\n    return me\n"


def test_a_chunk_is_computed_and_its_outcome_sent(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1, SUM))
    done = model.next(ChunkDone)
    assert (done.lease, done.verdict, done.values) == (chunk(1).lease, "done", content(b"145"))


def test_later_chunks_refer_to_the_program_and_captures_of_the_first(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1, WHO), chunk(2))
    first, second = model.next(ChunkDone), model.next(ChunkDone)
    # The same jail computed both: its identity is made once, when the captures arrive.
    assert first.values == second.values


def test_a_jail_never_serves_two_jobs(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1, WHO, job="a"), chunk(2, WHO, job="b"), chunk(3, job="a"))
    outcomes = sorted((model.next(ChunkDone) for _ in range(3)), key=lambda outcome: outcome.lease.number)
    assert outcomes[0].values != outcomes[1].values
    assert outcomes[0].values == outcomes[2].values


def test_a_jail_whose_job_has_no_more_chunks_is_given_up(model: Model, start_worker: StartWorker) -> None:
    start_worker(jail_idle_s=0.0)
    model.hellos.get()
    model.say(chunk(1, WHO))
    first = model.next(ChunkDone).values
    model.say(chunk(2))
    assert model.next(ChunkDone).values != first


def test_a_slot_keeps_the_jails_of_few_jobs(model: Model, start_worker: StartWorker) -> None:
    start_worker(jails_per_slot=1)
    model.hellos.get()
    model.say(chunk(1, WHO, job="a"))
    first = model.next(ChunkDone).values
    model.say(chunk(2, WHO, job="b"))
    model.next(ChunkDone)
    model.say(chunk(3, job="a"))
    assert model.next(ChunkDone).values != first


def test_items_arrive_as_they_were_cut(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1, "def compute(run):\n    return run.data[::-1]\n", items=content(b"abc")))
    assert model.next(ChunkDone).values == content(b"cba")


def test_large_items_captures_files_and_values_travel_as_blobs(model: Model, worker: Worker) -> None:
    model.hellos.get()
    big = os.urandom(700_000)
    source = f"# {'x' * 100_000}\ndef compute(run):\n    return run.data + open('data.bin', 'rb').read()\n"
    data = model.blobs.put(big[::-1])
    captures, items = model.blobs.put(source.encode()), model.blobs.put(big)
    assert captures.data is None
    brings = program("", files={"/home/user/work/data.bin": data})
    model.say(chunk(1, source, items=items, brings=brings))
    done = model.next(ChunkDone)
    assert done.values is not None
    assert done.values.data is None
    assert model.blobs.read(done.values.hash) == big + big[::-1]


def test_a_chunk_whose_blob_nobody_has_is_given_back(model: Model, worker: Worker) -> None:
    model.hellos.get()
    lost = content(os.urandom(70_000))
    model.say(chunk(1, SUM, items=lost), chunk(2, SUM))
    # It holds up nobody: the other one is computed.
    assert {type(model.next(object)) for _ in range(2)} == {Returned, ChunkDone}


def test_a_chunk_that_takes_too_long_is_ended_and_the_slot_goes_on(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1, HANG, timeout_ms=200), chunk(2, SUM, region=1))
    late, done = model.next(ChunkDone), model.next(ChunkDone)
    assert (late.verdict, late.reason) == ("timeout", "not through with items 10..19 after 200 ms")
    assert (done.lease.number, done.verdict) == (2, "done")


def test_a_jail_that_dies_is_told_and_replaced(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1, "import os\ndef compute(run):\n    os._exit(3)\n"), chunk(2, SUM, region=1))
    dead, done = model.next(ChunkDone), model.next(ChunkDone)
    assert (dead.verdict, dead.reason) == ("killed", "its process ended with exit code 3")
    assert done.verdict == "done"


def test_a_jail_that_talks_nonsense_is_ended(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1, "def compute(run):\n    channel.send(b'nonsense')\n    return b''\n"))
    done = model.next(ChunkDone)
    assert done.verdict == "failed"
    assert done.reason.startswith("its jail sent nonsense: ")


def test_an_outcome_of_other_items_than_asked_for_is_nonsense(model: Model, worker: Worker) -> None:
    model.hellos.get()
    lie = "def compute(run):\n    run.__class__\n    import marx.inside.messages as m\n"
    lie += "    channel.send(m.encode(m.Ran(run.region, 0, 3, b'', 1, 1)))\n    return b''\n"
    model.say(chunk(1, lie))
    assert model.next(ChunkDone).reason == "its jail sent nonsense: not the outcome of items 10..19"


def test_a_stopped_chunk_has_no_outcome_and_frees_its_slot(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1, HANG))
    while model.beats.get().leases != [1]:
        pass
    model.say(Stop(chunk(1).lease), chunk(2, SUM, region=1))
    assert model.next(ChunkDone).lease.number == 2
    assert not any(isinstance(message, ChunkDone) and message.lease.number == 1 for message in model.everything)


def test_a_stop_from_before_the_welcome_is_void(model: Model, worker: Worker) -> None:
    """As after a suspension: the distributor had given the chunk up, and takes it over again when it hears of it."""
    model.hellos.get()
    model.say(chunk(1, HANG))
    while model.beats.get().leases != [1]:
        pass
    model.before_answer = [Stop(chunk(1).lease)]
    model.say(Refused("hello", "who is this?"))
    assert model.hellos.get().holding == [chunk(1).lease]
    while not model.beats.empty():
        model.beats.get()
    assert model.beats.get().leases == [1]
    model.say(Stop(chunk(1).lease))
    while model.beats.get().leases != []:
        pass


def test_two_slots_compute_at_the_same_time(model: Model, start_worker: StartWorker) -> None:
    start_worker(slots=2)
    model.hellos.get()
    model.say(chunk(1, HANG), chunk(2, SUM, region=1))
    assert model.next(ChunkDone).lease.number == 2


def test_a_lease_that_refers_to_an_unknown_program_goes_back_by_a_new_hello(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(chunk(1))
    assert model.hellos.get().holding == []
    model.say(chunk(2, SUM))
    assert model.next(ChunkDone).lease.number == 2


def test_credit_follows_what_is_held(model: Model, worker: Worker) -> None:
    model.hellos.get()
    assert last(model.credit) == Ready(chunks=3, drivers=3, seen=0)
    model.say(chunk(1, SUM))
    model.next(ChunkDone)
    assert last(model.credit) == Ready(chunks=3, drivers=3, seen=1)


def test_a_blob_that_came_unasked_changes_nothing(model: Model, worker: Worker) -> None:
    model.hellos.get()
    model.say(BlobMissing(content(b"x").hash))
    model.say(chunk(1, SUM))
    assert model.next(ChunkDone).verdict == "done"
