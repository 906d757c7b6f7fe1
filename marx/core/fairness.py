"""Whose turn it is among the jobs that want something.

    1. higher priority first                a job that gets nothing for `ageing_ms` rises by one
    2. then the user with the least usage   the sum of granted slot ms * 2 ** (-age / half_life_ms)
    3. then the job with the least          patience * submitted_ms + expected work in slot ms

By 2 nobody can starve another user, by 3 short jobs of one user go first but a long one has its day. All decays are
alike, so time passing changes no order: usage is kept as log2(usage) + t / half-life, which only grows, and nothing
is ever sorted again.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from math import inf, log1p, log2
from typing import Self

LN2 = 0.6931471805599453


class Shares:
    """Decayed usage per user. `rank` orders users at any one time; it is comparable between users, not over time."""

    __slots__ = ("_everybody", "_half_life_ms", "_rank")

    def __init__(self, half_life_ms: int) -> None:
        self._half_life_ms = half_life_ms
        self._rank: dict[str, float] = {}
        self._everybody = -inf

    def rank(self, user: str) -> float:
        return self._rank.get(user, -inf)

    def usage_ms(self, user: str, now_ms: int) -> float:
        """Slot time that still counts for the user."""
        return self._now(self.rank(user), now_ms)

    def used_by_all_ms(self, now_ms: int) -> float:
        """The same of all users together."""
        return self._now(self._everybody, now_ms)

    def counted_for_ms(self) -> float:
        """For how long what was used counts, on average: somebody who always has one slot has used so much."""
        return self._half_life_ms / LN2

    def charge(self, user: str, slot_ms: float, now_ms: int) -> None:
        if slot_ms <= 0:
            return
        fresh = log2(slot_ms) + now_ms / self._half_life_ms
        self._rank[user] = _with(self.rank(user), fresh)
        self._everybody = _with(self._everybody, fresh)

    def _now(self, rank: float, now_ms: int) -> float:
        return 0.0 if rank == -inf else float(2.0 ** (rank - now_ms / self._half_life_ms))


def _with(rank: float, fresh: float) -> float:
    """The rank of both usages together."""
    low, high = min(rank, fresh), max(rank, fresh)
    return high + log1p(2.0 ** (low - high)) / LN2


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a job stands, so that it can be found again to leave."""

    level: int
    user: str
    key: float


class _Level:
    """The jobs of one priority: users in a heap by rank, each with its jobs in order.

    A user has at most one entry in the heap. Its rank there may be an old one; as ranks only grow, it is then too
    early in the order and put right when it comes to the top.
    """

    __slots__ = ("_heap", "_queues", "_shares")

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._heap: list[tuple[float, str]] = []
        self._queues: dict[str, list[tuple[float, str]]] = {}

    def enter(self, job: str, user: str, key: float) -> None:
        if user not in self._queues:
            self._queues[user] = []
            heappush(self._heap, (self._shares.rank(user), user))
        insort(self._queues[user], (key, job))

    def leave(self, job: str, user: str, key: float) -> None:
        queue = self._queues[user]
        del queue[bisect_left(queue, (key, job))]

    def first(self) -> str | None:
        while self._heap:
            rank, user = self._heap[0]
            queue = self._queues[user]
            true_rank = self._shares.rank(user)
            if not queue:
                heappop(self._heap)
                del self._queues[user]
            elif rank != true_rank:
                heapreplace(self._heap, (true_rank, user))
            else:
                return queue[0][1]
        return None


class Turns:
    """The jobs that want one kind of thing (a driver seat, a chunk's slot), in the order of this module."""

    __slots__ = ("_levels", "_order", "_places", "_shares")

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._places: dict[str, _Place] = {}
        self._levels: dict[int, _Level] = {}
        self._order: list[int] = []

    def __contains__(self, job: str) -> bool:
        return job in self._places

    def __len__(self) -> int:
        return len(self._places)

    def enter(self, job: str, user: str, level: int, key: float) -> None:
        """The job wants something; if it did already, its place is the new one."""
        self.leave(job)
        if level not in self._levels:
            self._levels[level] = _Level(self._shares)
            heappush(self._order, -level)
        self._places[job] = _Place(level, user, key)
        self._levels[level].enter(job, user, key)

    def leave(self, job: str) -> None:
        """The job wants nothing (more)."""
        place = self._places.pop(job, None)
        if place is not None:
            self._levels[place.level].leave(job, place.user, place.key)

    def first(self) -> str | None:
        """The job whose turn it is."""
        while self._order:
            job = self._levels[-self._order[0]].first()
            if job is not None:
                return job
            del self._levels[-heappop(self._order)]
        return None

    def __iter__(self) -> Iterator[str]:
        """The jobs in no order."""
        return iter(self._places)

    def jobs(self) -> list[str]:
        return list(self._places)

    def is_before(self, job: str, other: str) -> bool:
        """Whether a job of the same user has its turn first."""
        behind = self._places.get(other)
        return behind is None or self._places[job].key < behind.key

    def ahead_of(self, job: str) -> list[str]:
        """The jobs that get their turn before this one as things are now. Looks at all of them: for people."""
        own = self._places.get(job)
        if own is None:
            return []
        before = [name for name, place in self._places.items() if self._order_of(place) < self._order_of(own)]
        return sorted(before, key=lambda name: self._order_of(self._places[name]))

    def _order_of(self, place: _Place) -> tuple[int, float, str, float]:
        return -place.level, self._shares.rank(place.user), place.user, place.key

    def passing(self) -> Passing:
        """For a round of grants in which some jobs may have to be passed over; afterwards they stand where they stood.

        One that left or entered anew meanwhile is where that put it.
        """
        return Passing(self)

    def step_back(self, job: str) -> _Place:
        place = self._places[job]
        self.leave(job)
        return place


class Passing:
    """The turns within one round of grants."""

    __slots__ = ("_turns", "passed")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.passed: dict[str, _Place] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for job, place in self.passed.items():
            if job not in self._turns:
                self._turns.enter(job, place.user, place.level, place.key)

    def first(self) -> str | None:
        return self._turns.first()

    def pass_over(self, job: str) -> None:
        """No worker that is free now suits it."""
        self.passed[job] = self._turns.step_back(job)
