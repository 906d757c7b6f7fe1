"""Blobs in parts, in either direction: who asks, who answers, what is next. No socket, no thread, no clock.

    Fetch ── BlobWanted(offset, parts) ──►  Serve        Upload ── BlobPart ──►  Receive
          ◄── BlobPart × parts ──────────                       ◄── BlobGot ───          (or Refused)
          ◄── or BlobMissing ────────────

Each takes a message and gives the messages to answer with; the shell sends them. At most `WINDOW` parts of a blob are
under way, so memory is bounded whatever the blob's size. After a lost connection `start()` once more: both directions
go on where the receiver's partial file ends. Nothing counts before its hash has been compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Protocol

from marx.wire.codec import BLOB_BYTES_MAX, PARTS_MAX
from marx.wire.messages import (
    PART_BYTES,
    BlobGot,
    BlobMissing,
    BlobPart,
    BlobWanted,
    Refused,
)

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


class Fetch:
    """Gets one blob from the other side into a store."""

    def __init__(self, store: Sink, hash: str, size: int, *, in_memory: bool = False) -> None:
        """`in_memory`: the store neither reads nor syncs anything."""
        self.hash = hash
        self._at_once = in_memory or size <= LARGE_BYTES
        self.state = State.GOING
        self.reason = ""
        self._store = store
        self._size = size
        self._incoming: Partial | None = None
        self._asked = 0

    def start(self) -> list[BlobWanted]:
        """What to ask first, or again after a lost connection. Nothing where the blob is here already."""
        self.close()
        if self.state is not State.GOING:
            return []
        if self._store.has(self.hash):
            self.state = State.DONE
            return []
        self._incoming = self._store.incoming(self.hash, self._size)
        self._asked = self._incoming.offset
        return self._finish(self._incoming) if self._incoming.complete else self._ask(self._incoming.offset)

    def handle(self, message: BlobPart | BlobMissing) -> list[BlobWanted]:
        """Takes a part, or word that there is none. Parts of other blobs, and late ones, change nothing."""
        if message.hash != self.hash or self._incoming is None:
            return []
        if isinstance(message, BlobMissing):
            return self._fail("the other side does not have it")
        if message.size != self._size:
            return self._fail(f"it has {message.size} bytes there instead of {self._size}")
        self._incoming.write(message.offset, message.data)
        return self._finish(self._incoming) if self._incoming.complete else self._ask(self._incoming.offset)

    @property
    def may_start_long(self) -> bool:
        """Whether `start` may read much: what an earlier attempt left."""
        return not self._at_once

    def may_take_long(self, message: BlobPart | BlobMissing) -> bool:
        """Whether `handle` may sync so much that nobody should wait for it."""
        if not isinstance(message, BlobPart) or self._at_once:
            return False
        return message.offset + len(message.data) >= self._size

    def fail(self, reason: str) -> None:
        """Something on this side is in the way: the transfer is over."""
        self._fail(reason)

    def close(self) -> None:
        """Stops for now; what came is kept for the next `start`."""
        if self._incoming is not None:
            self._incoming.close()
            self._incoming = None

    def _ask(self, offset: int) -> list[BlobWanted]:
        """The next half window as soon as it is free, so that the line is never idle between two requests."""
        free = WINDOW - _parts(self._asked - offset)
        left = _parts(self._size - self._asked)
        if free < min(WINDOW // 2, left) or not left:
            return []
        parts = min(free, left)
        wanted = BlobWanted(self.hash, self._asked, parts)
        self._asked = min(self._size, self._asked + parts * PART_BYTES)
        return [wanted]

    def _finish(self, incoming: Partial) -> list[BlobWanted]:
        self._incoming = None
        if incoming.finish():
            self.state = State.DONE
            return []
        # What an earlier attempt left may be to blame: once more from the start, with an empty file.
        return self.start() if incoming.resumed else self._fail("its bytes are not those of its hash")

    def _fail(self, reason: str) -> list[BlobWanted]:
        self.close()
        self.state = State.FAILED
        self.reason = f"blob {self.hash} cannot be had: {reason}"
        return []


class Serve:
    """Answers what the other side wants. Whether it may have a blob is for the caller to decide."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def handle(self, wanted: BlobWanted) -> Iterator[BlobPart | BlobMissing]:
        """The parts, each read when it is taken."""
        try:
            size = self._source.size(wanted.hash)
            end = min(size, wanted.offset + min(wanted.parts, PARTS_MAX) * PART_BYTES)
            for offset in range(wanted.offset, end, PART_BYTES):
                data = self._source.read_part(wanted.hash, offset, min(PART_BYTES, end - offset))
                yield BlobPart(wanted.hash, offset, size, data)
        except LookupError:
            yield BlobMissing(wanted.hash)


class Upload:
    """Brings one blob to the other side. It sends a first part to learn how far an earlier attempt came.

    Of what only passes through (`passing`) no attempt leaves anything, so it is sent at once.
    """

    def __init__(self, source: Source, hash: str, *, passing: bool = False) -> None:
        self.hash = hash
        self._passing = passing
        self.state = State.GOING
        self.reason = ""
        self.code = ""
        """Of the refusal that it failed by, if it was one."""
        self._source = source
        self._size = source.size(hash)
        self._sent = 0
        self._unanswered = 0

    def start(self) -> list[BlobPart]:
        """The first part; again after a lost connection."""
        if self.state is not State.GOING:
            return []
        self._unanswered = 0
        self._sent = 0
        return self._send(WINDOW if self._passing else 1)

    def handle(self, message: BlobGot | Refused) -> list[BlobPart]:
        """Takes word of how far the receiver is. Answers about other blobs change nothing."""
        if self.state is not State.GOING:
            return []
        if isinstance(message, Refused):
            if message.about != self.hash:
                return []
            self.code = message.code
            return self._fail(message.reason)
        if message.hash != self.hash:
            return []
        if message.stored:
            self.state = State.DONE
            return []
        self._unanswered = max(0, self._unanswered - 1)
        if not self._unanswered:
            # Everything sent was answered, so this is where the receiver stands: behind (it lost something) or ahead.
            if message.offset >= self._size:
                return self._fail("all of it arrived and was not kept")
            self._sent = message.offset
        return self._send(WINDOW - self._unanswered)

    @property
    def may_start_long(self) -> bool:
        """Nothing is read ahead of being sent."""
        return False

    def fail(self, reason: str) -> None:
        """Something on this side is in the way: the transfer is over."""
        self._fail(reason)

    def _send(self, parts: int) -> list[BlobPart]:
        try:
            return [self._next() for _ in range(parts) if self._sent < self._size or not self._unanswered]
        except LookupError as fault:
            return self._fail(str(fault))

    def _next(self) -> BlobPart:
        length = min(PART_BYTES, self._size - self._sent)
        data = self._source.read_part(self.hash, self._sent, length)
        if len(data) != length:
            raise LookupError("it became shorter while it was being sent")
        part = BlobPart(self.hash, self._sent, self._size, data, self._passing)
        self._sent += length
        self._unanswered += 1
        return part

    def _fail(self, reason: str) -> list[BlobPart]:
        self.state = State.FAILED
        self.reason = f"blob {self.hash} cannot be sent: {reason}"
        return []


class Receive:
    """Takes the uploads of one peer into a store: at most `open_max` at a time, none larger than `size_max`."""

    def __init__(self, store: Sink, sender: str = "", *, open_max: int = 64, size_max: int = BLOB_BYTES_MAX) -> None:
        self._store = store
        self._sender = sender
        self._open_max = open_max
        self._size_max = size_max
        self._open: dict[str, Partial] = {}

    def handle(self, part: BlobPart) -> BlobGot | Refused:
        """Keeps the part and says how far the blob is. May sync a whole blob to disk; callable in a thread."""
        if self._store.has(part.hash):
            self.drop(part.hash)
            return BlobGot(part.hash, part.size, stored=True)
        if part.size > self._size_max:
            return _refused(part, "blob-too-large", f"a blob of {part.size} bytes; the limit is {self._size_max}")
        incoming = self._open.get(part.hash)
        if incoming is None:
            if len(self._open) >= self._open_max:
                return _refused(part, "too-many-blobs", f"more than {self._open_max} blobs at a time")
            incoming = self._open[part.hash] = self._store.incoming(part.hash, part.size, self._sender)
        incoming.write(part.offset, part.data)
        return self._finish(part, incoming) if incoming.complete else BlobGot(part.hash, incoming.offset)

    def may_take_long(self, part: BlobPart) -> bool:
        """Whether `handle` may read or sync so much that nobody should wait for it."""
        begins, ends = part.hash not in self._open, part.offset + len(part.data) >= part.size
        return part.size > LARGE_BYTES and (begins or ends)

    def close(self) -> None:
        """The peer is gone; what came is kept for its next connection."""
        for hash in list(self._open):
            self.drop(hash)

    def _finish(self, part: BlobPart, incoming: Partial) -> BlobGot | Refused:
        del self._open[part.hash]
        if incoming.finish():
            return BlobGot(part.hash, part.size, stored=True)
        if incoming.resumed:
            # What an earlier attempt left may be to blame: once more from the start.
            return BlobGot(part.hash, 0)
        return _refused(part, "blob-hash", "its bytes are not those of its hash")

    def has_begun(self, hash: str) -> bool:
        """Whether parts of it came."""
        return hash in self._open

    def awaited_bytes(self) -> int:
        """What was announced and has not come."""
        return sum(incoming.size - incoming.offset for incoming in self._open.values())

    def drop(self, hash: str) -> None:
        """Nothing more of it is awaited; what came is kept, to be resumed."""
        if incoming := self._open.pop(hash, None):
            incoming.close()


def _parts(size: int) -> int:
    """How many parts these bytes are."""
    return -(-size // PART_BYTES)


def _refused(part: BlobPart, code: str, reason: str) -> Refused:
    return Refused(code, f"Blob {part.hash[:12]}… is refused: {reason}.", about=part.hash)
