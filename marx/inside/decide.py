"""Is a region worth it? Decided from the first items, which run in place and are kept (the pilot). Pure: times are
arguments."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["more", "go", "stay"]

START_NS = 30_000_000
"""What going parallel costs before the first value comes back: captures, a round trip, a jail that loads the
program."""
LOOK_NS = 8_000_000
"""A pilot this long has seen enough items to judge by."""
ITEM_NS_MIN = 2_500
"""Sending an item and its value costs a few microseconds; cheaper items are computed faster than sent."""
NESTED_NS = 2_000_000_000
"""Inside another region's pilot only work that is long by itself is given away: the outer one is about to be."""
COLD_ENTRIES = 16
"""So many entries in a row that were not worth it, and the site is no longer watched."""


def judge(items: int, elapsed_ns: int, last_ns: int, remaining: int | None, slots: int, nested: bool) -> Verdict:
    """What to do after `items` items took `elapsed_ns`, the later half of them `last_ns` an item.

    `remaining` items are left (None: not known yet).
    """
    if slots < 2:
        return "stay"
    mean = max(elapsed_ns / items, last_ns)
    if remaining is None:
        return "more" if elapsed_ns < LOOK_NS else ("go" if mean >= ITEM_NS_MIN else "stay")
    ahead = expected_ns(items, elapsed_ns, last_ns, remaining)
    if ahead >= worth_ns(nested) and mean >= ITEM_NS_MIN and (elapsed_ns >= LOOK_NS or mean >= START_NS / 10):
        return "go"
    if elapsed_ns < LOOK_NS and remaining:
        return "more"
    return "stay"


def carry_ns(pack_ns: int, load_ns: int, size: int) -> int:
    """What values cost on their way: written in the chunk, read in the driver, and each of their bytes copied often."""
    return pack_ns + load_ns + 10 * size


def is_too_dear(carry: int, compute: int) -> bool:
    """Whether values cost so much to carry, against what they cost to compute, that little is left of the gain."""
    return carry > 0.5 * compute


def expected_ns(items: int, elapsed_ns: int, last_ns: int, remaining: int) -> float:
    """What the remaining items will take: as the later ones did, and more if those took longer than the earlier.

    The later half of items that rise by a step each lies a quarter of `items` steps above the mean of all. A rise is
    followed only so far: to ten times what the later items took.
    """
    mean = elapsed_ns / items
    level = max(mean, last_ns)
    step = max(0.0, last_ns - mean) / (items / 4)
    return remaining * min(level + step * remaining / 2, 10 * level)


def worth_ns(nested: bool) -> int:
    """The least work ahead that is worth giving away."""
    return NESTED_NS if nested else 3 * START_NS
