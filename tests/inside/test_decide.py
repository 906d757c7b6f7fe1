"""When a region goes parallel, as a table."""

from __future__ import annotations

from time import thread_time_ns

import pytest

from marx.inside.decide import (
    EMPTY_MAX,
    ITEM_NS_MIN,
    LOOK_NS,
    NESTED_NS,
    START_NS,
    Sample,
    Verdict,
    is_in_vain,
    is_too_dear,
    judge,
    reason_to_stay,
)
from marx.inside.pilot import Pilot

MS = 1_000_000


@pytest.mark.parametrize(
    ("items", "elapsed_ns", "last_ns", "remaining", "slots", "nested", "verdict"),
    [
        pytest.param(1, 10 * MS, 10 * MS, 1000, 1, False, "stay", id="nobody else to give items to"),
        pytest.param(1, 10 * MS, 10 * MS, 1000, 4, False, "go", id="ten seconds ahead"),
        pytest.param(1, 10 * MS, 10 * MS, 0, 4, False, "stay", id="nothing left"),
        pytest.param(1, 10 * MS, 10 * MS, 8, 4, False, "stay", id="eighty milliseconds ahead"),
        pytest.param(1, 10 * MS, 10 * MS, 9, 4, False, "go", id="just enough ahead"),
        pytest.param(10, 1 * MS, MS // 10, 10_000, 4, False, "more", id="cheap items, not yet looked at for long"),
        pytest.param(100, 9 * MS, 90_000, 10_000, 4, False, "go", id="cheap items, but many of them"),
        pytest.param(1, 4 * MS, 4 * MS, 1000, 4, False, "go", id="one dear item is enough of a pilot"),
        pytest.param(9_000, 9 * MS, 1_000, 10**9, 4, False, "stay", id="cheaper to compute than to send"),
        pytest.param(10, 9 * MS, MS, 200, 4, True, "stay", id="an outer region is about to be given away"),
        pytest.param(10, 9 * MS, MS, 3000, 4, True, "go", id="long by itself, even inside another pilot"),
        pytest.param(2_000, 9 * MS, 4_500, 10**7, 4, False, "more", id="near the limit, so it is looked at for longer"),
        pytest.param(6_000, 27 * MS, 4_500, 10**7, 4, False, "go", id="light, but just not too light"),
        pytest.param(3_000, 27 * MS, 2_000, 10**7, 4, False, "stay", id="only the first ones were not too light"),
        pytest.param(10, 5 * MS, MS // 2, None, 4, False, "more", id="length not known, not yet looked at for long"),
        pytest.param(10, 9 * MS, MS, None, 4, False, "go", id="length not known, dear items"),
        pytest.param(9_000, 9 * MS, 1_000, None, 4, False, "stay", id="length not known, cheap items"),
        pytest.param(100, 9 * MS, 3 * MS, 100, 4, False, "go", id="costs rise: what counts are the later items"),
        pytest.param(6, 9 * MS, 2 * MS, 34, 4, False, "go", id="costs rise by a step each: the last are the dearest"),
        pytest.param(6, 9 * MS, 1 * MS, 34, 4, False, "stay", id="costs do not rise"),
    ],
)
def test_judge(
    items: int, elapsed_ns: int, last_ns: int, remaining: int | None, slots: int, nested: bool, verdict: Verdict
) -> None:
    assert judge(Sample(items, elapsed_ns, last_ns), remaining, slots, nested) == verdict


@pytest.mark.parametrize(
    ("map_ns", "values", "slots", "verdict"),
    [
        pytest.param(10 * MS, 10, 4, "go", id="all of the body is map slice"),
        pytest.param(4 * MS, 10, 2, "stay", id="two slots gain little from less than half of the body"),
        pytest.param(4 * MS, 10, 16, "go", id="many slots gain from that"),
        pytest.param(0, 0, 16, "stay", id="the map slice was not reached"),
        pytest.param(10 * MS, 10_000, 4, "stay", id="so many values that looking them up takes as long"),
    ],
)
def test_what_the_ordered_part_leaves_to_be_gained(map_ns: int, values: int, slots: int, verdict: Verdict) -> None:
    assert judge(Sample(10, 10 * MS, MS, map_ns, values), 1000, slots, nested=False) == verdict


@pytest.mark.parametrize(
    ("sample", "remaining", "slots", "code"),
    [
        (Sample(100, 9 * MS, 90_000), 100, 4, "MX601"),
        (Sample(3, 9 * MS, 3 * MS), 1, 4, "MX605"),
        (Sample(10, 10 * MS, MS), 1000, 1, "MX605"),
        (Sample(10, 10 * MS, MS, MS, 10), 1000, 4, "MX604"),
        (Sample(10, 10 * MS, MS, 10 * MS, 10_000), 1000, 4, "MX601"),
    ],
)
def test_why_it_stays(sample: Sample, remaining: int, slots: int, code: str) -> None:
    assert reason_to_stay(sample, remaining, slots)[0] == code
    assert judge(sample, remaining, slots, nested=False) == "stay"


def test_it_says_how_light_the_values_of_an_item_are() -> None:
    _, sentence = reason_to_stay(Sample(10, 10 * MS, MS, 10 * MS, 10_000), 1000, 4)
    assert sentence == "legal, not worth it: 1010 items of 1000 values, each computed in 0.001 ms"


def test_a_pilot_judges_by_what_the_program_computed_not_by_the_clock() -> None:
    pilot = Pilot()
    pilot.add(10**12)  # the clock went on while somebody else had the processor
    assert pilot.sample(10**12, 1).elapsed_ns < 10**11


def test_the_first_of_many_items_tell_nothing_of_the_others() -> None:
    pilot = Pilot()
    for _ in range(10):
        pilot.add(MS)  # loops of theirs are under watch, modules are imported
        _compute(MS)
    for _ in range(990):
        pilot.add(20_000)
        _compute(20_000)
    sample = pilot.sample(None, 0)
    assert sample.elapsed_ns / sample.items > sample.item_ns * 1.2
    assert sample.item_ns <= 20_000


def test_later_items_do_not_seem_lighter_because_earlier_ones_were_kept_waiting() -> None:
    pilot = Pilot()
    for _ in range(400):
        pilot.add(MS)  # somebody else had the processor
    for _ in range(600):
        pilot.add(20_000)
        _compute(20_000)
    assert 15_000 < pilot.sample(None, 0).item_ns <= 20_000


def test_what_timing_takes_is_no_item_s_fault() -> None:
    pilot = Pilot()
    for _ in range(1000):
        pilot.add(1000)
        _compute(1000)
    sample = pilot.sample(900_000, 1000)
    assert sample.item_ns < 1000
    assert 0 < (sample.map_ns or 0) < 900_000


def _compute(ns: int) -> None:
    """Takes so much processor time at least."""
    until = thread_time_ns() + ns
    while thread_time_ns() < until:
        pass


def test_the_table_stands_on_these_constants() -> None:
    assert (START_NS, LOOK_NS, NESTED_NS) == (30 * MS, 8 * MS, 2000 * MS)
    assert 1_000 < ITEM_NS_MIN < 90_000


@pytest.mark.parametrize(
    ("carry", "compute", "first", "dear"),
    [
        (6 * MS, 10 * MS, False, True),
        (4 * MS, 10 * MS, False, False),
        (6 * MS, 10 * MS, True, False),
        (49 * MS, MS, True, False),  # a jail that had something to fetch
        (90 * MS, 10 * MS, True, True),
        (90 * MS, 30 * MS, True, False),
    ],
)
def test_values_that_are_too_dear_to_carry(carry: int, compute: int, first: bool, dear: bool) -> None:
    assert is_too_dear(carry, compute, first=first) == dear


@pytest.mark.parametrize(("empty", "used", "vain"), [(EMPTY_MAX, 0, True), (EMPTY_MAX - 1, 0, False), (99, 1, False)])
def test_chunks_without_values_show_that_none_will_come(empty: int, used: int, vain: bool) -> None:
    assert is_in_vain(empty, used) == vain
