"""How many bytes were handed to ZeroMQ and have not left this process yet, by connection.

ZeroMQ counts messages, not bytes, and a thousand blob parts that a slow peer does not read are a quarter of a
gigabyte. Whoever sends bulk asks here first whether there is room. Small messages are not counted: their number is
bounded by the socket. Knows no socket: it is handed frames that say when ZeroMQ is done with them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

BULK_BYTES = 16 * 1024
"""A smaller frame is copied and not counted."""
OF_ONE_MAX = 4 << 20
"""For one connection: keeps a fast line busy for the moment until somebody looks again."""
OF_ALL_MAX = 256 << 20
"""For all together, however many peers do not read."""


class Underway:
    """Rows go when the last of their bytes have left, or their connection has: ZeroMQ is done with them then too."""

    def __init__(self, of_one_max: int = OF_ONE_MAX, of_all_max: int = OF_ALL_MAX) -> None:
        self.of_one_max = of_one_max
        self._of_all_max = of_all_max
        self._frames: dict[bytes, deque[Any]] = {}
        self._bytes: dict[bytes, int] = {}
        self.total = 0

    def has_room(self, identity: bytes) -> bool:
        """Whether bulk may be sent to this peer now. Who has nothing under way always may send one batch."""
        self._look(identity)
        mine = self._bytes.get(identity, 0)
        if mine and self.total >= self._of_all_max:
            for other in list(self._frames):
                self._look(other)
        return not mine or (mine < self.of_one_max and self.total < self._of_all_max)

    def add(self, identity: bytes, frames: Iterable[Any]) -> None:
        """These frames were handed over; each has a `tracker`, as zmq.Frame has."""
        for frame in frames:
            size = len(frame)
            self._frames.setdefault(identity, deque()).append((frame.tracker, size))
            self._bytes[identity] = self._bytes.get(identity, 0) + size
            self.total += size

    def _look(self, identity: bytes) -> None:
        """Takes out what has left; it leaves in order."""
        frames = self._frames.get(identity)
        if frames is None:
            return
        while frames and frames[0][0].done:
            size = frames.popleft()[1]
            self._bytes[identity] -= size
            self.total -= size
        if not frames:
            del self._frames[identity], self._bytes[identity]

    def look_at_all(self) -> None:
        """Lets go of what belonged to connections that nobody sends to any more."""
        for identity in list(self._frames):
            self._look(identity)
