"""What slow and stalled workers cost a region: its time against the ideal for that mix of speeds.

    python bench/stragglers.py [--items 3000] [--item-ms 40] [--repeat 9]
    python bench/stragglers.py --real [--seconds 10] [--repeat 3]

The real scheduler on simulated time; workers are models that take chunks in order, two slots each, and need a moment
for each message. The ideal is all work divided by the sum of all speeds, with nothing to wait for: a worker that stalls
counts for nothing. Items differ: their costs are drawn from an exponential distribution. Medians over seeds.
`--real`: a lab of real processes on this machine instead, five or six workers, the labs in turn; see straggling.py.
"""

from __future__ import annotations

import argparse
import sys
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from pathlib import Path
from random import Random
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from marx.core.events import (  # noqa: E402 - found by the line above
    ChunkEnded,
    Event,
    GrantChunk,
    GrantDriver,
    JobSubmitted,
    KeepOutcome,
    Lease,
    RegionOpened,
    StopAttempt,
    Tick,
    WorkerBeat,
    WorkerJoined,
    WorkerReady,
)
from marx.core.scheduler import Scheduler, Settings  # noqa: E402

SLOTS = 2
AHEAD = 2
WAY_MS = 2
"""A message's way, and what a worker needs to begin a chunk or to send its values."""
BEAT_MS = 2_000
LIMIT = 1.15
"""What the mixed lab may take of the ideal."""

MIXES: dict[str, list[float]] = {
    "eight alike": [1.0] * 8,
    "speeds from half to double": [0.5, 0.7, 1.0, 1.0, 1.0, 1.4, 1.7, 2.0],
    "one ten times slower": [1.0] * 7 + [0.1],
    "one stalls for ever": [1.0] * 7 + [0.0],
    "one ten times slower, one stalls for ever": [1.0] * 6 + [0.1, 0.0],
    "two workers and one that is ten times slower": [1.0, 1.0, 0.1],
}
STALLS_AFTER = 3
"""Chunks that the stalling worker does before it stands still."""


@dataclass
class Worker:
    name: str
    speed: float
    done: int = 0
    seen: int = 0
    waiting: deque[GrantChunk] = field(default_factory=deque)
    running: dict[int, GrantChunk] = field(default_factory=dict)

    @property
    def credit(self) -> int:
        return SLOTS + AHEAD - len(self.waiting) - len(self.running)


class Region:
    """One region from its opening to its last value."""

    def __init__(self, speeds: list[float], costs: list[float]) -> None:
        self.scheduler = Scheduler(Settings(), epoch=1)
        self.workers = {f"w{n}": Worker(f"w{n}", speed) for n, speed in enumerate(speeds)}
        self.costs = costs
        self.left = len(costs)
        self.now_ms = 0.0
        self._agenda: list[tuple[float, int, Event | GrantChunk | StopAttempt]] = []
        self._order = 0
        self._driver: Lease | None = None

    def run(self) -> float:
        """How long it took, in ms."""
        self._tell(JobSubmitted("job", "user", "3.11"))
        for worker in self.workers.values():
            self._tell(WorkerJoined(worker.name, SLOTS, 1, "3.11"))
            self._tell(WorkerReady(worker.name, worker.credit, 1, 0))
            self._later(BEAT_MS, WorkerBeat(worker.name, ()))
        assert self._driver is not None
        self._tell(RegionOpened(self._driver, 0, 0, len(self.costs), round(1e6 * sum(self.costs[:3]) / 3)))
        while self.left:
            due_ms = self.scheduler.next_deadline_ms()
            if due_ms is not None and due_ms <= self._agenda[0][0]:
                self.now_ms = max(self.now_ms, due_ms)
                self._tell(Tick())
            else:
                self.now_ms, _, what = heappop(self._agenda)
                self._happens(what)
        return self.now_ms

    def _later(self, delay_ms: float, what: Event | GrantChunk | StopAttempt) -> None:
        self._order += 1
        heappush(self._agenda, (self.now_ms + delay_ms, self._order, what))

    def _happens(self, what: Event | GrantChunk | StopAttempt) -> None:
        match what:
            case GrantChunk(worker=name):
                worker = self.workers[name]
                worker.seen = max(worker.seen, what.lease.number)
                worker.waiting.append(what)
                self._fill(worker)
            case StopAttempt(worker=name, lease=lease):
                worker = self.workers[name]
                worker.waiting = deque(one for one in worker.waiting if one.lease != lease)
                worker.running.pop(lease.number, None)
                self._fill(worker)
                self._later(WAY_MS, WorkerReady(name, worker.credit, 0, worker.seen))
            case ChunkEnded(worker=name, lease=lease):
                self._ends(self.workers[name], lease, what)
            case WorkerBeat(worker=name):
                worker = self.workers[name]
                held = (*worker.running, *(one.lease.number for one in worker.waiting), *self._driver_of(name))
                self._tell(WorkerBeat(name, held))
                self._later(BEAT_MS, what)
            case _:
                self._tell(what)

    def _driver_of(self, name: str) -> tuple[int, ...]:
        assert self._driver is not None
        return (self._driver.number,) if name == "w0" else ()

    def _fill(self, worker: Worker) -> None:
        while worker.waiting and len(worker.running) < SLOTS:
            grant = worker.waiting.popleft()
            worker.running[grant.lease.number] = grant
            stalled = worker.speed == 0 and worker.done >= STALLS_AFTER
            work_ms = sum(self.costs[grant.start : grant.stop]) / (worker.speed or 1)
            if not stalled:
                ended = ChunkEnded(worker.name, grant.lease, "done", round(work_ms * 1e6))
                self._later(work_ms + 2 * WAY_MS, ended)

    def _ends(self, worker: Worker, lease: Lease, ended: ChunkEnded) -> None:
        if worker.running.pop(lease.number, None) is None:
            return
        worker.done += 1
        self._fill(worker)
        self._tell(ended)
        self._tell(WorkerReady(worker.name, worker.credit, 0, worker.seen))

    def _tell(self, event: Event) -> None:
        for instruction in self.scheduler.handle(event, int(self.now_ms)):
            match instruction:
                case GrantDriver(lease=lease):
                    self._driver = lease
                case GrantChunk() | StopAttempt():
                    self._later(WAY_MS, instruction)
                case KeepOutcome(start=start, stop=stop):
                    self.left -= stop - start
                case _:
                    pass


def ratio(speeds: list[float], items: int, item_ms: float, seed: int) -> float:
    """The region's time against the ideal."""
    chance = Random(seed)
    costs = [chance.expovariate(1 / item_ms) for _ in range(items)]
    ideal_ms = max(sum(costs) / (SLOTS * sum(speeds)), max(costs) / max(speeds))
    return Region(speeds, costs).run() / ideal_ms


def real(seconds: float, repeat: int) -> int:
    """The labs in turn, so that what else the machine does meets all of them."""
    from straggling import MIXES as REAL_MIXES
    from straggling import ratio as real_ratio

    ratios: dict[str, list[float]] = {mix.name: [] for mix in REAL_MIXES}
    for _ in range(repeat):
        for mix in REAL_MIXES:
            ratios[mix.name].append(real_ratio(mix, seconds))
    print(f"{'lab of real processes':<50} {'time / ideal':>12} {'worst':>7}")
    for name, found in ratios.items():
        print(f"{name:<50} {median(found):>12.3f} {max(found):>7.3f}")
    return int(max(map(median, ratios.values())) > LIMIT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=3_000)
    parser.add_argument("--item-ms", type=float, default=40)
    parser.add_argument("--repeat", type=int, help="runs of each lab (9; 3 of real ones)")
    parser.add_argument("--real", action="store_true", help="real processes, slowed down and stopped by signals")
    parser.add_argument("--seconds", type=float, default=10, help="what a real region takes ideally")
    given = parser.parse_args()
    if given.real:
        return real(given.seconds, given.repeat or 3)
    worst = -inf
    print(f"{'lab':<46} {'time / ideal':>12} {'worst':>7}")
    for name, speeds in MIXES.items():
        ratios = [ratio(speeds, given.items, given.item_ms, seed) for seed in range(given.repeat or 9)]
        worst = max(worst, median(ratios))
        print(f"{name:<46} {median(ratios):>12.3f} {max(ratios):>7.3f}", flush=True)
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
