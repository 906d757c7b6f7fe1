"""A set of item numbers as sorted, disjoint, merged ranges `start..stop`-1.

Owns the arithmetic of "which items": what is uncut, done or given up in a region of any size costs memory for its
gaps only. Adding what is there already and removing what is not are refused, so that an item cannot be counted twice
unnoticed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Ranges:
    """Ordered set of items. `items` counts them."""

    __slots__ = ("_starts", "_stops", "items")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []
        self.items = 0
        for start, stop in ranges:
            self.add(start, stop)

    def __bool__(self) -> bool:
        return self.items > 0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(list(zip(self._starts, self._stops, strict=True)))

    def __repr__(self) -> str:
        return f"Ranges({list(self)})"

    def covers(self, start: int, stop: int) -> bool:
        """Whether every item of `start..stop`-1 is in the set."""
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and stop <= self._stops[at]

    def touches(self, start: int, stop: int) -> bool:
        """Whether any item of `start..stop`-1 is in the set."""
        at = bisect_left(self._starts, stop) - 1
        return at >= 0 and self._stops[at] > start

    def add(self, start: int, stop: int) -> None:
        """Puts in items of which none is there."""
        if start >= stop:
            raise ValueError(f"items {start}..{stop} are none")
        if self.touches(start, stop):
            raise ValueError(f"some of items {start}..{stop} are in {self!r} already")
        at = bisect_left(self._starts, start)
        joins_left = at > 0 and self._stops[at - 1] == start
        joins_right = at < len(self._starts) and self._starts[at] == stop
        if joins_left and joins_right:
            self._stops[at - 1] = self._stops[at]
            del self._starts[at], self._stops[at]
        elif joins_left:
            self._stops[at - 1] = stop
        elif joins_right:
            self._starts[at] = start
        else:
            self._starts.insert(at, start)
            self._stops.insert(at, stop)
        self.items += stop - start

    def remove(self, start: int, stop: int) -> None:
        """Takes out items that are all there."""
        if start >= stop or not self.covers(start, stop):
            raise ValueError(f"not all of items {start}..{stop} are in {self!r}")
        at = bisect_right(self._starts, start) - 1
        was_start, was_stop = self._starts[at], self._stops[at]
        left = [(was_start, start)] if was_start < start else []
        right = [(stop, was_stop)] if stop < was_stop else []
        self._starts[at : at + 1] = [part[0] for part in left + right]
        self._stops[at : at + 1] = [part[1] for part in left + right]
        self.items -= stop - start

    def include(self, start: int, stop: int) -> None:
        """Puts in items whether or not some are there."""
        self.exclude(start, stop)
        if start < stop:
            self.add(start, stop)

    def within(self, start: int, stop: int) -> list[tuple[int, int]]:
        """What is there of these items, in order."""
        at = max(0, bisect_right(self._starts, start) - 1)
        end = bisect_left(self._starts, stop)
        parts = zip(self._starts[at:end], self._stops[at:end], strict=True)
        return [(max(start, one), min(stop, other)) for one, other in parts if other > start]

    def exclude(self, start: int, stop: int) -> None:
        """Takes out whatever is there of these items."""
        for part in self.within(start, stop):
            self.remove(*part)

    def cut(self, items: int) -> tuple[int, int]:
        """Takes out the lowest items, up to `items` of one range, and says which."""
        if not self._starts or items < 1:
            raise ValueError(f"cannot cut {items} items from {self!r}")
        start = self._starts[0]
        stop = min(start + items, self._stops[0])
        if stop == self._stops[0]:
            del self._starts[0], self._stops[0]
        else:
            self._starts[0] = stop
        self.items -= stop - start
        return start, stop
