"""Batches that have come and wait for their turn: a person who asks does not wait behind what machines report.

In each turn every tasker has one batch handled, then a few others follow in the order of their coming. What one peer
said stays in its order, so a tasker's further batches wait with the others; a flood of one delays its own words most.
Nothing here knows a socket: whoever fills it asks `full` first, and leaves the rest where it is.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator

from marx.link.router import Peer
from marx.wire.codec import BadMessage
from marx.wire.messages import AnyMessage, BlobPart

Batch = list[AnyMessage] | BadMessage
OTHERS_IN_A_TURN = 16
"""A few milliseconds of work: so long a question may wait for its turn."""
BATCHES_MAX = 1_024
BULK_MAX = 8
"""Batches with parts of blobs, each up to 256 KiB: more stay in ZeroMQ, which holds up their senders."""


class Inbox:
    """`is_tasker` says whether a peer was welcomed as one."""

    def __init__(self, is_tasker: Callable[[Peer], bool]) -> None:
        self._is_tasker = is_tasker
        self._first: dict[Peer, Batch] = {}
        self._others: deque[tuple[Peer, Batch]] = deque()
        self._behind: Counter[Peer] = Counter()
        self._bulk = 0

    def __len__(self) -> int:
        return len(self._first) + len(self._others)

    @property
    def full(self) -> bool:
        return len(self) >= BATCHES_MAX or self._bulk >= BULK_MAX

    def put(self, peer: Peer, batch: Batch) -> None:
        if peer in self._first or self._behind[peer] or not self._is_tasker(peer):
            self._others.append((peer, batch))
            self._behind[peer] += 1
        else:
            self._first[peer] = batch
        self._bulk += _is_bulk(batch)

    def turn(self) -> Iterator[tuple[Peer, Batch]]:
        """What is to be handled now, in this order."""
        first, self._first = self._first, {}
        others = [self._others.popleft() for _ in range(min(OTHERS_IN_A_TURN, len(self._others)))]
        for peer, _ in others:
            self._behind[peer] -= 1
            if not self._behind[peer]:
                del self._behind[peer]
        self._bulk -= sum(map(_is_bulk, (*first.values(), *(batch for _, batch in others))))
        yield from first.items()
        yield from others


def _is_bulk(batch: Batch) -> bool:
    return isinstance(batch, list) and any(isinstance(message, BlobPart) for message in batch)
