"""When a region goes parallel, as a table."""

from __future__ import annotations

import pytest

from marx.inside.decide import ITEM_NS_MIN, LOOK_NS, NESTED_NS, START_NS, Verdict, judge, reason_to_stay
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
    assert judge(items, elapsed_ns, last_ns, remaining, slots, nested) == verdict


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
    assert judge(10, 10 * MS, MS, 1000, slots, False, map_ns, values) == verdict


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((100, 9 * MS, 90_000, 100, 4, None, 0), "MX601"),
        ((3, 9 * MS, 3 * MS, 1, 4, None, 0), "MX605"),
        ((10, 10 * MS, MS, 1000, 1, None, 0), "MX605"),
        ((10, 10 * MS, MS, 1000, 4, MS, 10), "MX604"),
        ((10, 10 * MS, MS, 1000, 4, 10 * MS, 10_000), "MX601"),
    ],
)
def test_why_it_stays(arguments: tuple[int, int, int, int, int, int | None, int], code: str) -> None:
    assert reason_to_stay(*arguments)[0] == code
    assert judge(*arguments[:5], False, *arguments[5:]) == "stay"


def test_a_pilot_judges_by_what_the_program_computed_not_by_the_clock() -> None:
    pilot = Pilot()
    pilot.add(10**12)  # the clock went on while somebody else had the processor
    assert pilot.times(10**12)[0] < 10**11


def test_the_table_stands_on_these_constants() -> None:
    assert (START_NS, LOOK_NS, NESTED_NS) == (30 * MS, 8 * MS, 2000 * MS)
    assert 1_000 < ITEM_NS_MIN < 90_000
