"""Numbers in stories."""

from __future__ import annotations

import pytest

from marx.core.phrases import seconds


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0 s"), (1, "0.001 s"), (250, "0.25 s"), (10_000, "10 s"), (1_036_800_000, "1036800 s"), (1_500, "1.5 s")],
)
def test_seconds_have_all_their_digits_and_no_more(ms: int, text: str) -> None:
    assert seconds(ms) == text
