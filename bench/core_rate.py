"""How many chunks a second the scheduler can grant and take back, and that it does not depend on how much there is.

    python bench/core_rate.py                   three sizes: few workers and chunks, many workers, many of both
    python bench/core_rate.py --workers 1000 --items 1000000 --seconds 5

Nothing runs and nothing is sent: this is the pure core alone. Each item is one chunk; every outcome is followed by
the worker's word that it takes another, and once a second of model time by its heartbeat.
"""

from __future__ import annotations

import argparse
import time
from collections import deque

from marx.core.events import ChunkEnded, JobSubmitted, Lease, RegionOpened, WorkerBeat, WorkerJoined, WorkerReady
from marx.core.instructions import GrantChunk, GrantDriver, Instruction
from marx.core.scheduler import Scheduler, Settings

SLOTS = 4
AHEAD = 2
ITEM_NS = 500_000_000
"""An item as long as a chunk should be: so each is one."""
SIZES = ((10, 10_000), (1_000, 10_000), (1_000, 1_000_000))


class Rig:
    """Workers that answer each grant after all grants before it, and a clock that each outcome moves on."""

    def __init__(self, workers: int, items: int) -> None:
        self.scheduler = Scheduler(Settings(), epoch=1)
        self.now_us = 0
        self.waiting: deque[GrantChunk] = deque()
        self.held: dict[str, set[int]] = {f"w{n}": set() for n in range(workers)}
        self.driver: Lease | None = None
        self.tell(JobSubmitted("job", "user", "3.11"))
        for name in self.held:
            self.tell(WorkerJoined(name, SLOTS, 1, "3.11"))
            self.tell(WorkerReady(name, SLOTS + AHEAD, 1, 0))
        assert self.driver is not None
        self.items = items
        self.tell(RegionOpened(self.driver, 0, 0, items, ITEM_NS))

    def tell(self, event: WorkerReady | ChunkEnded | WorkerBeat | WorkerJoined | RegionOpened | JobSubmitted) -> None:
        for instruction in self.scheduler.handle(event, self.now_us // 1000):
            self._carry_out(instruction)

    def _carry_out(self, instruction: Instruction) -> None:
        if isinstance(instruction, GrantChunk):
            self.waiting.append(instruction)
            self.held[instruction.worker].add(instruction.lease.number)
        elif isinstance(instruction, GrantDriver):
            self.driver = instruction.lease

    def one_chunk(self, step_us: int) -> None:
        """The oldest grant ends, its worker takes another."""
        grant = self.waiting.popleft()
        worker, number = grant.worker, grant.lease.number
        self.now_us += step_us
        self.held[worker].discard(number)
        self.tell(ChunkEnded(worker, grant.lease, "done", ITEM_NS))
        self.tell(WorkerReady(worker, SLOTS + AHEAD - len(self.held[worker]), 0, number + 10**6))

    def beats(self) -> None:
        for name, held in self.held.items():
            self.tell(WorkerBeat(name, tuple(held)))


def measure(workers: int, items: int, seconds: float) -> tuple[int, float]:
    """Chunks done and the seconds that they took."""
    rig = Rig(workers, items)
    step_us = 500_000 // (workers * SLOTS)
    per_second = max(1, 1_000_000 // max(1, step_us))
    done, start = 0, time.perf_counter()
    while rig.waiting and time.perf_counter() - start < seconds:
        for _ in range(min(per_second, 1_000)):
            if rig.waiting:
                rig.one_chunk(step_us)
                done += 1
        if done % per_second < 1_000:
            rig.beats()
    took = time.perf_counter() - start
    rig.scheduler.check()
    return done, took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--items", type=int)
    parser.add_argument("--seconds", type=float, default=3.0)
    given = parser.parse_args()
    sizes = SIZES if given.workers is None else ((given.workers, given.items or 1_000_000),)
    print(f"{'workers':>8} {'chunks queued':>14} {'chunks done':>12} {'chunks/s':>10}")
    for workers, items in sizes:
        done, took = measure(workers, items, given.seconds)
        print(f"{workers:>8} {items:>14} {done:>12} {done / took:>10.0f}")


if __name__ == "__main__":
    main()
