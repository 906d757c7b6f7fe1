"""A tasker submits a program and follows it to its end."""

from __future__ import annotations

import msgspec

from marx.wire.messages.shapes import Content, File, Lease, Message, Program


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a submission asks for beside its program: what it is called, when and where it may run, who is told.

    `where` is an expression over facts of workers (where.py), `workers` names some; `packages` are modules with the
    version that a worker must have ("" is any). `retries` is -1 for the distributor's own number. `at_ms` is
    wall-clock time; `cron` makes the job a schedule that submits a job at each of its times in `zone`, and `missed`
    says what becomes of times at which no distributor ran: "run" (once, late) or "skip". `on_disconnect`: "keep" or
    "cancel". `tier` is the weakest isolation that a worker must have proven (tiers.py), "" if any will do.
    """

    tags: list[str] = []
    note: str = ""
    priority: int = 0
    retries: int = -1
    where: str = ""
    workers: list[str] = []
    packages: dict[str, str] = {}
    at_ms: int = 0
    cron: str = ""
    zone: str = ""
    missed: str = "run"
    on_disconnect: str = "keep"
    mail: str = ""
    mail_types: list[str] = []
    tier: str = ""


class Submit(Message, frozen=True):
    """A new job. The same `ticket` from a tasker is the same job. Answers: Needs, Submitted, Refused."""

    ticket: str
    program: Program
    terms: Terms | None = None


class Needs(Message, frozen=True):
    """Upload these blobs, then Submit again with the same ticket."""

    ticket: str
    hashes: list[str]


class Submitted(Message, frozen=True):
    """The job is on disk."""

    ticket: str
    job: str


class Follow(Message, frozen=True):
    """Send output from these offsets on, progress, and the end. Answer: many Output, Progress, then Ended; Refused."""

    job: str
    stdout: int = 0
    stderr: int = 0


class Unfollow(Message, frozen=True):
    """Stop sending about this job; the job goes on."""

    job: str


class Output(Message, frozen=True):
    """Bytes of a program's stream (1 stdout, 2 stderr) from `offset` on. A worker's carries the driver's `lease`."""

    job: str
    stream: int
    offset: int
    data: bytes
    lease: Lease | None = None


class RegionProgress(msgspec.Struct, frozen=True, omit_defaults=True):
    """One region's state for a progress line. Times in ms; -1 while measuring. `file` is the module beside the script
    that `line` counts in, "" the script."""

    line: int
    source: str
    items: int
    done: int
    chunks: int
    running: int
    requeued: int
    eta_p50_ms: int = -1
    eta_p90_ms: int = -1
    file: str = ""


class Progress(Message, frozen=True):
    """How far a job is. `state`: queued, running, done, failed, cancelled."""

    job: str
    state: str
    workers: int
    regions: list[RegionProgress]
    note: str = ""


class RegionReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one site over the whole job, for `--report`. The fields from `item_ns` to `notes` as in
    `SiteFigures`, `file` as in `RegionProgress`."""

    line: int
    shape: str
    source: str
    entries: int
    items: int
    chunks: int
    in_place: int
    requeued: int
    item_ns: int = 0
    map_ns: int = 0
    code: str = ""
    reason: str = ""
    notes: list[str] = []
    file: str = ""


class Ended(Message, frozen=True):
    """A job's end. `state`: done (the program ran to its end, whatever its exit code), failed (it could not),
    cancelled.

    `exit_code` is the program's (128 + n for signal n). `files` are relative to the working folder; `removed` were
    deleted. `astray` names what was written outside of it and did not come back: text, and never a path to open.
    """

    job: str
    state: str
    exit_code: int
    reason: str
    stdout: Content
    stderr: Content
    files: list[File]
    removed: list[str]
    regions: list[RegionReport]
    wall_ms: int
    astray: list[str] = []
