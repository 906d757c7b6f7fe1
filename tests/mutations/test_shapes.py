"""The table of loops and writes in marx/DESIGN.md: what it says is what a lab sees."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.mutations.shapes import Met, meet, read, table

DESIGN = Path(__file__).resolve().parents[2] / "marx" / "DESIGN.md"
SHAPES = {shape.name: shape for shape in read()}

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="needs Linux")


@pytest.fixture(scope="module")
def met() -> list[Met]:
    return list(meet(os.cpu_count() or 1))


def test_the_table_is_the_one_of_the_programs() -> None:
    rows = [line for line in DESIGN.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    missing = [row for row in table(read()) if row not in rows]
    assert missing == [], "run `python -m tests.mutations.shapes` and put its table into marx/DESIGN.md"


def test_no_shape_gives_another_answer(met: list[Met]) -> None:
    assert len(met) == len(SHAPES)
    assert [(m.name, m.difference) for m in met if m.difference] == []


def test_what_is_split_and_what_stays_is_as_the_table_says(met: list[Met]) -> None:
    not_split = [m.name for m in met if SHAPES[m.name].verdict == "split" and not m.used]
    not_kept = [m.name for m in met if SHAPES[m.name].verdict == "stays" and m.opened]
    assert (not_split, not_kept) == ([], []), "change the verdict in tests/programs/shapes.txt, and the table"
