"""A value may hold nothing that the driver makes for itself, but what cannot change or is the driver's anyway."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marx.inside import apart
from marx.inside.apart import Apart
from marx.inside.refusals import Unsendable

ROW = [1, 2]
NUMBER = Decimal("1.5")


class Box:
    def __init__(self, held: Any) -> None:
        self.held = held


@pytest.mark.parametrize(
    "value", [ROW, [ROW], {"a": (1, ROW)}, Box(ROW), (1, Box([ROW]))], ids=["itself", "list", "dict", "object", "deep"]
)
def test_an_object_of_the_ordered_part_is_refused(value: Any) -> None:
    with pytest.raises(Unsendable, match="list"):
        Apart()(value, (3, ROW))


def test_so_is_one_inside_of_what_it_has() -> None:
    with pytest.raises(Unsendable, match="list"):
        Apart()([ROW], (Box(ROW),))


@pytest.mark.parametrize(
    ("value", "held"),
    [
        pytest.param([1, 2], (ROW,), id="an equal one"),
        pytest.param(list(ROW), (ROW,), id="a copy"),
        pytest.param([NUMBER, ()], (NUMBER, ((NUMBER,), ())), id="constants"),
        pytest.param([Box, len], (Box, len), id="code"),
        pytest.param([5], (5, "a", None), id="numbers"),
    ],
)
def test_anything_else_comes_back(value: Any, held: tuple[Any, ...]) -> None:
    assert Apart()(value, held) is value


def test_what_came_from_the_driver_returns_as_itself() -> None:
    assert Apart({}, {id(ROW): ("c", 1)})([ROW], (ROW,)) == [ROW]


def test_what_is_too_large_to_look_at_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LOOKED_AT_MAX", 100)
    with pytest.raises(Unsendable, match="too large"):
        Apart()([[i] for i in range(200)], ([],))
