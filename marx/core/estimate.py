"""When a region will be through: P50 and P90 of the remaining time, from what its chunks cost along its items.

A forecast is a line through the cost of items by their place, as steep as what was measured proves it to be. Its spread
has three parts: what is left is a sample itself, line and mean are known from a sample only, and neighbouring items are
alike, so that a sample counts for less than it has items. Owns no policy of grants; knows no workers.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import ceil, exp, log, log1p, sqrt
from typing import NamedTuple

P90 = 1.2816
"""The 90 % point of the normal distribution."""
MEASURING = (-1, -1)
PARTS = 32
"""The items so far are kept as so many parts with their mean costs: enough for a trend, and little memory."""
PARTS_MIN = 4
"""With fewer of them nothing is said of a trend."""
TREND_DOUBT = 4.0
"""A slope of so many variances of its own is as likely chance: it counts for nothing, and steeper ones for more."""
LIKENESS_MAX = 0.7
"""The most likeness of neighbouring parts that is believed; more cannot be told from a trend."""
COST_CHANGE_MAX = 4.0
"""What is left costs at most so many times more or less for an item than what was measured."""
GAP_NS_MAX = 200_000_000
"""Longer is not the way between two chunks, but a jail that boots: that is paid once."""
GAPS_KEPT = 0.97
"""What stays, at each further chunk, of the sums of what chunks took and held: some thirty count."""
FEW_PARTS = 4.0
"""A spread that was measured over n parts may fall short by this many n-ths."""
SCATTER_MAX = 3.0
"""The most scatter of items that is believed; more cannot be told from a few odd ones."""
BEGINNING_MS = 30_000
"""After its first worker a pool takes so long to be together."""
CHURN_MS = 600_000
"""What workers did so long ago counts for a third."""
EULER = 0.5772
EVEN_LAST = 0.45
"""How much of an item the last slot goes on for, where all cost the same."""


class Forecast(NamedTuple):
    """Mean cost of items, and its standard error as a part of it."""

    item_ns: float
    error: float


class Course:
    """What items cost along a region, in up to `PARTS` parts of as many items each; they double when it goes on."""

    __slots__ = ("_held_ns", "_items", "_ns", "_squares", "_told", "_took_ns", "_width")

    def __init__(self) -> None:
        self._width = 1
        self._items = [0.0] * PARTS
        self._ns = [0.0] * PARTS
        self._took_ns = self._held_ns = 0.0
        self._squares = 0.0
        self._told = 0.0  # of the first chunk of a part nothing differs

    def add(self, start: int, stop: int, took_ns: int, held_ns: int) -> None:
        """Items `start`..`stop`-1 took so long together, in a slot that they had for `held_ns`."""
        at = self._put(start, stop, took_ns)
        if held_ns - took_ns < GAP_NS_MAX:
            self._took_ns = self._took_ns * GAPS_KEPT + took_ns
            self._held_ns = self._held_ns * GAPS_KEPT + max(held_ns, took_ns)
        mean_ns = (stop - start) * self._ns[at] / self._items[at]
        self._told += 1 - (stop - start) / self._items[at]
        self._squares += (stop - start) * (took_ns / mean_ns - 1) ** 2

    def _put(self, start: int, stop: int, ns: float) -> int:
        """Adds to the part in which the middle is, and returns which that is."""
        middle = (start + stop) // 2
        while middle >= self._width * PARTS:
            self._items = _paired(self._items)
            self._ns = _paired(self._ns)
            self._width *= 2
        at = middle // self._width
        self._items[at] += stop - start
        self._ns[at] += ns
        return at

    @property
    def scatter(self) -> float:
        """The variance of items near each other as a part of their mean's square: chunks differ less by as many items
        as they have."""
        return min(self._squares / max(1.0, self._told), SCATTER_MAX)

    @property
    def share_computed(self) -> float:
        """The part of a slot's time in which chunks compute: between them lie messages."""
        return self._took_ns / self._held_ns if self._held_ns else 1.0

    def with_running(self, running: Iterable[tuple[int, int, float]]) -> Course:
        """The same with chunks that have not ended: (start, stop, ns that it will have taken). Without them a course
        rests on those that were cheap enough to have ended."""
        whole = Course()
        whole._width, whole._items, whole._ns = self._width, list(self._items), list(self._ns)
        for start, stop, ns in running:
            whole._put(start, stop, ns)
        return whole

    def parts(self) -> list[tuple[float, float, float]]:
        """(middle, items, ns an item) of those that were measured."""
        rows = zip(self._items, self._ns, strict=True)
        return [((at + 0.5) * self._width, n, ns / n) for at, (n, ns) in enumerate(rows) if n]

    def forecast(self, left: float, place: float) -> Forecast:
        """What the `left` items around `place` cost."""
        parts = self.parts()
        items = sum(n for _, n, _ in parts)
        mean = sum(n * each for _, n, each in parts) / items
        if len(parts) < PARTS_MIN:
            return Forecast(mean, 1 / sqrt(len(parts)))
        centre = sum(n * x for x, n, _ in parts) / items
        spread = sum(n * (x - centre) ** 2 for x, n, _ in parts)
        slope = sum(n * (x - centre) * each for x, n, each in parts) / spread
        rests = [(n, each - mean - slope * (x - centre)) for x, n, each in parts]
        variance = sum(n * rest**2 for n, rest in rests) / (len(parts) - 2)
        doubted = TREND_DOUBT * variance
        trust = max(0.0, 1 - doubted / (slope**2 * spread)) if slope else 0.0
        away = place - centre
        expected = min(max(mean + trust * slope * away, mean / COST_CHANGE_MAX), mean * COST_CHANGE_MAX)
        alike = _likeness([rest for _, rest in rests])
        own = variance * (1 + alike) / (1 - alike) * (1 / items + 1 / max(left, 1.0))
        line = variance * away**2 / spread if trust else 0.0
        few = 1 + FEW_PARTS / len(parts)
        return Forecast(expected, few * sqrt(own + line) / expected)


class Churn:
    """How much the slots of a pool go up and down by workers that come and go: squares of relative changes, of which
    those of longer ago count for less."""

    __slots__ = ("_at_ms", "_began_ms", "_squares")

    def __init__(self) -> None:
        self._began_ms = -1
        self._at_ms = 0
        self._squares = 0.0

    def changed(self, before: int, after: int, now_ms: int) -> None:
        """That they come at the beginning tells nothing of how they will be later."""
        if self._began_ms < 0:
            self._began_ms = now_ms
        if now_ms - self._began_ms >= BEGINNING_MS and before and after:
            self._squares = self._squares * self._kept(now_ms) + log(after / before) ** 2
            self._at_ms = now_ms

    def spread(self, horizon_ms: float, now_ms: int) -> float:
        """Standard deviation of the mean number of slots over this time, as a part of it."""
        return sqrt(self._squares * self._kept(now_ms) / CHURN_MS * horizon_ms / 3)

    def _kept(self, now_ms: int) -> float:
        return exp((self._at_ms - now_ms) / CHURN_MS)


def remaining_ms(likely_ms: float, error: float) -> tuple[int, int]:
    """P50 and P90 of a time that is known to a part of `error`. Times are as often twice as long as half as long: the
    spread is one of ratios."""
    return ceil(likely_ms), ceil(likely_ms * exp(P90 * sqrt(log1p(error**2))))


def last_items(scatter: float, slots: int) -> float:
    """How many items' cost a region waits for the last of its slots: about half of one where all cost the same, and
    longer the more slots may have met a dear one. Where items differ by more than exponentially many do, a few dear
    ones make the end."""
    harmonic = log(slots) + EULER + 0.5 / slots
    return EVEN_LAST + max(scatter, scatter**2 * sqrt(scatter)) * max(0.0, harmonic - 1 - EVEN_LAST)


def until_served_ms(own_ms: float, usage_ms: float, others: Iterable[tuple[float, float]]) -> float:
    """Slot time that is given out until a user who wants `own_ms` more has got it, where whoever used least is next.

    `others`: what each other user has used and still wants. One who used more gets nothing before us, one who used less
    goes first until even with us.
    """
    level = usage_ms + own_ms
    return own_ms + sum(min(max(level - used, 0.0), wanted) for used, wanted in others)


def _paired(values: list[float]) -> list[float]:
    """Each two neighbours together, and as many empty ones behind."""
    return [a + b for a, b in zip(values[::2], values[1::2], strict=True)] + [0.0] * (PARTS // 2)


def _likeness(rests: list[float]) -> float:
    """How much alike neighbours are, 0 for not at all."""
    whole = sum(rest**2 for rest in rests)
    if not whole:
        return 0.0
    pairs = sum(one * next_one for one, next_one in pairwise(rests))
    return min(max(pairs / whole, 0.0), LIKENESS_MAX)
