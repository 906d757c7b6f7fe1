"""How many items the next chunk gets.

Owns the measure of what an item costs and the size rule. A chunk aims at a target duration, but never at more than
half of an even share of what is left, so that sizes fall towards the end of a region and no slot is left with a long
last chunk.
"""

from __future__ import annotations

from marx.core.settings import Settings

MEMORY = 0.95
"""Weight of the past at each new chunk: about twenty chunks count, so the measure follows items that grow along a
region."""
OUTLIER = 8.0
"""A chunk's cost per item counts for at most so many times the present measure: one hung host must not shrink all
chunks."""
TRUSTED = 4
"""Chunks after which outliers are held back; before that there is nothing to judge them by."""
SPEED_WEIGHT = 0.4
"""What the last chunk counts for in a worker's speed: after five chunks a tenfold difference is known to a fifth."""
SPEED_MAX = 16.0
"""Speeds are within this factor of the average: beyond it they are errors, or not worth a chunk."""
NS_PER_MS = 1_000_000


class ItemCost:
    """Running measure of one item's cost in a region: weighted mean and variance over finished chunks."""

    __slots__ = ("_items", "_ns", "_square", "chunks", "item_ns", "variance")

    def __init__(self, item_ns: int) -> None:
        self.item_ns = float(max(1, item_ns))
        self.variance = self.item_ns**2
        self.chunks = 0
        self._items = self._ns = self._square = 0.0

    def add(self, items: int, wall_ns: int) -> None:
        """A chunk of `items` took `wall_ns`. Chunk means vary `items` times less than items do, hence the factor."""
        each = max(1.0, wall_ns / items)
        if self.chunks >= TRUSTED:
            each = min(max(each, self.item_ns / OUTLIER), self.item_ns * OUTLIER)
        self.chunks += 1
        self._items = self._items * MEMORY + items
        self._ns = self._ns * MEMORY + each * items
        self.item_ns = self._ns / self._items
        self._square = self._square * MEMORY + items * (each - self.item_ns) ** 2
        if self.chunks > 1:
            self.variance = self._square * (1 - MEMORY) / (1 - MEMORY**self.chunks)

    def measured_items(self) -> float:
        """How many items the measure rests on, the older ones counted for less."""
        return self._items


def chunk_items(cost: ItemCost, left: int, slots: int, settings: Settings, speed: float = 1.0) -> int:
    """Items of the next chunk for a worker of this speed, when `left` items are not yet granted and `slots` slots could
    run them."""
    target_ms = settings.target_ms if cost.chunks else settings.first_ms
    share_ns = left * cost.item_ns / (2 * max(1, slots))
    aim_ns = max(min(target_ms * NS_PER_MS, share_ns), settings.min_ms * NS_PER_MS)
    return min(max(1, round(aim_ns * speed / cost.item_ns)), left)


def speed_after(speed: float, cost: ItemCost, items: int, wall_ns: int) -> float:
    """A worker's speed when a chunk there has taken so long: slowly, since items differ too, but by factors."""
    if not cost.chunks:
        return speed
    this = items * cost.item_ns / wall_ns
    return float(min(max(speed * (this / speed) ** SPEED_WEIGHT, 1 / SPEED_MAX), SPEED_MAX))


def speed_at_most(speed: float, cost: ItemCost, items: int, ran_ms: int) -> float:
    """A worker's speed when it was not through with a chunk after so long."""
    return max(min(speed, chunk_ms(cost, items) / max(1, ran_ms)), 1 / SPEED_MAX)


def chunk_ms(cost: ItemCost, items: int) -> float:
    """What a chunk of `items` should take."""
    return items * cost.item_ns / NS_PER_MS
