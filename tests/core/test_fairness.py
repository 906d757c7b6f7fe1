"""Whose turn it is, as tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from marx.core.fairness import Shares, Turns

HOUR = 3_600_000
BENCH = Path(__file__).resolve().parents[2] / "bench"


def test_usage_halves_with_every_half_life() -> None:
    shares = Shares(half_life_ms=HOUR)
    shares.charge("ann", 800, 0)
    assert shares.usage_ms("ann", HOUR) == pytest.approx(400)
    shares.charge("ann", 600, HOUR)
    assert shares.usage_ms("ann", HOUR) == pytest.approx(1000)
    assert shares.usage_ms("ann", 2 * HOUR) == pytest.approx(500)
    assert shares.usage_ms("bob", HOUR) == 0.0
    shares.charge("bob", 300, HOUR)
    assert shares.used_by_all_ms(2 * HOUR) == pytest.approx(650)


def test_usage_survives_years() -> None:
    shares = Shares(half_life_ms=600_000)
    for year in range(5):
        shares.charge("ann", 1000, year * 365 * 24 * HOUR)
    assert shares.usage_ms("ann", 4 * 365 * 24 * HOUR) == pytest.approx(1000)


def test_charges_of_nothing_change_nothing() -> None:
    shares = Shares(half_life_ms=HOUR)
    shares.charge("ann", 0, 0)
    shares.charge("ann", -5, 0)
    assert shares.usage_ms("ann", 0) == 0.0


#   used by ann and bob, then (job, user, level, key), then the whole order
TABLE: list[tuple[str, dict[str, float], list[tuple[str, str, int, float]], list[str]]] = [
    ("less used user first", {"ann": 50, "bob": 10}, [("a", "ann", 0, 1), ("b", "bob", 0, 9)], ["b", "a"]),
    ("no usage before any", {"ann": 1}, [("a", "ann", 0, 1), ("b", "bob", 0, 9)], ["b", "a"]),
    ("shorter job of one user", {}, [("long", "ann", 0, 9), ("short", "ann", 0, 1)], ["short", "long"]),
    ("priority before usage", {"ann": 50}, [("a", "ann", 1, 9), ("b", "bob", 0, 1)], ["a", "b"]),
    ("priority below nothing", {}, [("low", "ann", -1, 1), ("mid", "ann", 0, 9)], ["mid", "low"]),
    ("all three", {"ann": 9}, [("1", "ann", 0, 1), ("2", "bob", 0, 2), ("3", "bob", 0, 1), ("4", "ann", 2, 9)],
     ["4", "3", "2", "1"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "used", "entries", "order"), TABLE, ids=[row[0] for row in TABLE])
def test_order(name: str, used: dict[str, float], entries: list[tuple[str, str, int, float]], order: list[str]) -> None:
    shares = Shares(half_life_ms=HOUR)
    for user, slot_ms in used.items():
        shares.charge(user, slot_ms, 0)
    turns = Turns(shares)
    for entry in entries:
        turns.enter(*entry)
    seen = []
    while (job := turns.first()) is not None:
        seen.append(job)
        turns.leave(job)
    assert seen == order and len(turns) == 0


def test_users_take_turns_by_what_they_are_charged() -> None:
    """Bob's chunks cost three times what Ann's do, so she gets three times as many."""
    shares = Shares(half_life_ms=HOUR)
    turns = Turns(shares)
    turns.enter("a", "ann", 0, 0.0)
    turns.enter("b", "bob", 0, 0.0)
    given = []
    for _ in range(400):
        job = turns.first()
        assert job is not None
        shares.charge({"a": "ann", "b": "bob"}[job], {"a": 100, "b": 300}[job], 0)
        given.append(job)
    assert abs(given.count("a") - 300) <= 3


def test_a_user_who_comes_back_is_found_once() -> None:
    shares = Shares(half_life_ms=HOUR)
    turns = Turns(shares)
    turns.enter("a", "ann", 0, 0.0)
    turns.leave("a")
    turns.enter("a", "ann", 0, 0.0)
    turns.enter("a", "ann", 3, 0.0)
    assert turns.jobs() == ["a"] and turns.first() == "a"
    turns.leave("a")
    turns.leave("a")
    assert turns.first() is None and "a" not in turns


def test_shares_are_fair_in_a_simulated_lab() -> None:
    """A minute of work beside a day of it, an hour and a half of mixed users; more: `python bench/fairness.py`."""
    code = f"""
import sys; sys.path.insert(0, {str(BENCH)!r})
import fairness
print(fairness.minutes_beside(fairness.QUEUES["a hundred jobs"]))
term = fairness.Term(1)
term.run(hours=1.5)
print(fairness.median(term.indices), max(term.slowdowns()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    minutes, index, slowest = map(float, done.stdout.split())
    assert minutes <= 3
    assert index >= 0.95
    assert slowest <= 3
