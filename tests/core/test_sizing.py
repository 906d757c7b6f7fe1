"""How many items a chunk gets, and what is thought of the rest."""

from __future__ import annotations

import pytest

from marx.core.settings import Settings
from marx.core.sizing import ItemCost, chunk_items

MS = 1_000_000
SETTINGS = Settings(target_ms=500, first_ms=100, min_ms=20)


def measured(item_ms: float, chunks: int = 8, items: int = 10) -> ItemCost:
    cost = ItemCost(int(item_ms * MS))
    for _ in range(chunks):
        cost.add(items, int(items * item_ms * MS))
    return cost


#   item cost, items left, slots → items of the chunk
TABLE = [
    ("a target's worth when there is plenty", 1.0, 1_000_000, 4, 500),
    ("half an even share when there is not", 1.0, 800, 4, 100),
    ("not less than is worth sending", 1.0, 40, 4, 20),
    ("not more than there are", 1.0, 7, 4, 7),
    ("one item at least", 9_000.0, 100, 4, 1),
    ("single items at the end of dear ones", 100.0, 8, 4, 1),
    ("no slots at all is as one", 1.0, 100, 0, 50),
]


@pytest.mark.parametrize(("name", "item_ms", "left", "slots", "items"), TABLE, ids=[row[0] for row in TABLE])
def test_size(name: str, item_ms: float, left: int, slots: int, items: int) -> None:
    assert chunk_items(measured(item_ms), left, slots, SETTINGS) == items


def test_first_chunks_are_smaller_because_a_pilot_may_be_wrong() -> None:
    assert chunk_items(ItemCost(1 * MS), 1_000_000, 4, SETTINGS) == 100


def test_sizes_fall_until_the_region_is_cut() -> None:
    cost, left, sizes = measured(1.0), 20_000, []
    while left:
        sizes.append(chunk_items(cost, left, 8, SETTINGS))
        left -= sizes[-1]
    assert sizes[0] == 500 and sizes == sorted(sizes, reverse=True) and sizes[-2] == 20


def test_cost_follows_the_measure_and_not_the_pilot() -> None:
    cost = ItemCost(1)
    cost.add(100, 300 * MS)
    assert cost.item_ns == pytest.approx(3 * MS)


def test_one_hung_chunk_does_not_shrink_all_others() -> None:
    cost = measured(1.0, chunks=20)
    cost.add(10, 3_600_000 * MS)
    assert cost.item_ns < 2 * MS


def test_cost_follows_items_that_grow() -> None:
    cost = measured(1.0, chunks=50)
    for _ in range(60):
        cost.add(10, 50 * MS)
    assert cost.item_ns == pytest.approx(5 * MS, rel=0.1)
