"""What the scheduler is told. What it answers is in instructions.py.

A job's driver and its chunks are *attempts*; the right to run one is a `Lease`. Items of a region are numbered from
0; a chunk is `start`..`stop`-1 and is cut only when a worker has credit. Times are milliseconds of a monotonic clock
that the shell passes in; costs are nanoseconds.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

DRIVER = -1
"""`Lease.chunk` of a driver attempt; its `region` is -1 as well."""


class Lease(Struct, frozen=True):
    """The right of one worker to run one attempt, until its deadline. `number` is never reused, over all restarts."""

    number: int
    job: str
    region: int
    chunk: int
    attempt: int


class Held(Struct, frozen=True):
    """A lease that a worker still holds, with the items of a chunk (0, 0 of a driver)."""

    lease: Lease
    start: int = 0
    stop: int = 0


Verdict = Literal["done", "failed", "timeout", "memory", "killed", "sandbox", "returned"]
"""How a chunk attempt ended: `done`; `failed` (the chunk's own doing: bad frame, refused); `timeout`, `memory`,
`killed` (its jail died of it); `sandbox` (the jail could not be had: the worker's fault); `returned` (given back
unrun, nobody's fault)."""


# --- events -----------------------------------------------------------------------------------------------------------


class WorkerJoined(Struct, frozen=True):
    """A worker said hello (again). `holding` are leases that it still runs or has outcomes of: adopted where they are
    still owed.

    A chunk lease of an earlier epoch can only be adopted from `held`, which names its items too. What is not owed
    gets StopAttempt.
    """

    worker: str
    slots: int
    seats: int
    python: str
    holding: tuple[Lease, ...] = ()
    held: tuple[Held, ...] = ()


class WorkerReady(Struct, frozen=True):
    """Credit: takes up to `chunks` more chunks and `drivers` more drivers; had received lease numbers up to `seen`."""

    worker: str
    chunks: int
    drivers: int
    seen: int
    draining: bool = False


class GrantUnsent(Struct, frozen=True):
    """The worker was never told of this grant, nor will be: it has its credit still."""

    worker: str
    lease: Lease


class WorkerBeat(Struct, frozen=True):
    """A heartbeat: renews the leases it lists (numbers) as far as they are this worker's."""

    worker: str
    leases: tuple[int, ...]


class WorkerLost(Struct, frozen=True):
    """The connection is gone for good (goodbye). Silence is noticed by the scheduler itself, by deadline."""

    worker: str


class JobSubmitted(Struct, frozen=True):
    """A job is on disk and may be scheduled. `user` is the tasker's key, `python` the version it needs ("3.11").

    `resumed`: replayed after a restart of the distributor. For a moment nothing of it is granted, so that the workers
    that still run its driver and chunks can say so first; `awaited` names those that have worked for it and are not
    known to be gone, and when its driver and all of them are back, the moment is over. `only`: the workers that may run
    it, None for all.
    `retries`: charged failures that a chunk of it survives, -1 for the settings' number. `session`: it has no driver;
    its regions are opened by the tasker itself.
    """

    job: str
    user: str
    python: str
    priority: int = 0
    timeout_ms: int = 0
    chunk_timeout_ms: int = 0
    resumed: bool = False
    only: tuple[str, ...] | None = None
    retries: int = -1
    session: bool = False
    awaited: tuple[str, ...] = ()
    driver_tries: int = 0
    """Attempts at its driver before it was resumed."""


class JobSuited(Struct, frozen=True):
    """From now on only these workers are granted anything of the job. What runs elsewhere may end there."""

    job: str
    only: tuple[str, ...]


class JobPaused(Struct, frozen=True):
    """Nothing more of the job is granted until `JobResumed`; what runs comes to its end, and its time goes on."""

    job: str


class JobResumed(Struct, frozen=True):
    job: str


class JobCancelled(Struct, frozen=True):
    """`softly`: its program is interrupted, and has a grace in which to end by itself."""

    job: str
    reason: str = ""
    softly: bool = False


class RegionOpened(Struct, frozen=True):
    """The driver under `lease` reached a region. `done` are item ranges whose values the journal has already (driver
    replay).

    `region` is the shell's own number for (job, key, digest), the same over driver attempts. After a restart of the
    distributor the open regions of a resumed job are told again before its workers join, under the lease that opened
    them: they wait for the driver of that lease to be adopted, or for the next driver to open them.
    """

    lease: Lease
    region: int
    first: int
    count: int
    item_ns: int
    done: tuple[tuple[int, int], ...] = ()
    items_max: int = 0
    """The most items of one chunk, so that what is sent with it stays within its limits; 0 is no limit."""


class RegionClosed(Struct, frozen=True):
    """The driver needs nothing more of the region: its open chunks are cancelled."""

    lease: Lease
    region: int


class CallsAdded(Struct, frozen=True):
    """The tasker of a session wants items `start`..`stop`-1 of a region, which the first such event opens.

    A chunk of the region shall have at most `items_max` items from now on (0: as many as its size rule says).
    """

    job: str
    region: int
    start: int
    stop: int
    item_ns: int
    items_max: int = 0


class CallsClosed(Struct, frozen=True):
    """The tasker of a session needs nothing more of a region."""

    job: str
    region: int


class SessionEnded(Struct, frozen=True):
    """The tasker of a session needs nothing more at all: the job is done."""

    job: str


class ChunkEnded(Struct, frozen=True):
    """A worker's word on a chunk lease. Answered by exactly one KeepOutcome or DropOutcome."""

    worker: str
    lease: Lease
    verdict: Verdict
    wall_ns: int = 0
    reason: str = ""


class DriverEnded(Struct, frozen=True):
    """A worker's word on a driver lease. "done": the program ran to its end (any exit code). Others as for chunks.

    Answered by exactly one FinishJob or DropOutcome.
    """

    worker: str
    lease: Lease
    verdict: Verdict
    reason: str = ""


class Tick(Struct, frozen=True):
    """Time passed: `next_deadline_ms` was reached."""


Event = (
    WorkerJoined
    | WorkerReady
    | GrantUnsent
    | WorkerBeat
    | WorkerLost
    | JobSubmitted
    | JobSuited
    | JobPaused
    | JobResumed
    | JobCancelled
    | RegionOpened
    | RegionClosed
    | CallsAdded
    | CallsClosed
    | SessionEnded
    | ChunkEnded
    | DriverEnded
    | Tick
)
