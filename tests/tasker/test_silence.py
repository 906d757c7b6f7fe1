"""When a silence of the distributor is worth a word."""

from __future__ import annotations

from marx.tasker.silence import Silence


def silence(noticed_s: float = 6.0) -> tuple[Silence, list[float]]:
    told: list[float] = []
    made = Silence()
    made.noticed_s = noticed_s
    made.tell = told.append
    return made, told


def test_it_is_told_once_it_is_long_while_it_lasts_and_when_it_is_over() -> None:
    one, told = silence()
    for _ in range(2):
        one.lasts(2)
    assert told == []
    for seconds in (2, 5):
        one.lasts(seconds)
    one.ends()
    one.ends()
    assert told == [6, 11, 0]
    one.lasts(6)
    assert told == [6, 11, 0, 6], "each of several"


def test_a_late_heartbeat_is_none() -> None:
    one, told = silence()
    for _ in range(10):
        one.lasts(4)
        one.ends()
    assert told == []


def test_before_a_distributor_was_reached_there_is_none() -> None:
    told: list[float] = []
    one = Silence()
    one.tell = told.append
    one.lasts(1e9)
    one.ends()
    assert told == []
