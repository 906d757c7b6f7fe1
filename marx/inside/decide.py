"""Is a region worth it? Decided from the first items, which run in place and are kept (the pilot). Pure: times are
arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["more", "go", "stay"]

START_NS = 30_000_000
"""What going parallel costs before the first value comes back: captures, a round trip, a jail that loads the
program."""
LOOK_NS = 8_000_000
"""A pilot this long has seen enough items to judge by."""
LOOK_CLOSER = 3
"""So much longer is looked at items about which there may be a doubt whether they are worth sending."""
MANY_ITEMS = 64
"""Of so many, the first ones tell nothing of the others: they have loops under watch, caches to fill, imports to do."""
ITEM_NS_MIN = 2_500
"""Handing out an item, sending its value and looking it up cost about a microsecond; cheaper items are computed nearly
as fast as sent."""
VALUE_NS_MIN = 2_000
"""The same for each value of a look-up inside a loop of the body."""
NESTED_NS = 2_000_000_000
"""Inside another region's pilot only work that is long by itself is given away: the outer one is about to be."""
GAIN_MIN = 1.3
"""Less than this is lost in what nobody measures. It sets how much of a body the ordered part may take."""
FIRST_CARRY_NS = 50_000_000
"""What a jail has to fetch and set up before its first values are written is far less."""
CARRY_SHARE_MAX = 0.5
"""How long the way back of values may take, as a part of the time to compute them."""
SAMPLE_NS_MAX = 100_000_000
"""How long the first items may take to pickle of which nobody knows yet what they cost to compute."""
COLD_ENTRIES = 16
"""So many entries in a row that were not worth it, and the site is no longer watched."""
UNDER_WAY_MAX = 16
"""So many passages of a site may be under way. In a recursion none shows that it is not worth it before those inside it
end; and to open one takes time for every frame on the stack."""
LIGHT_NS = 10_000
"""Up to here the handing out of an item is felt."""
PATIENCE_NS = 1_000_000_000
"""So long chunks of light items may take to show that they are worth it."""
EMPTY_MAX = 4
"""So many chunks without a value show that what they make cannot be sent."""
IMPATIENT_NS = 20_000_000
"""Until a region's first value comes, the driver computes items that take no longer than this itself: what is behind
the first chunks may be slow to start, and nothing else is to be done here."""
IMPATIENT_SHARE = 0.6
"""The part of a region's items that may be computed so: the others are being computed elsewhere by then."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a pilot has seen: `items` took `elapsed_ns`, the later half of them `last_ns` each. `map_ns` of the time
    were spent in the map slice, which made so many `values` (None: that was not measured)."""

    items: int
    elapsed_ns: int
    last_ns: int
    map_ns: int | None = None
    values: int = 0

    @property
    def item_ns(self) -> float:
        """What an item takes from here on: of many, the first ones bear what is done only once."""
        mean = self.elapsed_ns / max(1, self.items)
        return self.last_ns if self.items >= MANY_ITEMS else max(mean, self.last_ns)

    def gains(self, slots: int) -> bool:
        """Whether the ordered part leaves enough of the body to the slots."""
        return self.map_ns is None or (
            self.map_ns >= VALUE_NS_MIN * self.values and gain(self.elapsed_ns, self.map_ns, slots) >= GAIN_MIN
        )


def judge(sample: Sample, remaining: int | None, slots: int, nested: bool) -> Verdict:
    """What to do after the sample, when `remaining` items are left (None: not known yet)."""
    if slots < 2:
        return "stay"
    heavy = sample.item_ns >= ITEM_NS_MIN and sample.gains(slots)
    seen = sample.elapsed_ns >= _look_ns(sample)
    if remaining is None:
        return "more" if not seen else ("go" if heavy else "stay")
    enough = expected_ns(sample, remaining) >= worth_ns(nested)
    if enough and heavy and (seen or sample.item_ns >= START_NS / 10):
        return "go"
    waits = not seen if enough else sample.elapsed_ns < LOOK_NS
    return "more" if waits and remaining else "stay"


def _look_ns(sample: Sample) -> int:
    """How long to look at such items."""
    close = ITEM_NS_MIN / 2 <= sample.item_ns < 4 * ITEM_NS_MIN
    return LOOK_CLOSER * LOOK_NS if close else LOOK_NS


def gain(elapsed_ns: int, map_ns: int, slots: int) -> float:
    """How many times sooner the body would be done with its map slice spread over the slots; the rest stays in
    order."""
    left = elapsed_ns - map_ns + map_ns / slots
    return elapsed_ns / left if left > 0 else 1.0


def reason_to_stay(sample: Sample, remaining: int | None, slots: int) -> tuple[str, str]:
    """Why `judge` said "stay", as (code, sentence)."""
    items, map_ns, values = sample.items, sample.map_ns, sample.values
    count = items + (remaining or 0)
    mean = sample.item_ns
    if slots < 2:
        return "MX605", "legal, but there is nobody to share with: one slot"
    light = map_ns is not None and map_ns < VALUE_NS_MIN * values
    if mean >= ITEM_NS_MIN and light and map_ns is not None:
        each, several = show_ms(map_ns / values), values // max(1, items)
        return "MX601", f"legal, not worth it: {count} items of {several} values, each computed in {each}"
    if mean >= ITEM_NS_MIN and map_ns is not None and gain(sample.elapsed_ns, map_ns, slots) < GAIN_MIN:
        ordered = 1 - map_ns / max(1, sample.elapsed_ns)
        return "MX604", f"legal, not worth it: the ordered part takes {ordered:.0%} of the body"
    if count < 2 * slots:
        return "MX605", f"legal, not worth it: only {count} items"
    return "MX601", f"legal, not worth it: {count} items × {show_ms(mean)} = {show_ms(mean * count)}"


def show_ms(ns: float) -> str:
    """A short time as a person reads it."""
    return f"{ns / 1e6:.3g} ms" if ns < 1e9 else f"{ns / 1e9:.3g} s"


def carry_ns(pack_ns: int, size: int) -> int:
    """What values cost until they are with the driver: written in the chunk, and each of their bytes copied often."""
    return pack_ns + 10 * size


def is_too_dear(carry: int, compute: int, *, first: bool) -> bool:
    """Whether values cost so much to carry, against what they cost to compute, that little is left of the gain. Of what
    jails did `first` only a long and lopsided carrying counts."""
    return (carry > FIRST_CARRY_NS and carry > 5 * compute) if first else carry > CARRY_SHARE_MAX * compute


def is_in_vain(empty: int, used: int) -> bool:
    """Whether so many chunks have come without a single value, and none with one, that the others will have none."""
    return empty >= EMPTY_MAX and not used


def is_no_sooner(items: int, waited_ns: int, item_ns: int) -> bool:
    """Whether light items, of which so many have come, came no sooner than they could have been computed here: the
    slots are slow, or others have them. Heavy ones are waited for, they cost nothing here."""
    return 0 < item_ns <= LIGHT_NS and waited_ns >= PATIENCE_NS and waited_ns > items * item_ns


def expected_ns(sample: Sample, remaining: int) -> float:
    """What the remaining items will take: as the later ones did, and more if those took longer than the earlier.

    The later half of items that rise by a step each lies a quarter of `items` steps above the mean of all. A rise is
    followed only so far: to ten times what the later items took.
    """
    mean, level = sample.elapsed_ns / sample.items, sample.item_ns
    step = max(0.0, sample.last_ns - mean) / (sample.items / 4)
    return remaining * min(level + step * remaining / 2, 10 * level)


def worth_ns(nested: bool) -> int:
    """The least work ahead that is worth giving away."""
    return NESTED_NS if nested else 3 * START_NS
