"""When a region goes parallel, as a table."""

from __future__ import annotations

import pytest

from marx.inside.decide import ITEM_NS_MIN, LOOK_NS, NESTED_NS, START_NS, Verdict, judge

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


def test_the_table_stands_on_these_constants() -> None:
    assert (START_NS, LOOK_NS, NESTED_NS) == (30 * MS, 8 * MS, 2000 * MS)
    assert 1_000 < ITEM_NS_MIN < 90_000
