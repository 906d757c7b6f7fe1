"""Ranges behave as a set of integers does, and refuse what would count an item twice."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marx.core.ranges import Ranges

SPANS = st.tuples(st.integers(0, 30), st.integers(1, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))
DEEDS = st.lists(st.tuples(st.sampled_from(["add", "remove", "include", "exclude", "cut"]), SPANS), max_size=40)


def items_of(ranges: Ranges) -> set[int]:
    return {item for start, stop in ranges for item in range(start, stop)}


@given(DEEDS)
def test_ranges_are_a_set_of_items(deeds: list[tuple[str, tuple[int, int]]]) -> None:
    ranges, model = Ranges(), set[int]()
    for deed, (start, stop) in deeds:
        span = set(range(start, stop))
        assert ranges.covers(start, stop) == (span <= model)
        assert ranges.touches(start, stop) == bool(span & model)
        assert items_of(Ranges(ranges.within(start, stop))) == span & model
        match deed:
            case "add" if span & model:
                with pytest.raises(ValueError, match="already"):
                    ranges.add(start, stop)
            case "add":
                ranges.add(start, stop)
                model |= span
            case "remove" if not span <= model:
                with pytest.raises(ValueError, match="not all of"):
                    ranges.remove(start, stop)
            case "remove":
                ranges.remove(start, stop)
                model -= span
            case "include":
                ranges.include(start, stop)
                model |= span
            case "exclude":
                ranges.exclude(start, stop)
                model -= span
            case "cut" if model:
                first, end = ranges.cut(stop - start)
                assert first == min(model) and 0 < end - first <= stop - start
                model -= set(range(first, end))
        assert items_of(ranges) == model
        assert ranges.items == len(model) and bool(ranges) == bool(model)
        parts = list(ranges)
        assert all(stop < start for (_, stop), (start, _) in itertools.pairwise(parts)), "parts are merged"


def test_nothing_cannot_be_added_or_cut() -> None:
    with pytest.raises(ValueError, match="are none"):
        Ranges().add(3, 3)
    with pytest.raises(ValueError, match="cannot cut"):
        Ranges().cut(1)


def test_ten_million_items_are_one_range() -> None:
    ranges = Ranges([(0, 10_000_000)])
    assert ranges.cut(1000) == (0, 1000)
    assert list(ranges) == [(1000, 10_000_000)]
