"""All jobs as the journal tells them: `apply` is the one function that changes them, for a record just written and for
a replayed one.

Owns no socket, clock or schedule. An ended job keeps its row, its `Ended` and the names of its contents, so that it
may be run once more; what only a running one needs is let go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from marx.distributor.output import STDERR, STDOUT, OutputLog
from marx.distributor.plans import Site, read_findings, read_sites
from marx.distributor.regions import Kept, Region
from marx.journal.records import (
    ChunkKept,
    DriverLeased,
    DriverOutput,
    EpochStarted,
    JobEnded,
    JobEstimated,
    JobForgotten,
    JobNoted,
    JobPaused,
    JobPlanned,
    JobSubmitted,
    MailNoted,
    Record,
    RegionClosed,
    RegionOpened,
    ScheduleRan,
)
from marx.wire.contents import contents_of_program
from marx.wire.messages import Content, DriverDone, Ended, FindingRow, MailRow, NoteRow, Program, Terms

ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No characters that are mistaken for each other when a person reads an id aloud."""
ID_LENGTH = 6
NOTES_SHOWN = 20
"""Lines of a job's story that are at hand; the journal has the others."""
ARGUMENTS_SHOWN = 50
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


class Jobs:
    """The jobs by id, and what is asked of all of them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._tickets: dict[tuple[str, str], str] = {}

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def get(self, job: str) -> Job | None:
        return self._jobs.get(job)

    def by_ticket(self, user: str, ticket: str) -> Job | None:
        job = self._tickets.get((user, ticket))
        return None if job is None else self._jobs[job]

    def open_of(self, user: str) -> list[Job]:
        return [job for job in self if job.end is None and job.user == user]

    def fresh_id(self, choice: Callable[[str], str]) -> str:
        """An id that no job has; `choice` picks one character."""
        while True:
            fresh = "".join(choice(ID_ALPHABET) for _ in range(ID_LENGTH))
            if fresh not in self._jobs:
                return fresh

    def commit_all(self) -> None:
        """After a replay: all that was read is on disk."""
        for job in self:
            for stream in (STDOUT, STDERR):
                job.output.commit(stream, job.output.size(stream))
            if job.end is not None:
                self.settle(job)

    def settle(self, job: Job) -> None:
        """The record of its end is on disk. Its output is now in `end`."""
        job.settled = True
        job.output = OutputLog()

    def apply(self, record: Record) -> None:
        """What a record says becomes so. One that does not fit is a fault of the journal and raises."""
        match record:
            case JobSubmitted():
                self._submitted(record)
            case JobForgotten(job=name):
                job = self._jobs.pop(name)
                self._tickets.pop((job.user, job.ticket))
            case EpochStarted():
                pass
            case _:
                _apply(self._jobs[record.job], record)

    def _submitted(self, record: JobSubmitted) -> None:
        program = msgspec.msgpack.decode(record.program, type=Program)
        terms = msgspec.msgpack.decode(record.terms, type=Terms) if record.terms else NO_TERMS
        size = sum(content.size for content in contents_of_program(program))
        brief = _brief_of(program)
        job = Job(
            *(
                record.job,
                record.user,
                record.ticket,
                program.name,
                program,
                record.wall_ms,
                size,
                terms,
                record.of,
                brief,
            )
        )
        job.due_ms, job.ran_ms = NOT_KNOWN if terms.cron else terms.at_ms, record.wall_ms
        self._jobs[job.id] = job
        self._tickets[job.user, job.ticket] = job.id


def _brief_of(program: Program) -> Brief:
    return Brief(
        argv=tuple(program.argv[:ARGUMENTS_SHOWN]),
        folder=program.folder,
        python=program.python,
        files=len(program.files),
        timeout_ms=program.timeout_ms,
        chunk_timeout_ms=program.chunk_timeout_ms,
        session=program.session,
        blobs=tuple(content for content in contents_of_program(program) if content.data is None),
    )


def _apply(job: Job, record: Record) -> None:
    match record:
        case DriverLeased():
            job.driver = Driver(record.number, record.attempt, record.user, worker_name=record.worker)
            job.started_ms = job.started_ms or record.wall_ms
        case JobPlanned(plan=plan):
            job.plan, job.sites, job.findings = plan, read_sites(plan), read_findings(plan)
            if job.driver is not None:
                job.driver.planned = True
        case DriverOutput(stream=stream, data=data):
            job.output.append(stream, data)
        case RegionOpened():
            _opened(job, record)
        case RegionClosed(region=number, used=used, in_place=in_place):
            region = job.regions[number]
            region.closed, region.used, region.in_place = True, used, in_place
            if job.driver is not None:
                job.driver.closed.add(number)
        case ChunkKept():
            values = Content(record.values_hash, record.size, record.values)
            job.regions[record.region].keep(Kept(record.start, record.stop, values))
            job.workers.add(record.worker)
        case JobPaused(paused=paused):
            job.paused = paused
        case ScheduleRan(due_ms=due_ms):
            job.ran_ms, job.due_ms = due_ms, NOT_KNOWN if job.terms.cron else 0
        case JobNoted(about=about, text=text, wall_ms=wall_ms):
            job.notes.append(NoteRow(wall_ms, about, text))
            job.noted += 1
        case JobEstimated(likely_ms=likely_ms, late_ms=late_ms):
            job.said = likely_ms, late_ms
        case MailNoted(type=kind, state=state, tries=tries, reason=reason, wall_ms=wall_ms):
            job.mails[kind] = MailRow(kind, state, tries, wall_ms, reason)
        case JobEnded(files=told, wall_ms=wall_ms):
            _ended(job, msgspec.msgpack.decode(told, type=Ended), wall_ms)
        case _:
            raise ValueError(f"a record {type(record).__name__} that no job understands")


def _opened(job: Job, record: RegionOpened) -> None:
    """A region is described once; opened again, it gets the attempt's count and the end of its pilot."""
    region = job.regions.get(record.region)
    if region is None:
        region = _region_of(record)
        job.regions[record.region] = region
        job.numbers[record.key, record.digest] = record.region
    region.first, region.item_ns, region.closed = record.first, record.item_ns, False
    if job.driver is not None:
        job.driver.openings[record.opening] = record.region
        job.driver.closed.discard(record.region)


def _region_of(record: RegionOpened) -> Region:
    captures_size, offsets_size, items_size = record.sizes
    return Region(
        number=record.region,
        key=record.key,
        digest=record.digest,
        site=record.site,
        line=record.line,
        first=record.first,
        count=record.count,
        item_ns=record.item_ns,
        captures=Content(record.captures_hash, captures_size, record.captures),
        range_start=record.range_start,
        range_step=record.range_step,
        offsets=_content(record.offsets_hash, offsets_size, record.offsets),
        items=_content(record.items_hash, items_size, record.items),
    )


def _content(hash: str, size: int, data: bytes | None) -> Content | None:
    return Content(hash, size, data) if hash else None


def _ended(job: Job, end: Ended, wall_ms: int) -> None:
    """A program that came to its end has done all its items, also those of a region that only a lost driver opened."""
    job.items += sum(region.count for region in job.regions.values())
    done = sum(region.items_done() for region in job.regions.values())
    job.items_done = job.items if end.state == "done" else job.items_done + done
    job.end, job.ended_ms, job.due_ms = end, wall_ms, 0
    job.program, job.driver, job.done = None, None, None
    job.regions, job.numbers, job.plan = {}, {}, b""
    job.workers.clear()
