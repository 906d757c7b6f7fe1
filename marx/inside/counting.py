"""How many items there are, as far as that can be told without asking code of the program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marx.inside.refusals import Refusal

_COUNTED = frozenset(
    {list, tuple, dict, set, frozenset, str, bytes, bytearray, type({}.keys()), type({}.values()), type({}.items())}
)
NUMBER_MAX = 1 << 62
"""Bounds of a range travel as 64-bit numbers."""


def count_of(iterable: object) -> int | None:
    """How many items a container has; None for anything that its own code might have to count."""
    if type(iterable) is range:
        return (iterable[-1] - iterable[0]) // iterable.step + 1 if iterable else 0
    return len(iterable) if type(iterable) in _COUNTED else None  # type: ignore[arg-type]


def count_left(iterable: Iterable[Any], bases: list[Any], done: int) -> int | None:
    """How many items are left after `done`, where that is known."""
    counts = [count_of(b) for b in bases] if type(iterable) in (zip, enumerate, reversed) else [count_of(iterable)]
    known = [c for c in counts if c is not None]
    return max(0, min(known) - done) if known else None


def range_left(iterable: Iterable[Any], first: int) -> range | None:
    """The range itself, if items are left of one; chunks are then told its bounds alone."""
    if type(iterable) is not range or first >= (count_of(iterable) or 0):
        return None
    if max(abs(iterable.start), abs(iterable.stop), abs(iterable.step)) > NUMBER_MAX:
        raise Refusal("MX307", "a range of such numbers does not fit a message")
    return iterable
