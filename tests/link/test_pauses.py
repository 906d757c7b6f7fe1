"""Pauses between tries."""

from __future__ import annotations

from marx.link.pauses import Pauses


def test_pauses_grow_up_to_a_bound_and_begin_anew_after_a_success() -> None:
    pauses = Pauses(1, 10)
    assert [pauses.next_s(0.5) for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    pauses.succeeded()
    assert [pauses.next_s(chance) for chance in (0, 1, 0)] == [0.5, 3, 2]
