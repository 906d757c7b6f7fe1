"""Batches that have come and wait for their turn: a person who asks does not wait behind what machines report.

In each turn every tasker has one batch handled, then a few others follow, of one peer after the other: up to
`OF_ONE_TOGETHER` of each, since what a peer is told in one turn is one batch, and a busy worker so gets its next leases
together. What one peer said stays in its order, so a tasker's further batches wait with the others; a flood of one
delays its own words only, as it leaves to whoever else has said something as many turns as itself, and ZeroMQ shares
out the places likewise.
Batches are opened when they are handled, so that taking one in costs little. Nothing here knows a socket: whoever fills
it asks `full` first, and leaves the rest where it is.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from marx.link.router import Peer, Sealed

OTHERS_IN_A_TURN = 32
"""A few milliseconds of work: so long a question may wait for its turn."""
OF_ONE_TOGETHER = 4
"""What a worker with one slot has to say at most while it waits for more."""
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
        self._others: OrderedDict[Peer, deque[Sealed]] = OrderedDict()
        """By peer, in the order of their turns."""
        self._behind = 0
        self._bulk = 0

    def __len__(self) -> int:
        return len(self._first) + self._behind

    @property
    def full(self) -> bool:
        return len(self) >= BATCHES_MAX or self._bulk >= BULK_MAX

    def put(self, batch: Sealed) -> None:
        peer = batch.peer
        if peer in self._first or peer in self._others or not self._is_tasker(peer):
            self._others.setdefault(peer, deque()).append(batch)
            self._behind += 1
        else:
            self._first[peer] = batch
        self._bulk += batch.is_bulk

    def turn(self) -> list[Sealed]:
        """What is to be handled now, in this order."""
        first, self._first = list(self._first.values()), {}
        turn = first
        room = OTHERS_IN_A_TURN
        while room and self._others:
            batches = self._next(min(room, OF_ONE_TOGETHER))
            room -= len(batches)
            turn += batches
        if self._bulk:
            self._bulk -= sum(batch.is_bulk for batch in turn)
        return turn

    def _next(self, most: int) -> list[Sealed]:
        """The oldest batches of the peer whose turn it is; it has the next one when all others had theirs."""
        peer, waiting = self._others.popitem(last=False)
        batches = [waiting.popleft() for _ in range(min(most, len(waiting)))]
        if waiting:
            self._others[peer] = waiting
        self._behind -= len(batches)
        return batches
