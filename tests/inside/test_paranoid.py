"""`--paranoid`: what chunks say is only compared, so that a mistake of ours is seen and harms no answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inside.lab import by_driver, by_python

SHAPES = """
import os

def work(n):
    return sum(range(n % 7 + 3)), [n]

total = 0
for n in range(20):
    first, rest = work(n)
    total += first
    if n % 3:
        more = work(n + 1)
print(total, more)
print([work(n) for n in range(20)], sum(work(n)[0] for n in range(20)))
def nested():
    made = []
    for n in range(10):
        for k in range(3):
            made.append(work(n * k))
    return made
print(nested())
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "shapes.py"
    path.write_text(SHAPES)
    return path


def test_nothing_is_noted_where_chunks_are_right(program: Path, tmp_path: Path) -> None:
    seen, openings = by_driver(program, tmp_path / "driver", 1, paranoid=True)

    assert seen == by_python(program, tmp_path / "python")
    assert len(openings) == 4
    assert not any(note.startswith(("MX702", "MX703")) for opening in openings for note in opening.notes)


def test_wrong_values_are_noted_and_the_answer_stays_right(program: Path, tmp_path: Path) -> None:
    seen, openings = by_driver(program, tmp_path / "driver", 1, paranoid=True, shift=1)

    assert seen == by_python(program, tmp_path / "python")
    assert any(note.startswith("MX703 item") for opening in openings for note in opening.notes)


def test_without_it_they_would_have_shown(program: Path, tmp_path: Path) -> None:
    seen, _ = by_driver(program, tmp_path / "driver", 1, shift=1)

    assert seen != by_python(program, tmp_path / "python")
