"""Durations and sizes: what is accepted, and how it is echoed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from marx.wire.quantities import duration_ms, show_duration, show_size, size_bytes, size_to_type

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90s", 90 * SECOND),
        ("10m", 10 * MINUTE),
        ("10 min", 10 * MINUTE),
        ("2h", 2 * HOUR),
        ("1d", DAY),
        ("500ms", 500),
        ("1h30m", HOUR + 30 * MINUTE),
        ("1.5h", HOUR + 30 * MINUTE),
        ("45", 45 * SECOND),
        ("0", 0),
        ("05:30", 5 * MINUTE + 30 * SECOND),
        ("02:03:04", 2 * HOUR + 3 * MINUTE + 4 * SECOND),
        ("1-02:03:04", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND),
    ],
)
def test_durations(text: str, ms: int) -> None:
    assert duration_ms(text) == ms


@pytest.mark.parametrize("text", ["", "soon", "-3s", "10 parsecs", "1:2:3:4", "3s later"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration: write 90s, 10m"):
        duration_ms(text)


@pytest.mark.parametrize(
    ("text", "count"), [("4096", 4096), ("512M", 512 << 20), ("4G", 4 << 30), ("1.5k", 1536), ("2 GiB", 2 << 30)]
)
def test_sizes(text: str, count: int) -> None:
    assert size_bytes(text) == count


@pytest.mark.parametrize("text", ["", "big", "4X", "-1"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        size_bytes(text)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (4_210, "4.2 s"),
        (59_999, "59 s"),
        (200_000, "3 min 20 s"),
        (HOUR, "1 h"),
        (HOUR + 5 * MINUTE, "1 h 5 min"),
        (DAY + 4 * HOUR, "1 d 4 h"),
    ],
)
def test_durations_are_echoed_in_one_form(ms: int, text: str) -> None:
    assert show_duration(ms) == text


@given(some.integers(0, 10_000 * DAY))
def test_what_is_echoed_is_accepted_and_close(ms: int) -> None:
    again = duration_ms(show_duration(ms))
    assert again <= ms + 50
    assert again >= ms * 0.5 - 50


@pytest.mark.parametrize(
    ("count", "text"), [(512, "512 B"), (1536, "1.5 KiB"), (4 << 30, "4.0 GiB"), (3 << 40, "3.0 TiB")]
)
def test_sizes_are_echoed_in_one_form(count: int, text: str) -> None:
    assert show_size(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (1000, "1000"), (1536, "1.5K"), (512 << 20, "512M"), (4 << 30, "4G"), (25_199_999_999, "23.4G")],
)
def test_a_size_is_said_as_it_may_be_typed_and_never_rounded_up(count: int, text: str) -> None:
    assert size_to_type(count) == text
    assert count * 0.9 <= size_bytes(text) <= count
