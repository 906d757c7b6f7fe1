"""Frames on a byte stream, and lists of fields in a frame. Pure: bytes in, bytes out; used on both sides of a jail's
wall.

A frame is its length (8 bytes, little-endian) and that many bytes. What comes out of a jail is hostile, so the length
is compared with a cap before a single byte is kept for it, and `unpack` is total: fields, or `BadFrame`.

    channel      one frame = one message of the program's entry (opaque here)
    control      one frame = kind + fields, made by `pack`; the kinds are listed below
"""

from sandbox.errors import BadFrame

HEADER_BYTES = 8
CONTROL_BYTES_MAX = 64 << 20
"""Largest control frame: room for an environment and a spec; contents of files travel in parts."""
PART_BYTES = 1 << 20
"""One part of a file's content."""
ASTRAY_MAX = 100
"""Files written where nothing is collected that are told: a reader wants to know of them, not all their names."""

# host → jail
SPEC = b"spec"
FOLDER = b"folder"
FILE = b"file"  # path, mode; its content follows in PART frames (from the jail as well)
# Into the jail also: its time of change, and perhaps a fourth field, which names the content, so that no PART follows.
PART = b"part"
RUN = b"run"
INTERRUPT = b"interrupt"
# jail → host
READY = b"ready"
MISSING = b"missing"
FAILED = b"failed"
LOADED = b"loaded"
ENDED = b"ended"
REMOVED = b"removed"
ASTRAY = b"astray"  # a path as the program names it
DONE = b"done"


def header(body: bytes) -> bytes:
    """The bytes that precede `body` on the stream."""
    return len(body).to_bytes(HEADER_BYTES, "little")


class FrameBuffer:
    """Takes bytes as they arrive and gives back whole frames of at most `cap` bytes."""

    __slots__ = ("_bytes", "_cap")

    def __init__(self, cap: int) -> None:
        self._bytes = bytearray()
        self._cap = cap

    def feed(self, data: bytes) -> None:
        self._bytes += data

    def take(self) -> bytes | None:
        """The next whole frame, or None until more bytes have been fed."""
        if len(self._bytes) < HEADER_BYTES:
            return None
        stop = HEADER_BYTES + self._length()
        if len(self._bytes) < stop:
            return None
        with memoryview(self._bytes) as view:
            body = bytes(view[HEADER_BYTES:stop])
        del self._bytes[:stop]
        return body

    def finish(self) -> None:
        """The stream has ended: a frame that was begun is now a fault."""
        if self._bytes:
            raise BadFrame(f"the stream ended within a frame, after {len(self._bytes)} bytes of it")

    def wanted(self) -> int:
        """How many bytes to ask the stream for: the rest of a frame that is under way, within reason."""
        if len(self._bytes) < HEADER_BYTES:
            return 1 << 16
        return min(max(HEADER_BYTES + self._length() - len(self._bytes), 1 << 16), 1 << 20)

    def _length(self) -> int:
        length = int.from_bytes(self._bytes[:HEADER_BYTES], "little")
        if length > self._cap:
            raise BadFrame(f"a frame of {length} bytes where at most {self._cap} are allowed")
        return length


def pack(kind: bytes, *fields: bytes) -> bytes:
    """The body of a control frame."""
    return b"".join(len(field).to_bytes(HEADER_BYTES, "little") + field for field in (kind, *fields))


def unpack(body: bytes) -> tuple[bytes, list[bytes]]:
    """Kind and fields of a control frame."""
    fields = []
    at = 0
    while at < len(body):
        start = at + HEADER_BYTES
        stop = start + int.from_bytes(body[at:start], "little")
        if start > len(body) or stop > len(body):
            raise BadFrame("a field that is longer than its frame")
        fields.append(body[start:stop])
        at = stop
    if not fields:
        raise BadFrame("an empty control frame")
    return fields[0], fields[1:]


def number(field: bytes) -> int:
    """A field that holds a whole number in decimal, of at most 64 bits."""
    digits = field[1:] if field[:1] == b"-" else field
    if not digits.isdigit() or len(digits) > 20:
        raise BadFrame(f"{field[:40]!r} is not a number")
    return int(field)
