"""One job as the distributor has it in memory. What changes it are records (applying.py); nothing here acts.

An ended job keeps its row, its `Ended` and the names of its contents, so that it may be run once more; what only a
running one needs is let go.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from marx.distributor.output import OutputLog
from marx.distributor.plans import Site
from marx.distributor.regions import Region
from marx.wire.messages import Content, DriverDone, Ended, FindingRow, MailRow, NoteRow, Program, Terms

NOTES_SHOWN = 20
"""Lines of a job's story that are at hand; the journal has the others."""
NO_TERMS = Terms()
NOT_KNOWN = -1


@dataclass(slots=True)
class Driver:
    """The attempt that counts; messages under another lease are stale. `openings`: its count to our regions."""

    number: int
    attempt: int
    user: str
    openings: dict[int, int] = field(default_factory=dict)
    worker_name: str = ""
    """Which worker it was granted to."""
    worker: str = ""
    """Which worker runs it now, "" while nobody is known to: after a restart until it says hello."""
    planned: bool = False
    closed: set[int] = field(default_factory=set)
    announced: dict[int, int] = field(default_factory=dict)
    """Our regions to its count, once it was sent the values that were there: new ones go straight to it."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What people are told of a job's program, and the blobs that it names: kept as long as the job is."""

    argv: tuple[str, ...] = ()
    folder: str = ""
    python: str = ""
    files: int = 0
    timeout_ms: int = 0
    chunk_timeout_ms: int = 0
    session: bool = False
    blobs: tuple[Content, ...] = ()


@dataclass(slots=True)
class Job:
    """One submission. Wall-clock times in ms since 1970, 0 where not reached."""

    id: str
    user: str
    ticket: str
    name: str
    program: Program | None
    submitted_ms: int
    size: int
    terms: Terms = NO_TERMS
    of: str = ""
    brief: Brief = Brief()
    due_ms: int = 0
    """When a scheduled job comes next; 0 where it waits for no time, NOT_KNOWN where that is still to be found."""
    ran_ms: int = 0
    """The last of a schedule's times that is dealt with."""
    paused: bool = False
    said: tuple[int, int] | None = None
    """How long it was said to take when that was first known: median, and nine times of ten."""
    notes: deque[NoteRow] = field(default_factory=lambda: deque(maxlen=NOTES_SHOWN))
    noted: int = 0
    mails: dict[str, MailRow] = field(default_factory=dict)
    findings: list[FindingRow] = field(default_factory=list)
    suited: set[str] = field(default_factory=set)
    """The workers that the scheduler was told it may run on, where it asks for some."""
    seen_ms: int = 0
    """When somebody last followed it, by the monotonic clock; 0 where that is not known."""
    started_ms: int = 0
    ended_ms: int = 0
    output: OutputLog = field(default_factory=OutputLog)
    plan: bytes = b""
    sites: dict[int, Site] = field(default_factory=dict)
    regions: dict[int, Region] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    driver: Driver | None = None
    attempts: int = 0
    """At its driver so far."""
    items: int = 0
    items_done: int = 0
    done: DriverDone | None = None
    end: Ended | None = None
    settled: bool = False
    """Its end is on disk, and so may be told."""
    workers: set[str] = field(default_factory=set)
    """Those that chunks of it came from."""

    @property
    def state(self) -> str:
        if self.end is not None and self.settled:
            return self.end.state
        if self.paused:
            return "paused"
        if self.due_ms:
            return "scheduled"
        return "running" if self.started_ms else "queued"

    @property
    def kept_bytes(self) -> int:
        """What the job occupies once it has ended: its program, and what it printed and wrote."""
        end = self.end
        if end is None:
            return self.size
        return self.size + end.stdout.size + end.stderr.size + sum(file.content.size for file in end.files)
