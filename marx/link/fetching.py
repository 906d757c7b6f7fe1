"""A blob that the receiver asks for: it fetches, the other side serves."""

from __future__ import annotations

from collections.abc import Iterator

from marx.link.transfer import LARGE_BYTES, WINDOW, Partial, Sink, Source, State
from marx.wire.codec import PARTS_MAX
from marx.wire.messages import PART_BYTES, BlobMissing, BlobPart, BlobWanted


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


def _parts(size: int) -> int:
    """How many parts these bytes are."""
    return -(-size // PART_BYTES)
