"""The lines of the journal, one frozen struct each. Replayed in order they give back everything that was promised.

Programs, plans, captures, values and files are opaque bytes here: inline where small, else the hash of a blob that
was written and synced before the record. Wall-clock times are ms since 1970, for people only: nothing depends on them.
A field that is added needs a default, so that older journals stay readable; a field is never given another meaning.
"""

from __future__ import annotations

import msgspec


class _Record(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower, omit_defaults=True):
    """Base of all records. The tag is the class name in lower case."""


class EpochStarted(_Record, frozen=True):
    """A distributor opened the journal for the `epoch`-th time. Lease numbers begin with it."""

    epoch: int
    wall_ms: int


class JobSubmitted(_Record, frozen=True):
    """A job was accepted. `program` is the msgpack of wire.messages.Program; `user` is the tasker's key.

    `terms` is the msgpack of wire.messages.Terms where there are any. `of` is the job that this one repeats.
    """

    job: str
    user: str
    ticket: str
    program: bytes
    wall_ms: int
    terms: bytes = b""
    of: str = ""


class JobPaused(_Record, frozen=True):
    """Nothing more of the job is given out, or (`paused` False) it goes on."""

    job: str
    paused: bool
    wall_ms: int


class ScheduleRan(_Record, frozen=True):
    """A scheduled job's time `due_ms` is dealt with: its work was begun, or left out. Later times are still to come."""

    job: str
    due_ms: int
    wall_ms: int


class JobNoted(_Record, frozen=True):
    """A line of the job's story, for people. `about`: the job or "job/region/chunk". `again`: a chunk was put back."""

    job: str
    about: str
    text: str
    wall_ms: int
    again: bool = False


class WorkerNoted(_Record, frozen=True):
    """A line of a worker's story, for people. Who has one is known, also after a restart, until it is forgotten.

    `key`: whose worker has this name, as `Connection.user`; "" in records of before that was kept.
    """

    worker: str
    text: str
    wall_ms: int
    key: str = ""


class WorkerForgotten(_Record, frozen=True):
    """Committing it deletes the story of the worker so far. It is not kept itself."""

    worker: str


class JobEstimated(_Record, frozen=True):
    """How long the job was said to take, when that was first known: from its start, median and nine times of ten."""

    job: str
    likely_ms: int
    late_ms: int


class MailNoted(_Record, frozen=True):
    """What became of a job's mail of a type. `state`: queued, sent, given up; a further one replaces it."""

    job: str
    type: str
    state: str
    tries: int
    reason: str
    wall_ms: int


class DriverLeased(_Record, frozen=True):
    """A driver attempt was granted to a worker of the key `user`. The lease number names it, also after a restart."""

    job: str
    number: int
    attempt: int
    user: str
    wall_ms: int
    worker: str = ""


class JobPlanned(_Record, frozen=True):
    """A job's driver analysed it. `plan` is the JSON of its sites and findings."""

    job: str
    plan: bytes


class DriverOutput(_Record, frozen=True):
    """Bytes of a job's stream (1 stdout, 2 stderr) from `offset` on."""

    job: str
    stream: int
    offset: int
    data: bytes


class RegionOpened(_Record, frozen=True):
    """A job's driver reached a region. `region` is the distributor's number for (job, key, digest).

    `captures`, `offsets` and `items` hold the bytes where small, else None and the hash names a blob. An empty hash
    means that there are none. `sizes` are the byte counts of the three, in this order. `opening` is what the current
    driver attempt calls the region; where a later attempt opens a known one, the record repeats hashes, not bytes.
    """

    job: str
    region: int
    key: str
    digest: str
    site: int
    line: int
    first: int
    count: int
    item_ns: int
    range_start: int
    range_step: int
    captures_hash: str
    captures: bytes | None = None
    offsets_hash: str = ""
    offsets: bytes | None = None
    items_hash: str = ""
    items: bytes | None = None
    sizes: tuple[int, int, int] = (0, 0, 0)
    opening: int = 0


class RegionClosed(_Record, frozen=True):
    """The driver is through with a region: `used` items came from chunks, `in_place` it computed itself."""

    job: str
    region: int
    used: int
    in_place: int


class ChunkKept(_Record, frozen=True):
    """The outcome that counts of items `start`..`stop`-1. `values` None: `values_hash` names a blob of `size` bytes.
    `checksum` -1: not known."""

    job: str
    region: int
    start: int
    stop: int
    worker: str
    attempt: int
    values_hash: str
    size: int
    values: bytes | None
    wall_ns: int
    chunk: int = -1
    at_ms: int = 0
    printed: bytes = b""
    checksum: int = -1


class JobEnded(_Record, frozen=True):
    """A job's end. `state`: done, failed, cancelled. `files` is opaque: what the distributor needs to tell it again."""

    job: str
    state: str
    exit_code: int
    reason: str
    files: bytes
    wall_ms: int


class JobForgotten(_Record, frozen=True):
    """Nobody wants this job any more: committing it deletes every record of the job. It is not kept itself."""

    job: str


Record = (
    EpochStarted
    | JobSubmitted
    | JobPaused
    | ScheduleRan
    | JobNoted
    | WorkerNoted
    | WorkerForgotten
    | JobEstimated
    | MailNoted
    | DriverLeased
    | JobPlanned
    | DriverOutput
    | RegionOpened
    | RegionClosed
    | ChunkKept
    | JobEnded
    | JobForgotten
)

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


class BadRecord(ValueError):
    """Bytes that are not a record."""


def encode(record: Record) -> bytes:
    return _encoder.encode(record)


def decode(body: bytes) -> Record:
    """A record from its bytes, or `BadRecord` whatever they are."""
    try:
        record: Record = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadRecord(str(fault)) from None
    return record


def kind_of(record: Record) -> str:
    """The tag, as the journal's `kind` column has it."""
    return type(record).__name__.lower()


def subject_of(record: Record) -> str:
    """The job or "@worker" that a record is about, with whose other records it is deleted; empty for an epoch."""
    match record:
        case EpochStarted():
            return ""
        case WorkerNoted(worker=worker) | WorkerForgotten(worker=worker):
            return f"@{worker}"
        case _:
            return record.job
