"""Blobs in parts, in either direction: who asks, who answers, what is next. No socket, no thread, no clock.

    Fetch ── BlobWanted(offset, parts) ──►  Serve        Upload ── BlobPart ──►  Receive
          ◄── BlobPart × parts ──────────                       ◄── BlobGot ───          (or Refused)
          ◄── or BlobMissing ────────────

The first pair is in fetching.py, the second in uploading.py; here is what both have to do with. Each takes a message
and gives the messages to answer with; the shell sends them. At most `WINDOW` parts of a blob are under way, so memory
is bounded whatever the blob's size. After a lost connection `start()` once more: both directions go on where the
receiver's partial file ends. Nothing counts before its hash has been compared.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

LARGE_BYTES = 4 << 20
"""A blob beyond this is begun and finished in a thread: it is read when resumed, and synced at its end."""
WINDOW = 8
"""Parts under way: 2 MiB, which fills a lab's network and does not hold up a heartbeat for long."""


class Source(Protocol):
    """Where blobs are read: a BlobStore, or the files of a tasker. Raises LookupError for what is not there."""

    def size(self, hash: str) -> int: ...
    def read_part(self, hash: str, offset: int, length: int) -> bytes: ...


class Partial(Protocol):
    """A blob that is being written; see journal/incoming.py."""

    size: int

    @property
    def offset(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    @property
    def resumed(self) -> bool: ...
    def write(self, offset: int, data: bytes) -> bool: ...
    def finish(self) -> bool: ...
    def close(self) -> None: ...


class Sink(Protocol):
    """Where blobs are written: a BlobStore."""

    def has(self, hash: str) -> bool: ...
    def incoming(self, hash: str, size: int, sender: str = "") -> Partial: ...


class State(Enum):
    GOING = "going"
    DONE = "done"
    FAILED = "failed"
