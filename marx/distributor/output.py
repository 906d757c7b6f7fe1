"""What a job printed: two append-only streams, compared rather than appended where a restarted driver prints them
again.

Owns the bytes of a running job's stdout and stderr in memory; of an ended one it reads them from where `Ended` has
them. Knows nothing of the journal or of followers: it says what is new, and how far a reader may read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

STDOUT, STDERR = 1, 2
NAMES = {STDOUT: "stdout", STDERR: "stderr"}


@dataclass(frozen=True, slots=True)
class Differs:
    """A restarted driver printed something else at `offset`: the program does not repeat itself."""

    stream: int
    offset: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes before `offset` never came: a message of the driver's worker was lost with its connection."""

    stream: int
    offset: int


@dataclass(slots=True)
class Stream:
    """`committed` is how much of `data` is on disk, and so may be shown."""

    data: bytearray = field(default_factory=bytearray)
    committed: int = 0


class OutputLog:
    """The two streams of one job. The attempt that prints does not matter: offsets are the program's."""

    def __init__(self) -> None:
        self._streams = {STDOUT: Stream(), STDERR: Stream()}

    def compare(self, stream: int, offset: int, data: bytes) -> bytes | Differs | Gap:
        """The part of `data` that is new, or why none of it can be taken. Changes nothing."""
        kept = self._streams[stream].data
        if offset > len(kept):
            return Gap(stream, len(kept))
        known = min(len(kept) - offset, len(data))
        if kept[offset : offset + known] != data[:known]:
            return Differs(stream, offset + _first_difference(kept[offset : offset + known], data[:known]))
        return data[known:]

    def append(self, stream: int, data: bytes) -> int:
        """Takes new bytes; the stream's size after them, for `commit`."""
        kept = self._streams[stream].data
        kept += data
        return len(kept)

    def size(self, stream: int) -> int:
        return len(self._streams[stream].data)

    def total(self) -> int:
        return sum(len(stream.data) for stream in self._streams.values())

    def commit(self, stream: int, end: int) -> None:
        """Everything below `end` is on disk."""
        one = self._streams[stream]
        one.committed = max(one.committed, end)

    def read(self, stream: int, offset: int, length: int) -> bytes:
        """Up to `length` committed bytes from `offset` on; empty where the reader has everything."""
        one = self._streams[stream]
        with memoryview(one.data) as view:
            return bytes(view[offset : min(offset + length, one.committed)])

    def whole(self, stream: int) -> bytes:
        return bytes(self._streams[stream].data)


def _first_difference(ours: bytes | bytearray, theirs: bytes) -> int:
    return next(i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b)
