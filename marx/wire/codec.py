"""Bytes of a batch of messages: `pack` for what we say, `unpack` for what anybody may have said.

A batch is one ZeroMQ message. Its first frame, the head, is a msgpack array of messages; after it comes one frame for
each `BlobPart` in the head, in order, with that part's bytes:

    ┌ head: [ {kind: ready, …}, {kind: blobpart, …}, {kind: acked, …}, {kind: blobpart, …} ] ┐┌ part 1 ┐┌ part 2 ┐

`unpack` is total: whatever the frames hold, it gives messages whose invariants hold, or raises `BadMessage`. Sizes are
looked at before anything is decoded, and inline contents are checked against their hashes, so that nobody can have
other bytes kept under a hash than those it is the hash of. This module knows no socket, no file and no peer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from marx.wire.contents import contents_of
from marx.wire.messages import (
    INLINE_BYTES_MAX,
    PART_BYTES,
    AnyMessage,
    BlobGot,
    BlobMissing,
    BlobPart,
    BlobWanted,
    Content,
)

HEAD_BYTES_MAX: Final = 16 * 1024 * 1024
"""A program of thousands of files with their hashes, small ones inline, fits; a flood of such batches is bounded."""
MESSAGES_MAX: Final = 1024
"""Messages in one batch: a round of acknowledgements fits, and handling them all makes no pause."""
PARTS_MAX: Final = 16
"""Blob parts in one batch: 4 MiB, so that a heartbeat is never queued behind more than that."""
BLOB_BYTES_MAX: Final = 1 << 40
"""No blob is larger than 1 TiB: every size and offset can be added up without care."""

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[AnyMessage])


class BadMessage(ValueError):
    """A batch that is not of this protocol. Its text says which limit or rule it breaks."""


class TooLarge(ValueError):
    """A message of our own that no peer would accept: larger than the head of a batch may be."""


# --- contents ---------------------------------------------------------------------------------------------------------


def content_hash(data: bytes | memoryview) -> str:
    """BLAKE2b-256 in hex: the name of these bytes everywhere."""
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def content(data: bytes) -> Content:
    """Describes bytes: with the bytes themselves when small, else (data None) by hash only, to be served as a blob."""
    inline = data if len(data) <= INLINE_BYTES_MAX else None
    return Content(content_hash(data), len(data), inline)


def is_hash(text: str) -> bool:
    """Whether this can be a hash: 64 lower-case hex digits and nothing else. Such a text is a sound file name."""
    return _HASH.fullmatch(text) is not None


# --- pack -------------------------------------------------------------------------------------------------------------


def pack(messages: Sequence[AnyMessage]) -> list[bytes]:
    """The frames of one batch. Raises `TooLarge` where no peer would take it; `batches` splits instead."""
    frames = list(batches(messages)) or [[_array(0)]]
    if len(frames) > 1:
        raise TooLarge(f"{len(messages)} messages do not fit into one batch; send them with batches()")
    return frames[0]


def batches(messages: Sequence[AnyMessage]) -> Iterator[list[bytes]]:
    """The frames of as many batches as the limits need, in order. Raises `TooLarge` where one message breaks one."""
    if 0 < len(messages) <= MESSAGES_MAX and BlobPart not in map(type, messages):
        # Nearly always: one batch without parts, encoded in one go.
        head = _encoder.encode(messages)
        if len(head) <= HEAD_BYTES_MAX:
            yield [head]
            return
    yield from _split(messages)


def _split(messages: Sequence[AnyMessage]) -> Iterator[list[bytes]]:
    """One message after the other, and the bytes of parts apart."""
    bodies: list[bytes] = []
    parts: list[bytes] = []
    head_bytes = 0
    for message in messages:
        body, part = _encode(message)
        full = len(bodies) == MESSAGES_MAX or head_bytes + len(body) > _BODIES_BYTES_MAX
        if bodies and (full or (part is not None and len(parts) == PARTS_MAX)):
            yield [_array(len(bodies)) + b"".join(bodies), *parts]
            bodies, parts, head_bytes = [], [], 0
        bodies.append(body)
        head_bytes += len(body)
        if part is not None:
            parts.append(part)
    if bodies:
        yield [_array(len(bodies)) + b"".join(bodies), *parts]


_BODIES_BYTES_MAX = HEAD_BYTES_MAX - 3


def _encode(message: AnyMessage) -> tuple[bytes, bytes | None]:
    part: bytes | None = None
    if isinstance(message, BlobPart):
        part = message.data
        if len(part) > PART_BYTES:
            raise TooLarge(f"a blob part of {len(part)} bytes; the limit is {PART_BYTES}")
        message = BlobPart(message.hash, message.offset, message.size, passing=message.passing)
    body = _encoder.encode(message)
    if len(body) > _BODIES_BYTES_MAX:
        kind = type(message).__name__
        raise TooLarge(
            f"a {kind} of {len(body)} bytes; the limit is {HEAD_BYTES_MAX}. Send its larger contents as blobs."
        )
    return body, part


def _array(count: int) -> bytes:
    """The msgpack header of an array of `count` elements."""
    return bytes([0x90 | count]) if count < 16 else b"\xdc" + count.to_bytes(2, "big")


# --- unpack -----------------------------------------------------------------------------------------------------------


def unpack(frames: Sequence[bytes]) -> list[AnyMessage]:
    """The messages of one batch. Raises `BadMessage` and nothing else, whatever the frames hold."""
    if not frames:
        raise BadMessage("a batch without frames")
    head, *parts = frames
    _check_sizes(head, parts)
    try:
        messages = _decoder.decode(head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadMessage(str(fault)) from None
    joined = _join_parts(messages, parts)
    for message in joined:
        if type(message) in _BLOB_KINDS:
            _check_blob_message(message)
        else:
            for item in contents_of(message):
                _check_content(item)
    return joined


def _check_sizes(head: bytes, parts: Sequence[bytes]) -> None:
    if len(head) > HEAD_BYTES_MAX:
        raise BadMessage(f"a head of {len(head)} bytes; the limit is {HEAD_BYTES_MAX}")
    if len(parts) > PARTS_MAX:
        raise BadMessage(f"a batch of {len(parts)} parts; the limit is {PARTS_MAX}")
    if parts and max(map(len, parts)) > PART_BYTES:
        raise BadMessage(f"a part of {max(map(len, parts))} bytes; the limit is {PART_BYTES}")
    if (count := _announced(head)) > MESSAGES_MAX:
        raise BadMessage(f"a batch of {count} messages; the limit is {MESSAGES_MAX}")


def _announced(head: bytes) -> int:
    """How many elements the head says that its array has, before any of them is decoded."""
    first = head[0] if head else 0
    if 0x90 <= first <= 0x9F:
        return first & 0x0F
    if first in (0xDC, 0xDD):
        return int.from_bytes(head[1 : 3 if first == 0xDC else 5], "big")
    raise BadMessage("a head that is not an array of messages")


def _join_parts(messages: list[AnyMessage], parts: Sequence[bytes]) -> list[AnyMessage]:
    expected = list(map(type, messages)).count(BlobPart)
    if expected != len(parts):
        raise BadMessage(f"{len(parts)} frames of parts for {expected} messages that have one")
    if not parts:
        return messages
    frames = iter(parts)
    return [_with_data(message, next(frames)) if isinstance(message, BlobPart) else message for message in messages]


def _with_data(message: BlobPart, data: bytes) -> BlobPart:
    if message.data:
        raise BadMessage("a blob part with bytes in the head")
    return BlobPart(message.hash, message.offset, message.size, bytes(data), message.passing)


_BLOB_KINDS = frozenset({BlobPart, BlobWanted, BlobGot, BlobMissing})


def _check_blob_message(message: AnyMessage) -> None:
    match message:
        case BlobPart(hash=hash, offset=offset, size=size, data=data):
            _check_blob(hash, offset, size)
            if offset + len(data) > size or (not data and size):
                raise BadMessage(f"a blob part {offset}+{len(data)} of a blob of {size} bytes")
        case BlobWanted(hash=hash, offset=offset, parts=parts):
            _check_blob(hash, offset, BLOB_BYTES_MAX)
            if not 1 <= parts <= PARTS_MAX:
                raise BadMessage(f"{parts} blob parts wanted at once; the limit is {PARTS_MAX}")
        case BlobGot(hash=hash, offset=offset):
            _check_blob(hash, offset, BLOB_BYTES_MAX)
        case BlobMissing(hash=hash):
            _check_blob(hash, 0, 0)


def _check_blob(hash: str, offset: int, size: int) -> None:
    if not is_hash(hash):
        raise BadMessage("a hash that is not 64 hex digits")
    if not 0 <= offset <= size <= BLOB_BYTES_MAX:
        raise BadMessage(f"offset {offset} in a blob of {size} bytes")


def _check_content(item: Content) -> None:
    if item.data is None:
        _check_blob(item.hash, 0, item.size)
        return
    if len(item.data) > INLINE_BYTES_MAX:
        raise BadMessage(f"an inline content of {len(item.data)} bytes; the limit is {INLINE_BYTES_MAX}")
    # What equals the hash of something is a sound hash.
    if len(item.data) != item.size or content_hash(item.data) != item.hash:
        raise BadMessage(f"a content whose bytes are not those of its hash {item.hash[:12]}…")
