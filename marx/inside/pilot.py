"""The pilot: the first items of a loop run in place and are timed.

The machine has other things to do as well, and an item that waited for a processor did not take long. So what counts
is processor time, unless the program itself gave the processor up (it sleeps, or waits for a file)."""

from __future__ import annotations

from resource import RUSAGE_THREAD, getrusage
from time import thread_time_ns

from marx.inside import decide


class Pilot:
    """Times of the items so far, in nanoseconds."""

    __slots__ = ("_cpu", "_half", "_half_count", "_waits", "_wall", "count")

    def __init__(self) -> None:
        self.count = 0
        self._wall = self._half = self._half_count = 0
        self._cpu = thread_time_ns()
        self._waits = _waits()

    def add(self, ns: int) -> bool:
        """Takes in an item's time. Whether it is time to judge: after 1, 2, 4 … items, and once it has been long
        enough."""
        self._wall += ns
        self.count += 1
        doubled = self.count & (self.count - 1) == 0
        if doubled:
            self._half, self._half_count = self._wall, self.count
        return doubled or self._wall >= decide.LOOK_NS

    def times(self, map_ns: int) -> tuple[int, int, int]:
        """(all items together, one of the later half of them, `map_ns`), all without what others did meanwhile."""
        share = self._own_share()
        later = (self._wall - self._half) // (self.count - self._half_count) if self.count > self._half_count else 0
        return int(self._wall * share), int(later * share), int(map_ns * share)

    def _own_share(self) -> float:
        """How much of the time since the start this process computed or chose to wait."""
        cpu = thread_time_ns() - self._cpu
        waits = _waits() - self._waits
        return 1.0 if waits > self.count // 8 else min(1.0, cpu / max(1, self._wall))


def _waits() -> int:
    """How often this thread gave its processor up."""
    return getrusage(RUSAGE_THREAD).ru_nvcsw
