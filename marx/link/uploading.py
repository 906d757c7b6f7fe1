"""A blob that the sender brings: it uploads, the other side receives."""

from __future__ import annotations

from marx.link.transfer import LARGE_BYTES, WINDOW, Partial, Sink, Source, State
from marx.wire.codec import BLOB_BYTES_MAX
from marx.wire.messages import PART_BYTES, BlobGot, BlobPart, Refused


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
        """The code of the refusal that ended it, if one did."""
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


def _refused(part: BlobPart, code: str, reason: str) -> Refused:
    return Refused(code, f"Blob {part.hash[:12]}… is refused: {reason}.", about=part.hash)
