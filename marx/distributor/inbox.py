"""Batches that have come and wait for their turn: a person who asks does not wait behind what machines report.

In each turn every tasker has one batch handled, then a few others follow in the order of their coming. What one peer
said stays in its order, so a tasker's further batches wait with the others; a flood of one delays its own words most.
Batches are opened when they are handled, so that taking one in costs little. Nothing here knows a socket: whoever fills
it asks `full` first, and leaves the rest where it is.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

from marx.link.router import Peer, Sealed

OTHERS_IN_A_TURN = 16
"""A few milliseconds of work: so long a question may wait for its turn."""
TAKEN_IN_A_TURN = 512
"""Taking one in costs a tenth of handling it: a question is found among so many within the time of a turn or two."""
BATCHES_MAX = 4_096
"""What a thousand workers have to say at once; they owe no more than their credit."""
BULK_MAX = 8
"""Batches with parts of blobs, up to 256 KiB each: more stay in ZeroMQ, which holds up their senders."""


class Inbox:
    """`is_tasker` says whether a peer was welcomed as one."""

    def __init__(self, is_tasker: Callable[[Peer], bool]) -> None:
        self._is_tasker = is_tasker
        self._first: dict[Peer, Sealed] = {}
        self._others: deque[Sealed] = deque()
        self._behind: Counter[Peer] = Counter()
        self._bulk = 0

    def __len__(self) -> int:
        return len(self._first) + len(self._others)

    @property
    def full(self) -> bool:
        return len(self) >= BATCHES_MAX or self._bulk >= BULK_MAX

    def put(self, batch: Sealed) -> None:
        peer = batch.peer
        if peer in self._first or self._behind[peer] or not self._is_tasker(peer):
            self._others.append(batch)
            self._behind[peer] += 1
        else:
            self._first[peer] = batch
        self._bulk += batch.is_bulk

    def turn(self) -> list[Sealed]:
        """What is to be handled now, in this order."""
        first, self._first = list(self._first.values()), {}
        others = [self._others.popleft() for _ in range(min(OTHERS_IN_A_TURN, len(self._others)))]
        for batch in others:
            self._behind[batch.peer] -= 1
            if not self._behind[batch.peer]:
                del self._behind[batch.peer]
        turn = first + others
        self._bulk -= sum(batch.is_bulk for batch in turn)
        return turn
