"""A lab on simulated time: the real scheduler, and models of workers and drivers around it.

Workers take chunks in order, some slots each, and need a moment for each message. A job is one region: its driver
opens it at once, and ends when all items have values. Drivers sit on a machine of their own, so that workers may come
and go. What happens beside (jobs, workers) is told by `at`.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from marx.core.events import (
    ChunkEnded,
    DriverEnded,
    Event,
    JobSubmitted,
    Lease,
    RegionClosed,
    RegionOpened,
    Tick,
    WorkerBeat,
    WorkerJoined,
    WorkerLost,
    WorkerReady,
)
from marx.core.instructions import FinishJob, GrantChunk, GrantDriver, Instruction, KeepOutcome, StopAttempt
from marx.core.scheduler import Scheduler, Settings

PYTHON = "3.11"
AHEAD = 2
WAY_MS = 2
"""A message's way, and what a worker needs to begin a chunk or to send its values."""
BEAT_MS = 2_000
PILOT = 3
"""Items by whose cost a driver opens its region."""
STALLS_AFTER = 3
"""Chunks that a worker of speed 0 does before it stands still."""
DRIVERS = "drivers"
SEATS = 10_000


@dataclass(slots=True)
class Work:
    """A job, and what became of it. `costs` are its items', in ms at speed 1."""

    name: str
    user: str
    costs: list[float]
    submitted_ms: float = -1
    ended_ms: float = -1
    left: int = 0
    lease: Lease | None = None
    kept: Callable[[], None] = lambda: None
    """Called after each outcome that is kept."""


@dataclass(slots=True)
class ModelWorker:
    name: str
    speed: float
    slots: int
    done: int = 0
    seen: int = 0
    waiting: deque[GrantChunk] = field(default_factory=deque)
    running: dict[int, GrantChunk] = field(default_factory=dict)
    drivers: set[int] = field(default_factory=set)

    @property
    def credit(self) -> int:
        return self.slots + AHEAD - len(self.waiting) - len(self.running)

    def ready(self) -> WorkerReady:
        return WorkerReady(self.name, self.credit if self.slots else 0, 0 if self.slots else SEATS, self.seen)


class Lab:
    def __init__(self, settings: Settings | None = None) -> None:
        self.scheduler = Scheduler(settings or Settings(), epoch=1)
        self.now_ms = 0.0
        self.workers: dict[str, ModelWorker] = {}
        self.works: dict[str, Work] = {}
        self.served: Callable[[Work, float], None] = lambda work, ms: None
        """Called with the slot time of each chunk that ended."""
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self.join(DRIVERS, slots=0)

    # --- what the caller tells ----------------------------------------------------------------------------------------

    def at(self, ms: float, action: Callable[[], None]) -> None:
        self._order += 1
        heappush(self._agenda, (ms, self._order, action))

    def join(self, name: str, speed: float = 1.0, slots: int = 2) -> None:
        worker = self.workers[name] = ModelWorker(name, speed, slots)
        self._tell(WorkerJoined(name, slots, 0 if slots else SEATS, PYTHON))
        self._tell(worker.ready())
        self._later(BEAT_MS, partial(self._beat, worker))

    def leave(self, name: str) -> None:
        del self.workers[name]
        self._tell(WorkerLost(name))

    def submit(self, work: Work) -> None:
        work.submitted_ms, work.left = self.now_ms, len(work.costs)
        self.works[work.name] = work
        self._tell(JobSubmitted(work.name, work.user, PYTHON))

    def run_until(self, over: Callable[[], bool]) -> None:
        while not over():
            due_ms = self.scheduler.next_deadline_ms()
            if due_ms is not None and due_ms <= self._agenda[0][0]:
                self.now_ms = max(self.now_ms, due_ms)
                self._tell(Tick())
            else:
                self.now_ms, _, action = heappop(self._agenda)
                action()

    # --- what follows -------------------------------------------------------------------------------------------------

    def _later(self, delay_ms: float, action: Callable[[], None]) -> None:
        self.at(self.now_ms + delay_ms, action)

    def _tell(self, event: Event) -> None:
        for instruction in self.scheduler.handle(event, int(self.now_ms)):
            self._carry_out(instruction)

    def _carry_out(self, instruction: Instruction) -> None:
        match instruction:
            case GrantDriver(worker=name, lease=lease):
                self.workers[name].drivers.add(lease.number)
                self.works[lease.job].lease = lease
                self._later(WAY_MS, partial(self._open, self.works[lease.job], lease))
            case GrantChunk(worker=name):
                self._later(WAY_MS, partial(self._arrives, name, instruction))
            case StopAttempt(worker=name, lease=lease):
                self._later(WAY_MS, partial(self._stopped, name, lease))
            case KeepOutcome(lease=lease, start=start, stop=stop):
                self._kept(self.works[lease.job], stop - start)
            case FinishJob(job=name):
                self.works[name].ended_ms = self.now_ms
            case _:
                pass

    def _open(self, work: Work, lease: Lease) -> None:
        pilot = work.costs[:PILOT]
        self._tell(RegionOpened(lease, 0, 0, len(work.costs), round(1e6 * sum(pilot) / len(pilot))))

    def _kept(self, work: Work, items: int) -> None:
        work.left -= items
        work.kept()
        if not work.left and work.lease is not None:
            self._later(WAY_MS, partial(self._end, work, work.lease))

    def _end(self, work: Work, lease: Lease) -> None:
        self._tell(RegionClosed(lease, 0))
        self._tell(DriverEnded(DRIVERS, lease, "done"))
        worker = self.workers[DRIVERS]
        worker.drivers.discard(lease.number)
        worker.seen = max(worker.seen, lease.number)
        self._tell(worker.ready())

    def _beat(self, worker: ModelWorker) -> None:
        if self.workers.get(worker.name) is worker:
            held = (*worker.running, *(one.lease.number for one in worker.waiting), *worker.drivers)
            self._tell(WorkerBeat(worker.name, held))
            self._later(BEAT_MS, partial(self._beat, worker))

    def _arrives(self, name: str, grant: GrantChunk) -> None:
        worker = self.workers.get(name)
        if worker is not None:
            worker.seen = max(worker.seen, grant.lease.number)
            worker.waiting.append(grant)
            self._fill(worker)

    def _stopped(self, name: str, lease: Lease) -> None:
        worker = self.workers.get(name)
        if worker is not None:
            worker.waiting = deque(one for one in worker.waiting if one.lease != lease)
            worker.running.pop(lease.number, None)
            self._fill(worker)
            self._later(WAY_MS, partial(self._says_ready, worker))

    def _says_ready(self, worker: ModelWorker) -> None:
        if self.workers.get(worker.name) is worker:
            self._tell(worker.ready())

    def _fill(self, worker: ModelWorker) -> None:
        while worker.waiting and len(worker.running) < worker.slots:
            grant = worker.waiting.popleft()
            worker.running[grant.lease.number] = grant
            costs = self.works[grant.lease.job].costs[grant.start : grant.stop]
            took_ms = sum(costs) / (worker.speed or 1)
            if worker.speed or worker.done < STALLS_AFTER:
                self._later(took_ms + 2 * WAY_MS, partial(self._ends, worker, grant, took_ms))

    def _ends(self, worker: ModelWorker, grant: GrantChunk, took_ms: float) -> None:
        if self.workers.get(worker.name) is not worker or worker.running.pop(grant.lease.number, None) is None:
            return
        worker.done += 1
        self.served(self.works[grant.lease.job], took_ms)
        self._fill(worker)
        self._tell(ChunkEnded(worker.name, grant.lease, "done", round(took_ms * 1e6)))
        self._tell(worker.ready())
