"""How many chunks one distributor carries, and that it does not depend on how many workers and chunks there are.

    python bench/saturation.py [--sizes 10x100000,100x100000,1000x100000,1000x1000000] [--seconds 8]

A whole distributor (journal on disk, CURVE over TCP, fair shares, leases) and light workers (crowd.py) that answer each
chunk at once. A chunk is one item, so WORKERSxCHUNKS chunks wait in the queue at the start. Counted is what the workers
had acknowledged, that is journaled, for each second of processor time of the distributor's process; its threads' shares
of that stand beside it (the hub, ZeroMQ's, the journal's). Memory is the resident memory of that process.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from laboratory import Lab
from load import KIB, SMALL_CHUNKS, Crowds, crowds, submit
from network import loopback

SIZES = "10x100000,100x100000,1000x100000,1000x1000000"
WARM_S = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """What one lab gave. `rate`: acknowledged chunks a processor second."""

    rate: float
    a_second: float
    worker_bytes: float
    chunk_bytes: float
    threads: str


def measure(folder: Path, workers: int, chunks: int, seconds: float) -> Row:
    with loopback(["serve", "task"]) as hosts, contextlib.ExitStack() as stack:
        lab = Lab(folder, hosts, (), port=7700 + os.getpid() % 97)
        stack.callback(lab.stop)
        lab.serve_folder().mkdir(parents=True, mode=0o700)
        (lab.serve_folder() / "settings.toml").write_text(SMALL_CHUNKS)
        lab.serve()
        distributor = psutil.Process(lab.running["serve"].pid)
        empty = distributor.memory_info().rss
        crowd = crowds(lab, stack, "workers", workers, "w", "--drives", str(chunks))
        crowd.figures(chunk_s=0.0)
        connected = distributor.memory_info().rss
        submit(lab)
        _wait_for_chunks(crowd)
        queued = distributor.memory_info().rss
        time.sleep(WARM_S)
        done, used_s, wall_s, threads = _count(crowd, distributor, seconds)
    return Row(done / used_s, done / wall_s, (connected - empty) / workers, (queued - connected) / chunks, threads)


def _wait_for_chunks(crowd: Crowds) -> None:
    while not crowd.figures()["acked"]:
        time.sleep(0.05)


def _count(crowd: Crowds, distributor: psutil.Process, seconds: float) -> tuple[int, float, float, str]:
    """Chunks acknowledged, the distributor's processor seconds, seconds, and the shares of its threads."""
    crowd.figures()
    before, began_s = _times(distributor), time.monotonic()
    time.sleep(seconds)
    done = int(crowd.figures()["acked"])
    wall_s = time.monotonic() - began_s
    used = {thread: used_s - before.get(thread, 0.0) for thread, used_s in _times(distributor).items()}
    total_s = sum(used.values())
    shares = sorted((used_s / total_s for used_s in used.values()), reverse=True)
    return done, total_s, wall_s, " ".join(f"{share:.0%}" for share in shares if share > 0.01)


def _times(process: psutil.Process) -> dict[int, float]:
    return {thread.id: thread.user_time + thread.system_time for thread in process.threads()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=SIZES, help="WORKERSxCHUNKS, with commas")
    parser.add_argument("--seconds", type=float, default=8.0)
    options = parser.parse_args()
    head = f"{'chunks a CPU second':>21}{'a second':>10}{'KiB a worker':>14}{'bytes a chunk':>15}  threads"
    print(f"{'workers':>8}{'queued':>10}{head}")
    for size in options.sizes.split(","):
        workers, chunks = map(int, size.split("x"))
        folder = Path(tempfile.mkdtemp(prefix="marx-saturation-"))
        try:
            row = measure(folder, workers, chunks, options.seconds)
        finally:
            shutil.rmtree(folder)
        print(
            f"{workers:>8}{chunks:>10}{row.rate:>21.0f}{row.a_second:>10.0f}"
            f"{row.worker_bytes / KIB:>14.1f}{row.chunk_bytes:>15.1f}  {row.threads}",
            flush=True,
        )


if __name__ == "__main__":
    main()
