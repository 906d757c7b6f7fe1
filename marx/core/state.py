"""What the scheduler remembers: workers, jobs, regions, chunks and the attempts that tie them together.

Records only. Who may change them is board.py's business (so that collections that mirror one another stay in step),
when and why the other files'. Nothing here is kept per item: a region of ten million items is a count, a few ranges
and its outstanding chunks.

    Pool (a Python version) ── Worker ──┬── ChunkAttempt ──┬── Chunk ── Region ── Job ── Pool
                                        └── DriverAttempt ─┴── Job
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Literal

from marx.core.answers import RegionState
from marx.core.chunks import ChunkState, Move, after
from marx.core.estimate import Churn, Course
from marx.core.events import Held, Lease
from marx.core.fairness import Turns
from marx.core.instructions import FinishJob
from marx.core.ranges import Ranges
from marx.core.sizing import ItemCost

StateOfWorker = Literal["ready", "draining", "set-aside", "lost"]
"""As in `WorkerState`."""


@dataclass(slots=True, eq=False)
class Attempt:
    """A live lease. It ends by leaving `Leases`, and is then in no other collection either."""

    lease: Lease
    worker: Worker
    job: Job
    granted_ms: int
    expires_ms: int
    """Without a heartbeat that lists it, the lease is lost then."""
    renewed: bool = False
    """Whether the worker has ever listed it; if not, the grant may never have arrived."""


@dataclass(slots=True, eq=False)
class DriverAttempt(Attempt):
    pass


@dataclass(slots=True, eq=False, kw_only=True)
class ChunkAttempt(Attempt):
    region: Region
    chunk: Chunk
    charged_ms: float
    """What its user was charged at the grant."""
    started_ms: int = -1
    """When the worker had a slot for it, as far as one can tell from here; -1 while it waits there."""
    live: bool = True
    adopted: bool = False
    """Taken up again: granted before this start of the distributor, or lost meanwhile. Nobody here knows since when it
    runs."""


@dataclass(slots=True, eq=False)
class Chunk:
    """A range of items, from its cut until it is done, quarantined or cancelled. Blame is judged by its history."""

    number: int
    start: int
    stop: int
    state: ChunkState = ChunkState.PENDING
    tries: int = 0
    """Attempts so far; the last one has this number."""
    charged: int = 0
    setbacks: int = 0
    suspects: set[str] = field(default_factory=set)
    """Workers that it was lost on or that it killed a jail on."""
    avoid: set[str] = field(default_factory=set)
    """Workers that an attempt ended badly on: others go first."""
    attempt: ChunkAttempt | None = None

    def overlaps(self, start: int, stop: int) -> bool:
        return self.start < stop and start < self.stop

    def move(self, move: Move) -> None:
        self.state = after(self.state, move)


@dataclass(slots=True, eq=False)
class Region:
    """Items `first`..`count`-1 of it are each in exactly one of: `uncut`, a chunk of `chunks`, `done`, `given_up`.

    Those of a chunk in `overtaken` are somewhere there as well, but not in `done` or `given_up`.
    """

    job: Job
    number: int
    first: int
    count: int
    opener: int
    """Number of the driver lease that opened it. If that is not the job's driver any more, the region is orphaned."""
    cost: ItemCost
    course: Course = field(default_factory=Course)
    uncut: Ranges = field(default_factory=Ranges)
    done: Ranges = field(default_factory=Ranges)
    given_up: list[tuple[int, int, str]] = field(default_factory=list)
    chunks: dict[int, Chunk] = field(default_factory=dict)
    """Pending and leased ones."""
    overtaken: dict[int, Chunk] = field(default_factory=dict)
    """Late ones whose items are out once more. The first outcome of an item ends all other attempts at it."""
    pending: list[tuple[int, int]] = field(default_factory=list)
    """Heap of (start, chunk number) of the pending ones; cancelled ones are skipped when they surface."""
    pending_items: int = 0
    leased_items: int = 0
    next_chunk: int = 0
    requeued: int = 0
    items_max: int = 0
    """The most items of a chunk; 0: no limit."""

    @property
    def orphaned(self) -> bool:
        if self.job.session:
            return False
        return self.job.driver is None or self.job.driver.lease.number != self.opener

    @property
    def ungranted(self) -> int:
        """Items that a worker could be given now."""
        return self.uncut.items + self.pending_items


@dataclass(slots=True, eq=False)
class Job:
    name: str
    user: str
    priority: int
    timeout_ms: int
    chunk_timeout_ms: int
    submitted_ms: int
    pool: Pool
    level: int
    """Priority, raised by ageing."""
    served_ms: int
    """When it last got anything."""
    settling: bool
    """Resumed and waiting for its workers to come back: nothing is granted."""
    awaited: frozenset[str] = frozenset()
    """Workers that worked for it before it was resumed."""
    only: frozenset[str] | None = None
    """The workers that suit it; None: all of its pool."""
    retries: int = -1
    paused: bool = False
    session: bool = False
    """Without a driver: its regions are its tasker's."""
    started: bool = False
    ending: FinishJob | None = None
    """Its program was interrupted: this is the job's end, whatever the program makes of that."""
    driver: DriverAttempt | None = None
    driver_tries: int = 0
    driver_kills: int = 0
    driver_setbacks: int = 0
    driver_avoid: set[str] = field(default_factory=set)
    waits_for: str = "a worker with a free driver seat"
    regions: dict[int, Region] = field(default_factory=dict)
    closed: OrderedDict[int, RegionState] = field(default_factory=OrderedDict)
    wanting: dict[int, Region] = field(default_factory=dict)
    """Regions with something to grant, in the order in which they began to want it: the last is the innermost."""

    @property
    def held(self) -> bool:
        """Nothing of it is granted now."""
        return self.settling or self.paused

    @property
    def wants_driver(self) -> bool:
        return self.driver is None and not self.held and not self.session

    def suits(self, worker: Worker) -> bool:
        return self.only is None or worker.name in self.only


@dataclass(slots=True, eq=False)
class Worker:
    name: str
    pool: Pool
    slots: int
    seats: int
    heard_ms: int
    state: StateOfWorker = "lost"
    reason: str = ""
    chunk_credit: int = 0
    driver_credit: int = 0
    unseen: deque[tuple[int, bool]] = field(default_factory=deque)
    """Grants (lease number, is it a chunk) that its last Ready did not know of yet."""
    chunks: dict[int, ChunkAttempt] = field(default_factory=dict)
    drivers: dict[int, DriverAttempt] = field(default_factory=dict)
    running: int = 0
    waiting: deque[ChunkAttempt] = field(default_factory=deque)
    """Chunks that have no slot there yet, in order; ended ones are skipped when they surface."""
    strikes: list[tuple[str, int, int]] = field(default_factory=list)
    """Chunks (job, region, number) that went wrong there since one went right."""
    late: dict[int, Held] = field(default_factory=dict)
    """Chunk leases that were lost there, by number: it may come back with their outcomes."""
    speed: float = 1.0
    """How fast it does chunks, against what they take on average."""
    chunks_done: int = 0
    chunks_lost: int = 0


@dataclass(slots=True, eq=False)
class Pool:
    """Workers and jobs of one Python minor version: only these can be matched."""

    python: str
    seat_turns: Turns
    chunk_turns: Turns
    slots: int = 0
    """The slots of all its ready workers."""
    churn: Churn = field(default_factory=Churn)
    seats: OrderedDict[str, Worker] = field(default_factory=OrderedDict)
    """Workers that take a driver, in turn."""
    idle: OrderedDict[str, Worker] = field(default_factory=OrderedDict)
    """Workers that take a chunk and have a slot free for it, in turn."""
    spare: OrderedDict[str, Worker] = field(default_factory=OrderedDict)
    """Workers that take a chunk to have one ready when a slot falls free, in turn."""
