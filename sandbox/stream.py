"""The host's end of a framed socket. Every wait is one read or write of a socket object, so a cooperative one stays
cooperative."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from sandbox.errors import JailDied, Timeout
from sandbox.frames import FrameBuffer, header

_LONGEST_WAIT_S = 3600.0
"""A socket with a time limit stays non-blocking, so that a reader with none and a writer with one can share it."""
_ONE_WRITE_BYTES = 1 << 16
"""Up to here a frame is copied behind its header, which is cheaper than a second system call."""


class Deadline:
    """A point in time, or none."""

    __slots__ = ("_at",)

    def __init__(self, timeout_s: float | None) -> None:
        self._at = None if timeout_s is None else time.monotonic() + timeout_s

    def left_s(self) -> float:
        """At most an hour; 0 when it has passed."""
        if self._at is None:
            return _LONGEST_WAIT_S
        return min(max(self._at - time.monotonic(), 0.0), _LONGEST_WAIT_S)

    def passed(self) -> bool:
        return self._at is not None and time.monotonic() >= self._at


def as_class(end: socket.socket, socket_class: type[socket.socket]) -> socket.socket:
    """The same end as a socket of another class; the object that was given is of no use any more."""
    return socket_class(end.family, end.type, end.proto, fileno=end.detach())


class Stream:
    """Frames to and from one jail. One reader and one writer at a time."""

    __slots__ = ("_buffer", "_socket")

    def __init__(self, end: socket.socket, cap: int) -> None:
        self._socket = end
        self._buffer = FrameBuffer(cap)

    def fileno(self) -> int:
        return self._socket.fileno()

    def switch(self, socket_class: type[socket.socket]) -> None:
        self._socket = as_class(self._socket, socket_class)

    def receive(self, deadline: Deadline) -> bytes | None:
        """The next frame; None when the other side has closed. Raises Timeout, BadFrame, JailDied."""
        while (body := self._buffer.take()) is None:
            data = self._read(self._buffer.wanted(), deadline)
            if not data:
                self._buffer.finish()
                return None
            self._buffer.feed(data)
        return body

    def send(self, body: bytes, deadline: Deadline) -> None:
        """Raises Timeout (after which the stream is of no use any more) and JailDied."""
        if len(body) <= _ONE_WRITE_BYTES:
            self._write(header(body) + body, deadline)
        else:
            self._write(header(body), deadline)
            self._write(body, deadline)

    def hang_up(self) -> None:
        """Nothing more will be sent; the other side reads the end. What it sends can still be received."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._socket.close()

    def _read(self, most: int, deadline: Deadline) -> bytes:
        while True:
            try:
                self._socket.settimeout(deadline.left_s())
                return self._socket.recv(most)
            except (TimeoutError, BlockingIOError):
                if deadline.passed():
                    raise Timeout("no frame from the jail in the time allowed") from None
            except ConnectionResetError:
                return b""
            except OSError as fault:
                raise JailDied(f"the jail's socket failed: {fault}") from None

    def _write(self, data: bytes, deadline: Deadline) -> None:
        left = memoryview(data)
        while left:
            try:
                self._socket.settimeout(deadline.left_s())
                left = left[self._socket.send(left) :]
            except (TimeoutError, BlockingIOError):
                if deadline.passed():
                    raise Timeout("the jail did not read in the time allowed") from None
            except OSError as fault:
                raise JailDied(f"the jail does not read any more: {fault}") from None
