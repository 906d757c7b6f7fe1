"""What the scheduler answers its shell: how jobs, regions, chunks and workers stand at the moment of asking."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from marx.core.events import Lease


class RegionState(Struct, frozen=True):
    """How far a region is. `done` items of `count` have values. Remaining times in ms, -1 while measuring."""

    job: str
    region: int
    count: int
    done: int
    chunks: int
    running: int
    requeued: int
    open: bool
    eta_p50_ms: int
    eta_p90_ms: int


class WorkerState(Struct, frozen=True):
    worker: str
    state: Literal["ready", "draining", "set-aside", "lost"]
    reason: str
    slots: int
    busy: int
    chunks_done: int
    chunks_lost: int
    speed: float = 1.0
    """How fast it does chunks, against what they take on average."""


class JobState(Struct, frozen=True):
    """Where a job stands. `lease` and `worker` are its driver's, None and "" while it waits; `reason` says what for."""

    job: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    reason: str
    lease: Lease | None = None
    worker: str = ""


class AttemptState(Struct, frozen=True):
    """A chunk of an open region: with a worker, or "" while it waits to be given out (again).

    `tries` counts its attempts, `charged` those that failed. Milliseconds since the grant and since it got a slot; -1
    where it has none.
    """

    region: int
    chunk: int
    start: int
    stop: int
    worker: str
    tries: int
    charged: int
    granted_since_ms: int = -1
    running_since_ms: int = -1


class GivenUp(Struct, frozen=True):
    """Items of an open region that the driver computes itself, and why."""

    region: int
    start: int
    stop: int
    reason: str
