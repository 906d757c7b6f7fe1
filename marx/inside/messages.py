"""The documents that pass between a worker and the code inside its jails.

Every message is one frame of the jail's channel: a msgpack map with a `kind`. All values of the program (captures,
items, outcomes) are opaque `bytes` here: they are made and read inside jails of the same job only. What comes *out*
of a jail is hostile; the worker reads it within the limits below (worker/hearing.py).

    worker                                   driver jail            worker                       chunk jail
      ├── Begin ───────────────────────────────►│                     ├── Begin ────────────────────►│
      │◄─────────────────────────── Planned ────┤                     ├── Captures (once a region) ─►│
      │◄─────────────────────────── Opened ─────┤                     ├── Run ──────────────────────►│
      ├── Values / Unavailable ────────────────►│                     │◄──────────────────── Ran ────┤
      │◄─────────────────────────── Closed ─────┤                     ├── Run …                      │
      │◄─────────────────────────── Judged ─────┤                     │                              │
      │     (the process ends: the sandbox reports exit status and files)
"""

from __future__ import annotations

import msgspec

ITEMS_MAX = 1 << 40
"""More than any loop gets through; sums of such numbers still are 64 bits."""
NS_MAX = 1 << 62
KEY_LENGTH_MAX = 128
REASON_LENGTH_MAX = 300
SITES_MAX = 1000
"""Sites of whose figures a driver's last word tells."""
NOTES_MAX = 5
"""Notes of one site: a reader wants an example or two, not each item."""


class Finding(msgspec.Struct, frozen=True, tag_field="kind", tag="finding"):
    """One reason why a region is or is not split. `line`/`column` as in the source (1-based line, 0-based column) of
    `file`, a module beside the script; "" the script itself."""

    code: str
    line: int
    column: int
    message: str
    fix: str = ""
    file: str = ""


class Site(msgspec.Struct, frozen=True, tag_field="kind", tag="site"):
    """One region of the plan: where it stands and what it is. `site` numbers the regions of a plan from 0; `file` as
    in `Finding`."""

    site: int
    line: int
    shape: str
    source: str
    file: str = ""


class Begin(msgspec.Struct, frozen=True, tag_field="kind", tag="begin"):
    """First message to either kind of jail: what to load. Paths are absolute and valid inside the jail.

    `role` is "driver" (run the program), "chunk" (define the program's functions and wait for `Run`) or "calls" (the
    same for functions that a tasker sends itself; there is no script then).
    `parallel` is False where every region shall stay in the driver. `slots` is a hint: how many slots can help now.
    `speculate`: regions that call what the analysis cannot follow may open too. `paranoid`: chunks compute twice.
    `guarded`: the host has no kernel fences, so the program runs whole, behind language guards.
    `shown`: paths that the program may name, and where they are in a jail that has no mounts.
    `temporary`: the jail's own folder for temporary files.
    """

    role: str
    script: str
    argv: list[str]
    folder: str
    parallel: bool = True
    slots: int = 1
    line_buffered: bool = False
    policy: bool = False
    speculate: bool = False
    paranoid: bool = False
    guarded: bool = False
    shown: dict[str, str] = {}
    temporary: str = ""


class Planned(msgspec.Struct, frozen=True, tag_field="kind", tag="planned"):
    """The driver analysed the program: its regions and every finding, in source order."""

    sites: list[Site]
    findings: list[Finding]


class Opened(msgspec.Struct, frozen=True, tag_field="kind", tag="opened"):
    """The driver reached a region and wants items `first`..`count`-1 of it computed elsewhere.

    `region` numbers the openings of this driver attempt from 0. `key` is the same in every attempt of the job
    ("site.entry": the how-many-th entry of which site), and `digest` covers captures and items, so a restarted driver
    that opens the same `key` with the same `digest` may be given the earlier attempt's values. Items are either
    `range_start + i * range_step` (`offsets` empty) or the slices `data[offsets[i]:offsets[i + 1]]`, where `offsets`
    is `count + 1` little-endian unsigned 64-bit numbers. `item_ns` is the measured cost of one item."""

    region: int
    key: str
    site: int
    line: int
    first: int
    count: int
    digest: str
    captures: bytes
    item_ns: int
    range_start: int = 0
    range_step: int = 1
    offsets: bytes = b""
    data: bytes = b""


class Closed(msgspec.Struct, frozen=True, tag_field="kind", tag="closed"):
    """The driver needs nothing more of a region: exhausted, left early, or given up. Late values are dropped.

    `used` items were taken from chunks, `in_place` were computed by the driver (the pilot included).
    """

    region: int
    used: int
    in_place: int


class SiteFigures(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one site: entered `entries` times, `opened` so often, with `items` in all as far as they were
    counted. An item took `item_ns` in the pilot, of which the map slice took `map_ns`. `code` and `reason` say why the
    last entry that ran in order did so; `notes` name single items that had to be computed in place."""

    site: int
    entries: int
    opened: int
    items: int
    item_ns: int
    map_ns: int
    code: str = ""
    reason: str = ""
    notes: list[str] = []


class Judged(msgspec.Struct, frozen=True, tag_field="kind", tag="judged"):
    """The driver's last word, unless the program ended the process itself: every site that was entered."""

    sites: list[SiteFigures]


class Values(msgspec.Struct, frozen=True, tag_field="kind", tag="values"):
    """To the driver: the outcome bytes of items `start`..`stop`-1, exactly as a chunk jail returned them in
    `Ran.values`."""

    region: int
    start: int
    stop: int
    values: bytes


class Unavailable(msgspec.Struct, frozen=True, tag_field="kind", tag="unavailable"):
    """To the driver: items `start`..`stop`-1 will not come (time-out, lost, quarantined …); compute them in place."""

    region: int
    start: int
    stop: int
    reason: str


class Captures(msgspec.Struct, frozen=True, tag_field="kind", tag="captures"):
    """To a chunk jail, before the first `Run` of a region. `region` is any number that `Run` then repeats."""

    region: int
    site: int
    captures: bytes


class Run(msgspec.Struct, frozen=True, tag_field="kind", tag="run"):
    """Compute items `start`..`stop`-1. Items as in `Opened`, but `offsets`/`data` hold this chunk's items only.
    The last three are for a function that asks which chunk it is in."""

    region: int
    start: int
    stop: int
    range_start: int = 0
    range_step: int = 1
    offsets: bytes = b""
    data: bytes = b""
    job: str = ""
    chunk: int = -1
    attempt: int = 0


class Ran(msgspec.Struct, frozen=True, tag_field="kind", tag="ran"):
    """Answer to `Run`. `values` is opaque; `unavailable` counts items that the driver has to compute, `reason` is the
    first's."""

    region: int
    start: int
    stop: int
    values: bytes
    wall_ns: int
    cpu_ns: int
    unavailable: int = 0
    reason: str = ""
    printed: bytes = b""
    """The head of what the items printed, for logs; the values have all of it."""
    checksum: int = -1
    """Of what another attempt at these items must make, too: equal for equal values. -1: it cannot be said."""


class Declined(msgspec.Struct, frozen=True, tag_field="kind", tag="declined"):
    """A driver jail refuses the program by the language policy of the worker's owner, and ends. One line a reason."""

    reasons: list[str]


ToJail = Begin | Values | Unavailable | Captures | Run
FromJail = Declined | Planned | Opened | Closed | Ran | Judged

_encoder = msgspec.msgpack.Encoder()
_to_jail = msgspec.msgpack.Decoder(ToJail)


def encode(message: ToJail | FromJail) -> bytes:
    """One frame's body."""
    return _encoder.encode(message)


def to_jail(body: bytes) -> ToJail:
    """Reads a frame inside the jail. It came from the trusted side, so a fault is a bug and raises what msgspec
    raises."""
    message: ToJail = _to_jail.decode(body)
    return message
