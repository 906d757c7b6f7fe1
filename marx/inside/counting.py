"""How many items there are, as far as that can be told without asking code of the program."""

from __future__ import annotations

from collections.abc import Iterable
from operator import length_hint
from typing import Any

from marx.inside.refusals import Refusal

_COUNTED = frozenset(
    {list, tuple, dict, set, frozenset, str, bytes, bytearray, type({}.keys()), type({}.values()), type({}.items())}
)
_EXAMPLES: list[Any] = [[], (), {}, {}.values(), {}.items(), set(), "", "ä", b"", bytearray(), range(1)]
_COUNTING: frozenset[type] = frozenset({type(iter(held)) for held in _EXAMPLES} | {type(reversed([]))})
"""Iterators over containers, which tell how many items are left."""
NUMBER_MAX = 1 << 62
"""Bounds of a range travel as 64-bit numbers."""


def count_of(iterable: object) -> int | None:
    """How many items a container has; None for anything that its own code might have to count."""
    if type(iterable) is range:
        return (iterable[-1] - iterable[0]) // iterable.step + 1 if iterable else 0
    return len(iterable) if type(iterable) in _COUNTED else None  # type: ignore[arg-type]


def count_left(iterable: Iterable[Any], done: int) -> int | None:
    """How many items are left after `done`, or that there are no more than so many, where that is known. `enumerate`
    and `zip` hold the iterators that they take theirs from, which may know it."""
    count = count_of(iterable)
    if count is not None:
        return max(0, count - done)
    if type(iterable) in _COUNTING:
        return length_hint(iterable)
    inner = iterable.__reduce__()[1] if type(iterable) in (enumerate, zip, reversed) else ()
    known = [left for left in (count_left(source, done) for source in inner) if left is not None]
    return min(known, default=None)


def range_left(iterable: Iterable[Any], first: int) -> range | None:
    """The range itself, if items are left of one; chunks are then told its bounds alone."""
    if type(iterable) is not range or first >= (count_of(iterable) or 0):
        return None
    if max(abs(iterable.start), abs(iterable.stop), abs(iterable.step)) > NUMBER_MAX:
        raise Refusal("MX307", "a range of such numbers does not fit a message")
    return iterable
