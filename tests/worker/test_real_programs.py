"""Whole programs through one worker, with the real code inside its jails; the test cuts the chunks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from msgspec.structs import replace

from marx.wire.messages import Acked, ChunkDone, Closed, DriverDone, Lease, LeaseChunk, Opened, Values
from tests.worker.conftest import StartWorker
from tests.worker.model import Model, driver, program

ENTRY = "marx.inside.entry:main"
PROGRAM = """
import sys

def heavy(k):
    total = 0
    for i in range(20_000):
        total = (total * 31 + i * k) % 1_000_003
    return total

results = []
for k in range(400):
    value = heavy(k)
    results.append(value)
    if k % 100 == 0:
        print(k, value)
with open("sum.txt", "w") as file:
    print(sum(results), file=file)
print("done", file=sys.stderr)
sys.exit(5)
"""
CHUNK_ITEMS = 60


def cut(opened: Opened) -> list[LeaseChunk]:
    """The region's open items in chunks; the first brings what the others refer to."""
    chunks = []
    for number, start in enumerate(range(opened.first, opened.count, CHUNK_ITEMS), 100):
        stop = min(start + CHUNK_ITEMS, opened.count)
        lease = Lease(number, "job", region=0, chunk=number, attempt=1, start=start, stop=stop)
        chunks.append(
            LeaseChunk(
                lease=lease,
                site=opened.site,
                start=start,
                stop=stop,
                range_start=opened.range_start,
                range_step=opened.range_step,
                timeout_ms=0,
                program=program(PROGRAM) if number == 100 else None,
                captures=opened.captures if number == 100 else None,
            )
        )
    return chunks


def test_a_program_gives_what_python_gives_with_its_items_computed_in_chunks(
    model: Model, start_worker: StartWorker, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    expected = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, check=False)

    start_worker(slots=2, entry=ENTRY)
    model.hellos.get()
    model.say(driver(1, PROGRAM))
    opened = model.next(Opened)
    assert opened.items is None
    chunks = cut(opened)
    model.say(*chunks)
    for _ in chunks:
        done = model.next(ChunkDone)
        assert (done.verdict, done.unavailable) == ("done", 0), done.reason
        lease = done.lease
        model.say(Acked(lease.number), Values(opened.lease, opened.region, lease.start, lease.stop, done.values))
    closed = model.next(Closed)
    ended = model.next(DriverDone)

    assert closed.used + closed.in_place == opened.count
    assert closed.used > 0
    assert ended.exit_code == expected.returncode == 5
    assert (model.output(1), model.output(2)) == (expected.stdout, expected.stderr)
    assert [(file.path, file.content.data) for file in ended.files] == [
        ("sum.txt", (tmp_path / "sum.txt").read_bytes())
    ]


def test_two_attempts_at_the_same_items_have_one_checksum_however_long_they_took(
    model: Model, start_worker: StartWorker
) -> None:
    start_worker(slots=1, entry=ENTRY)
    model.hellos.get()
    model.say(driver(1, PROGRAM))
    first, other = cut(model.next(Opened))[:2]
    model.say(first, other, replace(first, lease=replace(first.lease, number=200, attempt=2)))
    done = {ended.lease.number: ended for ended in (model.next(ChunkDone) for _ in range(3))}
    assert done[100].checksum == done[200].checksum >= 0
    assert done[100].checksum != done[101].checksum
    assert done[100].values != done[200].values
