"""The code inside a jail without the jail: `python jail.py FD COST` talks frames over an inherited socket.

With COST "nothing" going parallel is taken to cost nothing, so that every region opens that may."""

from __future__ import annotations

import socket
import struct
import sys

from marx.inside import decide, entry


class SocketChannel:
    """Frames with their length before them."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def fileno(self) -> int:
        return self.connection.fileno()

    def receive(self) -> bytes | None:
        head = self._exactly(4)
        return None if head is None else self._exactly(struct.unpack("<I", head)[0])

    def send(self, body: bytes) -> None:
        self.connection.sendall(struct.pack("<I", len(body)) + body)

    def _exactly(self, count: int) -> bytes | None:
        made = bytearray()
        while len(made) < count:
            try:
                part = self.connection.recv(count - len(made))
            except ConnectionResetError:
                return None  # the other end is gone, with frames of ours unread
            if not part:
                return None
            made += part
        return bytes(made)


if __name__ == "__main__":
    if sys.argv[2] == "nothing":
        decide.START_NS = decide.LOOK_NS = decide.ITEM_NS_MIN = decide.NESTED_NS = 0
        decide.IMPATIENT_NS = decide.GAIN_MIN = decide.VALUE_NS_MIN = decide.LIGHT_NS = 0
        decide.CARRY_SHARE_MAX = decide.FIRST_CARRY_NS = float("inf")
    del sys.path[0]
    sys.exit(entry.main(SocketChannel(socket.socket(fileno=int(sys.argv[1])))))
