"""The pilot: the first items of a loop run in place and are timed.

The machine has other things to do as well, and an item that waited for a processor did not take long. So what counts
is processor time, unless the program itself gave the processor up (it sleeps, or waits for a file). Nor is it the
item's fault that it is timed: what that costs is taken off."""

from __future__ import annotations

import functools
from bisect import bisect_left
from resource import RUSAGE_THREAD, getrusage
from time import perf_counter_ns, thread_time_ns

from marx.inside.decide import Sample

TIMING_ITEM = 5
"""What watching an item costs, and each of its values, in calls of a clock: two of these, and the code around them."""
TIMING_VALUE = 5
_ROUNDS = 100


class Pilot:
    """Times of the items so far, in nanoseconds."""

    __slots__ = ("_due", "_marks", "_waits", "_wall", "count")

    def __init__(self) -> None:
        self.count = 0
        self._wall = 0
        self._due = 1
        self._marks = [(0, 0, thread_time_ns())]
        self._waits = _waits()

    def add(self, ns: int) -> bool:
        """Takes in an item's time. Whether it is time to judge: each time that there is an eighth more to judge by."""
        self._wall += ns
        self.count += 1
        if self.count < self._due:
            return False
        self._marks.append((self.count, self._wall, thread_time_ns()))
        self._due += self.count // 8 + 1
        return True

    def sample(self, map_ns: int | None, values: int) -> Sample:
        """What there is to judge by: without what others did meanwhile, and without what the timing took."""
        clock = _clock_ns()
        share = self._own_share(self._marks[0])
        timing = clock * TIMING_ITEM + clock * TIMING_VALUE * values / max(1, self.count)
        half = self._marks[bisect_left(self._marks, (self.count // 2, 0, 0))]
        if half[0] == self.count:
            half = self._marks[0]
        # Who was kept waiting in the first half only has the second one for itself.
        later = (self._wall - half[1]) / max(1, self.count - half[0]) * self._own_share(half)
        return Sample(
            self.count,
            _less(self._wall * share, timing * self.count),
            _less(later, timing),
            None if map_ns is None else _less(map_ns * share, clock * TIMING_VALUE * values),
            values,
        )

    def _own_share(self, mark: tuple[int, int, int]) -> float:
        """How much of the time since a mark this process computed or chose to wait."""
        _, wall, cpu = mark
        waits = _waits() - self._waits
        return 1.0 if waits > self.count // 8 else min(1.0, (thread_time_ns() - cpu) / max(1, self._wall - wall))


def _less(ns: float, timing: float) -> int:
    """A time without what its timing took, of which it has a part left at least."""
    return int(max(ns - timing, ns / 8))


def _waits() -> int:
    """How often this thread gave its processor up."""
    return getrusage(RUSAGE_THREAD).ru_nvcsw


@functools.cache
def _clock_ns() -> float:
    """What it costs to ask for the time."""
    return min(_ask_often() for _ in range(4)) / _ROUNDS


def _ask_often() -> int:
    began = perf_counter_ns()
    for _ in range(_ROUNDS):
        perf_counter_ns()
    return perf_counter_ns() - began
