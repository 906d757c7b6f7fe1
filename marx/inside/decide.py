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
ITEM_NS_MIN = 5_000
"""Sending an item and its value costs a few microseconds, and so does timing it; cheaper items are computed faster
than sent."""
VALUE_NS_MIN = 2_500
"""The same for each value of a look-up inside a loop of the body: looking it up takes about a microsecond."""
NESTED_NS = 2_000_000_000
"""Inside another region's pilot only work that is long by itself is given away: the outer one is about to be."""
GAIN_MIN = 1.3
"""Less than this is lost in what nobody measures. It sets how much of a body the ordered part may take."""
CARRY_SHARE_MAX = 0.5
"""How long the way back of values may take, as a part of the time to compute them."""
COLD_ENTRIES = 16
"""So many entries in a row that were not worth it, and the site is no longer watched."""
IMPATIENT_NS = 20_000_000
"""Until a region's first value comes, the driver computes items that take no longer than this itself: what is behind
the first chunks may be slow to start, and nothing else is to be done here."""
IMPATIENT_SHARE = 0.6
"""The part of a region's items that may be computed so: the others are being computed elsewhere by then."""


def judge(
    items: int,
    elapsed_ns: int,
    last_ns: int,
    remaining: int | None,
    slots: int,
    nested: bool,
    map_ns: int | None = None,
    values: int = 0,
) -> Verdict:
    """What to do after `items` items took `elapsed_ns`, the later half of them `last_ns` an item.

    `remaining` items are left (None: not known yet). `map_ns` of the time were spent in the map slice, which made so
    many `values` (None: that was not measured).
    """
    if slots < 2:
        return "stay"
    mean = max(elapsed_ns / items, last_ns)
    gains = map_ns is None or _gains(elapsed_ns, map_ns, values, slots)
    if remaining is None:
        return "more" if elapsed_ns < LOOK_NS else ("go" if mean >= ITEM_NS_MIN and gains else "stay")
    ahead = expected_ns(items, elapsed_ns, last_ns, remaining)
    enough = ahead >= worth_ns(nested) and mean >= ITEM_NS_MIN
    if enough and gains and (elapsed_ns >= LOOK_NS or mean >= START_NS / 10):
        return "go"
    if elapsed_ns < LOOK_NS and remaining:
        return "more"
    return "stay"


def _gains(elapsed_ns: int, map_ns: int, values: int, slots: int) -> bool:
    return map_ns >= VALUE_NS_MIN * values and gain(elapsed_ns, map_ns, slots) >= GAIN_MIN


def gain(elapsed_ns: int, map_ns: int, slots: int) -> float:
    """How many times sooner the body would be done with its map slice spread over the slots; the rest stays in
    order."""
    left = elapsed_ns - map_ns + map_ns / slots
    return elapsed_ns / left if left > 0 else 1.0


def reason_to_stay(
    items: int, elapsed_ns: int, last_ns: int, remaining: int | None, slots: int, map_ns: int | None, values: int
) -> tuple[str, str]:
    """Why `judge` said "stay", as (code, sentence)."""
    count = items + (remaining or 0)
    mean = max(elapsed_ns / items, last_ns) if items else 0.0
    if slots < 2:
        return "MX605", "legal, but there is nobody to share with: one slot"
    light = map_ns is not None and map_ns < VALUE_NS_MIN * values
    if mean >= ITEM_NS_MIN and light and map_ns is not None:
        each = show_ms(map_ns / values)
        return "MX601", f"legal, not worth it: {count} items of {values // items} values, each computed in {each}"
    if mean >= ITEM_NS_MIN and map_ns is not None and gain(elapsed_ns, map_ns, slots) < GAIN_MIN:
        return "MX604", f"legal, not worth it: the ordered part takes {1 - map_ns / max(1, elapsed_ns):.0%} of the body"
    if count < 2 * slots:
        return "MX605", f"legal, not worth it: only {count} items"
    return "MX601", f"legal, not worth it: {count} items × {show_ms(mean)} = {show_ms(mean * count)}"


def show_ms(ns: float) -> str:
    """A short time as a person reads it."""
    return f"{ns / 1e6:.3g} ms" if ns < 1e9 else f"{ns / 1e9:.3g} s"


def carry_ns(pack_ns: int, load_ns: int, size: int) -> int:
    """What values cost on their way: written in the chunk, read in the driver, and each of their bytes copied often."""
    return pack_ns + load_ns + 10 * size


def is_too_dear(carry: int, compute: int) -> bool:
    """Whether values cost so much to carry, against what they cost to compute, that little is left of the gain."""
    return carry > CARRY_SHARE_MAX * compute


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
