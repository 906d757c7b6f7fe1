"""A tasker looks at jobs and workers, and decides about jobs."""

from __future__ import annotations

import msgspec

from marx.wire.messages.shapes import Message
from marx.wire.messages.submitting import RegionProgress, RegionReport, Terms


class ListJobs(Message, frozen=True):
    """Answer: Jobs, the latest submitted last. `everything` includes ended ones.

    Only those count whose name holds `name`, that have `tag`, one of `states`, and were submitted between `since_ms`
    and `until_ms`, as far as these are set; `limit` of them, the latest ones.
    """

    everything: bool = False
    name: str = ""
    tag: str = ""
    states: list[str] = []
    since_ms: int = 0
    until_ms: int = 0
    limit: int = 0


class JobRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of `marx ps`. Wall-clock times in ms since 1970, 0 where not reached.

    `state`: scheduled, queued, running, paused, done, failed, cancelled. `due_ms`: when a scheduled one comes. `of`:
    the job that this one repeats. `mail`: what became of its mail, "" where none was asked for. `said_ms`, `late_ms`:
    how long it was said to take when that was first known, median and nine times of ten; -1 where it never was.
    """

    job: str
    name: str
    state: str
    submitted_ms: int
    started_ms: int
    ended_ms: int
    items: int
    done: int
    exit_code: int = 0
    reason: str = ""
    tags: list[str] = []
    note: str = ""
    priority: int = 0
    due_ms: int = 0
    of: str = ""
    mail: str = ""
    said_ms: int = -1
    late_ms: int = -1
    attempts: int = 0
    """At its driver so far: more than one where it was lost on the way."""


class Jobs(Message, frozen=True):
    """The latest, in the order of their coming. `more`: how many earlier ones did not fit."""

    jobs: list[JobRow]
    more: int = 0


class GetResult(Message, frozen=True):
    """Answers: Ended, or Refused with code "running" or "unknown-job"."""

    job: str


class Cancel(Message, frozen=True):
    """Stop a job. Answers: Cancelled, or Refused."""

    job: str


class Cancelled(Message, frozen=True):
    job: str


class Interrupt(Message, frozen=True):
    """Ctrl-C for a job: its program may print, write and end; then the job is cancelled. No answer, or Refused; whoever
    follows the job is told its end."""

    job: str


class Pause(Message, frozen=True):
    """Give out nothing more of a job, or (`paused` False) go on with it. Answers: Paused, or Refused."""

    job: str
    paused: bool = True


class Paused(Message, frozen=True):
    """It is so, and on disk. `already`: it was so before."""

    job: str
    paused: bool
    already: bool = False


class Retry(Message, frozen=True):
    """Submit an ended job once more, with the same files and terms. Answers: Submitted with this ticket, or Refused."""

    ticket: str
    job: str


class GetJob(Message, frozen=True):
    """Everything that is known of a job, for `show` and `why`. Answers: JobFacts, or Refused."""

    job: str


class FindingRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reason why a loop is or is not split, as `marx explain` has it. `file`: as in `RegionProgress`."""

    code: str
    line: int
    message: str
    fix: str = ""
    file: str = ""


class ChunkRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """An outstanding chunk: at a worker, or "" while it waits. Times since it was granted and since it runs, or -1."""

    region: int
    chunk: int
    start: int
    stop: int
    worker: str = ""
    tries: int = 0
    charged: int = 0
    granted_since_ms: int = -1
    running_since_ms: int = -1


class GivenUpRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """Items that the driver computes itself, and why no chunk does."""

    region: int
    start: int
    stop: int
    reason: str


class MailRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One mail of a job. `type`: begin, end, fail, late; `state`: queued, sent, given up. `reason`: of the last try."""

    type: str
    state: str
    tries: int = 0
    at_ms: int = 0
    reason: str = ""


class NoteRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a job's story. `about` is the job or "job/region/chunk"."""

    at_ms: int
    about: str
    text: str


class JobFacts(Message, frozen=True):
    """Where a job stands, in numbers and texts; what follows from them is the reader's to say.

    `suited` are the workers that may run it now, `unsuited` the others with what each lacks. `ahead` are the jobs that
    have their turn before it; `output_tail` is the end of its standard error. `said_ms` is how long it was once said
    to take, `wait_ms` how long a queued one waits at least, as far as the jobs before it are measured; -1 where that
    is not known. Lists are cut where they would grow beyond what people read.
    """

    row: JobRow
    terms: Terms
    now_ms: int
    argv: list[str]
    folder: str
    python: str
    files: int
    bytes: int
    timeout_ms: int
    chunk_timeout_ms: int
    waits_for: str = ""
    driver: str = ""
    attempt: int = 0
    ahead: list[str] = []
    suited: list[str] = []
    unsuited: dict[str, str] = {}
    workers: int = 0
    regions: list[RegionProgress] = []
    reports: list[RegionReport] = []
    findings: list[FindingRow] = []
    chunks: list[ChunkRow] = []
    given_up: list[GivenUpRow] = []
    mails: list[MailRow] = []
    notes: list[NoteRow] = []
    output_tail: str = ""
    left: list[str] = []
    astray: list[str] = []
    said_ms: int = -1
    wait_ms: int = -1
    session: bool = False


class GetLog(Message, frozen=True):
    """What happened to a job, from the journal: entries after number `after`. Answers: JobLog, or Refused."""

    job: str
    after: int = 0


class LogEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened. `kind`: submitted, driver, note, region, chunk, closed, mail, ended.

    A chunk's entry has its region, number, items `start`..`stop`-1, worker, attempt and time; the others what they
    have. `printed` is the head of what the chunk's items printed.
    """

    number: int
    kind: str
    text: str
    at_ms: int = 0
    region: int = -1
    chunk: int = -1
    start: int = 0
    stop: int = 0
    worker: str = ""
    attempt: int = 0
    wall_ns: int = 0
    printed: bytes = b""


class JobLog(Message, frozen=True):
    """Entries in order. `more`: ask again after the last one's number."""

    job: str
    entries: list[LogEntry]
    more: bool = False


class ListWorkers(Message, frozen=True):
    """Answer: Workers."""


class WorkerRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of `marx workers`."""

    name: str
    state: str
    reason: str
    slots: int
    busy: int
    cores: int
    memory_bytes: int
    load: float
    python: str
    sandbox: str
    chunks_done: int
    chunks_lost: int
    heard_since_ms: int = -1
    credit: int = 0
    notes: list[NoteRow] = []
    """The last things that happened to it."""
    speed: float = 1.0
    """How fast it does chunks, against what they take on average."""
    lent_bytes: int = 0
    """The memory that one program gets there; 0 where the worker does not say."""


class Workers(Message, frozen=True):
    """`more`: how many others did not fit."""

    workers: list[WorkerRow]
    more: int = 0
