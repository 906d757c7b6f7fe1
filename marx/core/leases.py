"""Lease numbers, and which leases live.

A number is `epoch << 40 | n`: it grows for ever, also over restarts of the distributor, so a word about a lease is
about that lease or stale. Stale is a normal, named outcome: `find` says which kind. What a worker computed under a
lease that was lost may count nevertheless (late.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from marx.core.events import Lease
from marx.core.state import Attempt

EPOCH_SHIFT = 40


class Leases:
    __slots__ = ("_live", "_next", "epoch")

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self._live: dict[int, Attempt] = {}
        self._next = epoch << EPOCH_SHIFT

    def __contains__(self, number: int) -> bool:
        return number in self._live

    def __len__(self) -> int:
        return len(self._live)

    def live(self) -> Iterable[Attempt]:
        return self._live.values()

    def issue(self) -> int:
        """A number that no lease had before."""
        self._next += 1
        return self._next

    def earlier(self, number: int) -> bool:
        """Whether the number was issued before this start of the distributor."""
        return 0 < number >> EPOCH_SHIFT < self.epoch

    def add(self, attempt: Attempt) -> None:
        self._live[attempt.lease.number] = attempt

    def remove(self, attempt: Attempt) -> None:
        del self._live[attempt.lease.number]

    def is_of(self, number: int, worker: str) -> bool:
        attempt = self._live.get(number)
        return attempt is not None and attempt.worker.name == worker

    def find(self, lease: Lease, worker: str) -> Attempt | str:
        """The live attempt if worker and every part of the lease match, else why not."""
        attempt = self._live.get(lease.number)
        if attempt is None:
            return "the lease has ended"
        if attempt.worker.name != worker:
            return "the lease is another worker's"
        if attempt.lease != lease:
            return "the lease does not match its number"
        return attempt
