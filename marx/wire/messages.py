"""Every message that crosses the network, one frozen struct each.

ROUTER at the distributor, DEALER everywhere else. A ZeroMQ message is one batch: a first frame with a msgpack array of
these structs, then one further frame for each `BlobPart` in it, in order, that holds the part's bytes (see codec.py).
Values of a program are `Content`: opaque bytes, inline up to `INLINE_BYTES_MAX`, else a blob that is asked for by its
hash. PROTOCOL.md has each message with its possible replies.
The identity of a peer is the authenticated key of its connection; no field here names the sender.

    tasker                        distributor                         worker
      ├─ Hello ──────────────────────►│◄───────────────────── Hello ─┤
      │◄───────────── Welcome/Refused ┤ Welcome/Refused ─────────────►│
      ├─ Submit ─────────────────────►│                               │
      │◄────────────────────── Needs ─┤                               │
      ├─ BlobPart … ─────────────────►│                               │
      │◄───────── Submitted/Refused ──┤                               │
      ├─ Follow ─────────────────────►│◄───────────────────── Ready ──┤
      │                               ├─ LeaseDriver ────────────────►│   BlobWanted/BlobPart for its files
      │                               │◄── Output, Planned, Opened ───┤
      │◄───── Output, Progress ───────┤─ LeaseChunk ─────────────────►│   (any worker)
      │                               │◄────────────────── ChunkDone ─┤
      │                               ├─ Values ─────────────────────►│   (the driver's worker)
      │                               │◄───── Closed … DriverDone ────┤
      │◄────────────────────── Ended ─┤                               │
"""

from __future__ import annotations

from typing import Literal

import msgspec

VERSION = 1
INLINE_BYTES_MAX = 64 * 1024
"""Larger contents travel as blobs, so that one message stays small and a journal record too."""
PRINTED_BYTES_MAX = 2048
"""Enough to see what a chunk was about; all of it is in the values."""
PART_BYTES = 256 * 1024
"""One blob part: large enough that headers do not count, small enough that a heartbeat is not held up."""


class Message(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower, omit_defaults=True):
    """Base of all messages. The tag is the class name in lower case."""


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """Opaque bytes: `data` itself when small, else None and to be fetched as the blob `hash` (BLAKE2b-256, hex)."""

    hash: str
    size: int
    data: bytes | None = None


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of a job. `path` is absolute for what goes in, relative to the working folder for what comes out.

    A path that ends in "/" is a folder, which exists even if nothing lies in it.
    """

    path: str
    content: Content
    mode: int = 0o644


class Program(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job runs. `script`, `folder` and the paths of `files` are absolute, as on the tasker's machine."""

    name: str
    script: str
    argv: list[str]
    folder: str
    files: list[File]
    python: str
    environment: dict[str, str] = {}
    stdin: Content | None = None
    line_buffered: bool = False
    parallel: bool = True
    chunk_timeout_ms: int = 0
    timeout_ms: int = 0
    session: bool = False
    """No program at all, but the frame for calls (`Calls`) that the tasker itself sends while it is connected."""
    speculate: bool = False
    """Loops that call what the analysis cannot follow are tried in chunks all the same, and watched more closely."""
    paranoid: bool = False
    """Every item in a chunk is computed and compared twice, and every change of what others read is looked for."""


class Lease(msgspec.Struct, frozen=True, omit_defaults=True):
    """The right to run one attempt. `number` is unique for ever; `chunk` is -1 for a driver. All must match to count.

    `start`..`stop`-1 are a chunk's items: a worker repeats them, so that a restarted distributor knows what still runs.
    """

    number: int
    job: str
    region: int
    chunk: int
    attempt: int
    start: int = 0
    stop: int = 0


# --- handshake, both roles --------------------------------------------------------------------------------------------


class Hello(Message, frozen=True):
    """First message of a connection, also after a reconnect. `holding`: leases a worker runs or has results of."""

    version: int
    role: Literal["worker", "tasker"]
    name: str
    python: str
    join: str = ""
    slots: int = 0
    seats: int = 0
    cores: int = 0
    memory_bytes: int = 0
    sandbox: str = ""
    holding: list[Lease] = []
    packages: dict[str, str] = {}
    """A worker's: the installed modules that a program could import, with their versions."""


class Welcome(Message, frozen=True):
    """Accepted. Heartbeats are due every `heartbeat_ms`; a peer silent for `lease_ms` is taken for lost."""

    version: int
    heartbeat_ms: int
    lease_ms: int


class Refused(Message, frozen=True):
    """The last request or (after Hello) connection is not accepted. `code` is for programs, the rest for people."""

    code: str
    reason: str
    fix: str = ""
    about: str = ""


class Heartbeat(Message, frozen=True):
    """From both sides. A worker's renews the leases it lists; `load` is its owner's load average."""

    leases: list[int] = []
    load: float = 0.0


# --- blobs, both directions -------------------------------------------------------------------------------------------


class BlobWanted(Message, frozen=True):
    """Asks for parts of a blob: `parts` of them from `offset` on. Answers: that many BlobPart, or BlobMissing."""

    hash: str
    offset: int
    parts: int


class BlobPart(Message, frozen=True):
    """One part; its bytes are in a frame of their own. `size` is the whole blob's. Answer to an upload: BlobGot."""

    hash: str
    offset: int
    size: int
    data: bytes = b""


class BlobGot(Message, frozen=True):
    """The receiver of an upload has everything below `offset`; `stored` once verified by hash and on disk."""

    hash: str
    offset: int
    stored: bool = False


class BlobMissing(Message, frozen=True):
    """No such blob here."""

    hash: str


# --- tasker -----------------------------------------------------------------------------------------------------------


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
    """One region's state for a progress line. Times in ms; -1 while measuring."""

    line: int
    source: str
    items: int
    done: int
    chunks: int
    running: int
    requeued: int
    eta_p50_ms: int = -1
    eta_p90_ms: int = -1


class Progress(Message, frozen=True):
    """How far a job is. `state`: queued, running, done, failed, cancelled."""

    job: str
    state: str
    workers: int
    regions: list[RegionProgress]
    note: str = ""


class RegionReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one site over the whole job, for `--report`. The fields after `requeued` as in `SiteFigures`."""

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


class Ended(Message, frozen=True):
    """A job's end. `state`: done (the program ran to its end, whatever its exit code), failed (it could not),
    cancelled.

    `exit_code` is the program's (128 + n for signal n). `files` are relative to the working folder; `removed` were
    deleted.
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
    the job that this one repeats. `mail`: what became of its mail, "" where none was asked for.
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


class Jobs(Message, frozen=True):
    jobs: list[JobRow]


class GetResult(Message, frozen=True):
    """Answers: Ended, or Refused with code "running" or "unknown-job"."""

    job: str


class Cancel(Message, frozen=True):
    """Stop a job. Answers: Cancelled, or Refused."""

    job: str


class Cancelled(Message, frozen=True):
    job: str


class Pause(Message, frozen=True):
    """Give out nothing more of a job, or (`paused` False) go on with it. Answers: Paused, or Refused."""

    job: str
    paused: bool = True


class Paused(Message, frozen=True):
    """It is so, and on disk."""

    job: str
    paused: bool


class Retry(Message, frozen=True):
    """Submit an ended job once more, with the same files and terms. Answers: Submitted with this ticket, or Refused."""

    ticket: str
    job: str


class GetJob(Message, frozen=True):
    """Everything that is known of a job, for `show` and `why`. Answers: JobFacts, or Refused."""

    job: str


class FindingRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reason why a loop is or is not split, as `marx explain` has it."""

    code: str
    line: int
    message: str
    fix: str = ""


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


class Workers(Message, frozen=True):
    workers: list[WorkerRow]


# --- tasker, of a session ---------------------------------------------------------------------------------------------


class Calls(Message, frozen=True):
    """Calls `start`..`stop`-1 of one function of a session, as items of the region that stands for that function.

    Calls of a region are numbered in ascending order; those that the distributor knows are not taken twice. `captures`
    is the function, needed once a connection; `item_ns` a guess of what a call costs. Items as in inside/messages.py,
    for this message's calls only. Answers: CallsDone, sooner or later; Needs (with the job for a ticket), and the
    message is to be said again; Refused.
    """

    job: str
    region: int
    start: int
    stop: int
    offsets: bytes
    items: Content
    item_ns: int = 0
    captures: Content | None = None


class CallsDone(Message, frozen=True):
    """Outcomes of some calls of a session, or (values None) word that no worker can run them."""

    job: str
    region: int
    start: int
    stop: int
    values: Content | None = None
    reason: str = ""
    chunk: int = 0
    worker: str = ""


class CallsTaken(Message, frozen=True):
    """The tasker has the outcomes of these ranges of calls; until then they are kept for it."""

    job: str
    region: int
    ranges: list[tuple[int, int]]


class CallsDropped(Message, frozen=True):
    """The tasker needs nothing more of this function."""

    job: str
    region: int


class EndSession(Message, frozen=True):
    """The tasker needs nothing more at all. Answer: Ended."""

    job: str


# --- worker -----------------------------------------------------------------------------------------------------------


class Ready(Message, frozen=True):
    """Credit, absolute and not a difference: the worker takes up to `chunks` more chunks and `drivers` more drivers.

    `seen` is the highest lease number that the worker had received when it said so; grants above it are still to be
    counted against the credit by the distributor.
    """

    chunks: int
    drivers: int
    seen: int
    draining: bool = False


class LeaseDriver(Message, frozen=True):
    """Run a job's driver. Its first `stdout`/`stderr` bytes came from an earlier attempt and need not be sent again."""

    lease: Lease
    program: Program
    slots: int


class LeaseChunk(Message, frozen=True):
    """Run items `start`..`stop`-1 of a region. Items as in inside/messages.py; `items` holds this chunk's slices only.

    `program` is sent with the first chunk of a job that this connection sees, later ones refer to it by `lease.job`;
    so is `captures` with the first of a region.
    """

    lease: Lease
    site: int
    start: int
    stop: int
    range_start: int
    range_step: int
    timeout_ms: int
    offsets: bytes = b""
    items: Content | None = None
    program: Program | None = None
    captures: Content | None = None


class ChunkDone(Message, frozen=True):
    """The outcome of a chunk lease. `verdict` "done" carries `values`; any other (see sandbox.Verdict) a `reason`.

    Answer: Acked with the lease's number; until then the worker keeps the outcome and sends it again after a reconnect.
    """

    lease: Lease
    verdict: str
    wall_ns: int
    cpu_ns: int
    values: Content | None = None
    unavailable: int = 0
    reason: str = ""
    printed: bytes = b""
    """The head of what its items printed, at most PRINTED_BYTES_MAX: for logs."""


class Returned(Message, frozen=True):
    """A worker gives a lease back unrun or unfinished: draining, cannot load, unknown program. Costs it no try."""

    lease: Lease
    reason: str


class Stop(Message, frozen=True):
    """To a worker: end this attempt now; nobody wants its outcome. No answer."""

    lease: Lease


class Acked(Message, frozen=True):
    """The outcome of this lease is on disk (or stale and dropped): the worker may forget it."""

    number: int


class Planned(Message, frozen=True):
    """From a driver's worker: the plan's sites and findings, as `marx explain --json` has them (JSON text)."""

    lease: Lease
    plan: bytes


class Opened(Message, frozen=True):
    """From a driver's worker: the driver reached a region. Fields as in inside/messages.py."""

    lease: Lease
    region: int
    key: str
    site: int
    line: int
    first: int
    count: int
    digest: str
    captures: Content
    item_ns: int
    range_start: int
    range_step: int
    offsets: Content | None = None
    items: Content | None = None


class Closed(Message, frozen=True):
    """From a driver's worker: the driver is through with a region."""

    lease: Lease
    region: int
    used: int
    in_place: int


class Values(Message, frozen=True):
    """To a driver's worker: values of a region's items, or (values None) word that they will not come."""

    lease: Lease
    region: int
    start: int
    stop: int
    values: Content | None = None
    reason: str = ""


class SiteFigures(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a driver found out about one site. An item took `item_ns` in the pilot, of which the map slice took
    `map_ns`; `code` and `reason` say why the last entry that ran in order did so; `notes` name single items that had to
    be computed in place."""

    site: int
    entries: int
    opened: int
    items: int
    item_ns: int
    map_ns: int
    code: str = ""
    reason: str = ""
    notes: list[str] = []


class DriverDone(Message, frozen=True):
    """The driver's process ended. `verdict` "exited" carries exit code and files; any other is a failure with `reason`.

    Sent after all Output. Answer: Acked.
    """

    lease: Lease
    verdict: str
    exit_code: int
    files: list[File]
    removed: list[str]
    wall_ns: int
    cpu_ns: int
    reason: str = ""
    sites: list[SiteFigures] = []


AnyMessage = (
    Hello
    | Welcome
    | Refused
    | Heartbeat
    | BlobWanted
    | BlobPart
    | BlobGot
    | BlobMissing
    | Submit
    | Needs
    | Submitted
    | Follow
    | Unfollow
    | Output
    | Progress
    | Ended
    | ListJobs
    | Jobs
    | GetResult
    | Cancel
    | Cancelled
    | Pause
    | Paused
    | Retry
    | GetJob
    | JobFacts
    | GetLog
    | JobLog
    | ListWorkers
    | Workers
    | Calls
    | CallsDone
    | CallsTaken
    | CallsDropped
    | EndSession
    | Ready
    | LeaseDriver
    | LeaseChunk
    | ChunkDone
    | Returned
    | Stop
    | Acked
    | Planned
    | Opened
    | Closed
    | Values
    | DriverDone
)
