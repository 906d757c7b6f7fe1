"""A value may hold nothing that the driver makes for itself, but what cannot change or is the driver's anyway."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from marx.inside import apart
from marx.inside.apart import Apart
from marx.inside.refusals import Unsendable
from tests.inside.lab import by_driver, by_python

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


def test_a_loop_of_which_no_chunk_has_a_value_goes_on_in_order(tmp_path: Path) -> None:
    program = tmp_path / "prog.py"
    program.write_text(
        """
def beside(box):
    return {"work": sum(range(9000)), "box": box}

boxes, kept = [], []
for a in range(400):
    box = [a]
    boxes.append(box)
    kept.append(beside(box))
boxes[-1].append(5)
print(kept[-2:])
""",
        encoding="utf-8",
    )
    for name in ("python", "marx"):
        (tmp_path / name).mkdir()
    seen, openings = by_driver(program, tmp_path / "marx", seed=1)
    assert seen == by_python(program, tmp_path / "python")
    (opening,) = openings
    assert not opening.used and opening.in_place < opening.items / 2, "it is left to the program"
    assert any(note.startswith("MX404 a list") for note in opening.notes)
