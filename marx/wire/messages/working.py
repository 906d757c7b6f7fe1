"""A worker offers slots, runs drivers and chunks, and says what came of them."""

from __future__ import annotations

import msgspec

from marx.wire.messages.shapes import Content, File, Lease, Message, Program


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
    checksum: int = -1
    """The jail's word: another attempt at these items that has another one made other values.
    `values` cannot tell, as they say how long they took. -1: not known."""


class Returned(Message, frozen=True):
    """A worker gives a lease back unrun or unfinished: draining, cannot load, unknown program. Costs it no try."""

    lease: Lease
    reason: str


class Stop(Message, frozen=True):
    """To a worker: end this attempt now; nobody wants its outcome. No answer."""

    lease: Lease


class InterruptDriver(Message, frozen=True):
    """To a worker: let this driver's program end as Ctrl-C would make it. Answer: its `DriverDone`, if it ends."""

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

    `astray` names files that the program wrote outside of its working folder, of which nothing comes back.
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
    astray: list[str] = []
