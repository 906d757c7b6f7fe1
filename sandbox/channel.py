"""The program's end of the channel: frames to and from the host, over one descriptor. Runs inside the jail."""

import os

from sandbox.frames import FrameBuffer, header


class Channel:
    """Blocking and not shared between threads. The host is trusted; a fault here is a bug and raises."""

    __slots__ = ("_buffer", "_fd")

    def __init__(self, fd: int, message_bytes: int) -> None:
        self._fd = fd
        self._buffer = FrameBuffer(message_bytes)

    def fileno(self) -> int:
        """For `select` and its like. Readable means that bytes have arrived, not yet a whole frame."""
        return self._fd

    def receive(self) -> bytes | None:
        """The next frame; None when the host has closed its end."""
        while (body := self._buffer.take()) is None:
            data = os.read(self._fd, self._buffer.wanted())
            if not data:
                self._buffer.finish()
                return None
            self._buffer.feed(data)
        return body

    def send(self, body: bytes) -> None:
        """Returns when the whole frame is on its way."""
        left = memoryview(header(body) + body)
        while left:
            left = left[os.write(self._fd, left) :]

    def close(self) -> None:
        """The host's `receive` then yields None."""
        os.close(self._fd)
