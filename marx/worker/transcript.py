"""What one driver has said so far, kept so that it can be said again after a reconnect or to a restarted distributor.

Regions that are closed need no second word but the closing; output is spooled, since the distributor compares it
from the first byte. Knows no sockets: it hands out messages.
"""

from __future__ import annotations

from collections import deque
from tempfile import SpooledTemporaryFile
from typing import IO

from marx.wire.messages import AnyMessage, Closed, Lease, Opened, Output, Planned

PIECE_BYTES = 64 * 1024
"""Output in one message: what `python` itself would hand over in a few writes."""
SPOOL_IN_MEMORY_BYTES = 256 * 1024
"""Most programs print less than this and never touch the disk."""
CLOSED_KEPT = 1000
"""Closings that are repeated: more than can be in flight when a line breaks."""
STDOUT, STDERR = 1, 2


class _Spool:
    """One stream's bytes from the first on, and how many of them were handed out."""

    def __init__(self) -> None:
        self._file: IO[bytes] = SpooledTemporaryFile(SPOOL_IN_MEMORY_BYTES)  # noqa: SIM115
        self.size = 0
        self.sent = 0

    def write(self, data: bytes) -> None:
        self._file.seek(self.size)
        self._file.write(data)
        self.size += len(data)

    def take(self) -> tuple[int, bytes]:
        offset = self.sent
        self._file.seek(offset)
        data = self._file.read(min(PIECE_BYTES, self.size - offset))
        self.sent += len(data)
        return offset, data

    def close(self) -> None:
        self._file.close()


class Transcript:
    """The plan, regions and output of one driver attempt."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._planned: Planned | None = None
        self._open: dict[int, Opened] = {}
        self._closed: deque[Closed] = deque(maxlen=CLOSED_KEPT)
        self._spools = {STDOUT: _Spool(), STDERR: _Spool()}

    @property
    def output_bytes(self) -> int:
        """What the driver printed, both streams together."""
        return sum(spool.size for spool in self._spools.values())

    def keep(self, message: Planned | Opened | Closed) -> None:
        """Remembers what is said now."""
        match message:
            case Planned():
                self._planned = message
            case Opened():
                self._open[message.region] = message
            case Closed():
                self._open.pop(message.region, None)
                self._closed.append(message)

    def again(self) -> list[AnyMessage]:
        """All that a distributor must hear anew, but the output; that begins again at its first byte."""
        for spool in self._spools.values():
            spool.sent = 0
        planned = [] if self._planned is None else [self._planned]
        return [*planned, *self._closed, *self._open.values()]

    def print(self, stream: int, data: bytes) -> None:
        """The driver wrote these bytes."""
        self._spools[stream].write(data)

    def next_output(self, stream: int) -> Output | None:
        """The next piece that was not handed out since the beginning or the last `again`; None at the end."""
        offset, data = self._spools[stream].take()
        if not data:
            return None
        return Output(job=self._lease.job, stream=stream, offset=offset, data=data, lease=self._lease)

    def close(self) -> None:
        """Gives the spool's disk space back."""
        for spool in self._spools.values():
            spool.close()
