"""Who follows which job, and how far each has got. Offsets instead of queues: a slow follower costs two numbers, not
memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from marx.distributor.output import STDERR, STDOUT
from marx.link.router import Peer
from marx.wire.messages import Progress


@dataclass(slots=True)
class Follower:
    """`offsets`: what was sent of each stream. `progress`: the last one sent."""

    peer: Peer
    job: str
    offsets: dict[int, int]
    progress: Progress | None = None


class Followers:
    """Rows by job, then by connection."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[Peer, Follower]] = {}

    def add(self, peer: Peer, job: str, stdout: int, stderr: int) -> None:
        """Follows from these offsets on; a second Follow of the same connection moves the first."""
        self._rows.setdefault(job, {})[peer] = Follower(peer, job, {STDOUT: stdout, STDERR: stderr})

    def remove(self, peer: Peer, job: str) -> None:
        rows = self._rows.get(job, {})
        rows.pop(peer, None)
        if not rows:
            self._rows.pop(job, None)

    def drop(self, peer: Peer) -> None:
        """The connection is gone."""
        for job in [job for job, rows in self._rows.items() if peer in rows]:
            self.remove(peer, job)

    def count(self, peer: Peer) -> int:
        return sum(peer in rows for rows in self._rows.values())

    def all(self) -> Iterator[Follower]:
        """A snapshot: rows may go while it is read."""
        return iter([row for rows in self._rows.values() for row in rows.values()])

    def __bool__(self) -> bool:
        return bool(self._rows)
