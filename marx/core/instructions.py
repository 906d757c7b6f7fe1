"""What the scheduler asks its shell to do, in answer to events (events.py)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from marx.core.events import Lease


class GrantDriver(Struct, frozen=True):
    """Send this driver lease to the worker. `slots`: how many slots could help it now."""

    worker: str
    lease: Lease
    slots: int


class GrantChunk(Struct, frozen=True):
    """Send this chunk lease to the worker."""

    worker: str
    lease: Lease
    start: int
    stop: int
    timeout_ms: int


class StopAttempt(Struct, frozen=True):
    """Tell the worker to end the attempt: its outcome is no longer wanted."""

    worker: str
    lease: Lease
    reason: str


class InterruptDriver(Struct, frozen=True):
    """Tell the worker to interrupt the program, whose outcome is still wanted: as Ctrl-C would."""

    worker: str
    lease: Lease


class KeepOutcome(Struct, frozen=True):
    """The chunk's outcome counts: journal it, then acknowledge it, then forward it to the driver's worker."""

    worker: str
    lease: Lease
    start: int
    stop: int


class DropOutcome(Struct, frozen=True):
    """Nothing is kept of the outcome, which is stale (another attempt won, the job ended) or a failure: acknowledge."""

    worker: str
    lease: Lease
    reason: str


class GiveUpItems(Struct, frozen=True):
    """Tell the driver that these items will not come (quarantined or timed out): it computes them in place."""

    job: str
    region: int
    start: int
    stop: int
    reason: str


class FinishJob(Struct, frozen=True):
    """The job is over. For "done" the shell has the driver's exit code and files. `timed_out`: by its own limit.
    `interrupted`: its program was asked to end; where it did so in time, the shell has its files as well."""

    job: str
    state: Literal["done", "failed", "cancelled"]
    reason: str
    timed_out: bool = False
    interrupted: bool = False


class Story(Struct, frozen=True):
    """One line for the log: what happened to what, and why. `about` is a job, "job/region/chunk" or a worker. `again`:
    a chunk was put back."""

    about: str
    text: str
    fields: dict[str, str | int] = {}
    again: bool = False


Instruction = (
    GrantDriver
    | GrantChunk
    | StopAttempt
    | InterruptDriver
    | KeepOutcome
    | DropOutcome
    | GiveUpItems
    | FinishJob
    | Story
)
