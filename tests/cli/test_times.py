"""Points in time as people type them."""

from __future__ import annotations

import time

import pytest

from marx.cli.times import local_zone, past_ms, show_time, time_ms

NOON_MS = 1_764_590_400_000
"""2025-12-01 12:00 UTC."""
BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-12-24 08:00", "2025-12-24 07:00"),
        ("2025-12-24T08:00", "2025-12-24 07:00"),
        ("2025-12-24", "2025-12-23 23:00"),
        ("14:30", "2025-12-01 13:30"),
        ("08:00", "2025-12-02 07:00"),
        ("tomorrow 8:00", "2025-12-02 07:00"),
        ("Tomorrow", "2025-12-01 23:00"),
        ("today 23:59", "2025-12-01 22:59"),
        ("+2h", "2025-12-01 14:00"),
        ("now", "2025-12-01 12:00"),
        ("2026-06-01 08:00", "2026-06-01 06:00"),
    ],
)
def test_a_time_is_that_of_its_zone(text: str, utc: str) -> None:
    found = time_ms(text, NOON_MS, BERLIN)
    assert time.strftime("%Y-%m-%d %H:%M", time.gmtime(found / 1000)) == utc


@pytest.mark.parametrize("text", ["", "soon", "25:00", "8", "2025-13-01", "tomorrow at 8", "+never"])
def test_what_is_no_time_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a (time|duration)"):
        time_ms(text, NOON_MS, BERLIN)


def test_this_machine_has_a_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert local_zone() == "America/New_York"
    monkeypatch.setenv("TZ", "somewhere/else")
    assert local_zone() == "UTC"
    monkeypatch.delenv("TZ")
    assert local_zone()


def test_a_time_is_shown_in_one_form() -> None:
    assert show_time(0) == "-"
    assert len(show_time(NOON_MS)) == len("2025-12-01 12:00:00")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2h", "2025-12-01 10:00"),
        ("-90m", "2025-12-01 10:30"),
        ("1-00:00:00", "2025-11-30 12:00"),
        ("08:00", "2025-12-01 07:00"),
        ("14:30", "2025-11-30 13:30"),
        ("today", "2025-11-30 23:00"),
        ("2025-11-24", "2025-11-23 23:00"),
        ("now", "2025-12-01 12:00"),
    ],
)
def test_what_is_over_is_looked_for_backwards(text: str, utc: str) -> None:
    found = past_ms(text, NOON_MS, BERLIN)
    assert time.strftime("%Y-%m-%d %H:%M", time.gmtime(found / 1000)) == utc


def test_what_is_no_past_time_says_so() -> None:
    with pytest.raises(ValueError, match=r"'last week' is not a time: write .* 2h"):
        past_ms("last week", NOON_MS, BERLIN)
