"""What several messages are made of, and the base of all. Limits here bound what one message may hold."""

from __future__ import annotations

from typing import Annotated

import msgspec

VERSION = 1
INLINE_BYTES_MAX = 64 * 1024
"""Larger contents travel as blobs, so that one message stays small and a journal record too."""
PRINTED_BYTES_MAX = 2048
"""Enough to see what a chunk was about; all of it is in the values."""
PART_BYTES = 256 * 1024
"""One blob part: large enough that headers do not count, small enough that a heartbeat is not held up."""
MTIME_NS_MAX = 2**63 - 1
"""What a file system can hold."""


class Message(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower, omit_defaults=True):
    """Base of all messages. The tag is the class name in lower case."""


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """Opaque bytes: `data` itself when small, else None and to be fetched as the blob `hash` (BLAKE2b-256, hex)."""

    hash: str
    size: int
    data: bytes | None = None


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of a job. `path` is absolute for what goes in, relative to the working folder for what comes out.

    A path that ends in "/" is a folder, which exists even if nothing lies in it. `mtime_ns`: when what goes in was
    changed last (0: not said), by the clock of the tasker's machine.
    """

    path: str
    content: Content
    mode: int = 0o644
    mtime_ns: Annotated[int, msgspec.Meta(ge=0, le=MTIME_NS_MAX)] = 0


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
