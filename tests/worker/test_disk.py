"""A worker's disk that is full, or fails: leases go back, attempts are the host's fault, and the worker goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from marx.wire.codec import content
from marx.wire.messages import BlobWanted, ChunkDone, DriverDone, Returned
from marx.worker import stock as stock_module
from marx.worker.daemon import Worker
from tests.worker.model import Model, chunk, driver, program

MUCH = "def compute(run):\n    return bytes(100_000)\n"
LITTLE = "def compute(run):\n    return b'little'\n"


def break_disk(folder: Path) -> None:
    """From now on no file can be begun there."""
    shutil.rmtree(folder / "worker0" / "partial")


def mend_disk(folder: Path) -> None:
    (folder / "worker0" / "partial").mkdir()


def test_a_chunk_whose_values_find_no_room_is_the_hosts_fault_and_the_next_one_runs(
    model: Model, worker: Worker, tmp_path: Path
) -> None:
    model.hellos.get()
    break_disk(tmp_path)
    model.say(chunk(1, MUCH))
    done = model.next(ChunkDone)
    assert (done.verdict, done.values) == ("sandbox", None)
    assert done.reason.startswith("this host's disk does not take 100000 bytes")
    mend_disk(tmp_path)
    model.say(chunk(2))
    done = model.next(ChunkDone)
    assert done.values is not None and (done.verdict, done.values.size) == ("done", 100_000)


@pytest.mark.parametrize(
    "script",
    [
        "open('large', 'wb').write(bytes(100_000))",
        "say(inside.Opened(0, '0.0', 0, 1, 0, 9, 'd', bytes(100_000), 1, 0, 1, b'', b''))\nhear()",
    ],
)
def test_a_driver_whose_files_or_region_find_no_room_ends_as_the_hosts_fault(
    model: Model, worker: Worker, tmp_path: Path, script: str
) -> None:
    model.hellos.get()
    break_disk(tmp_path)
    model.say(driver(1, script))
    done = model.next(DriverDone)
    assert done.verdict == "sandbox"
    assert "this host's disk does not take" in done.reason


def test_a_program_that_does_not_fit_beside_the_reserve_is_given_back(
    model: Model, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.hellos.get()
    monkeypatch.setattr(stock_module, "RESERVE_BYTES", 1 << 60)
    monkeypatch.setattr(stock_module, "RESERVE_SHARE", 1)
    large = model.blobs.put(bytes(100_000))
    model.say(chunk(1, LITTLE, brings=program("", files={"/home/user/work/large": large})))
    assert "no room" in model.next(Returned).reason
    assert model.silent(BlobWanted)
    model.say(chunk(2, LITTLE, job="small"))
    assert model.next(ChunkDone).values == content(b"little")
