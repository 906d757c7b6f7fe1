"""`--speculate`: calls of libraries that no table knows run in chunks, unless something shows that they may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inside.lab import by_driver, by_python

PURE = """
from tests.inside import strange

total = 0
for n in range(30):
    total += strange.weigh(n)
print(total)
"""
CHANGED = PURE.replace("total = 0", "strange.FACTOR = 3\ntotal = 0")
COUNTING = PURE.replace("strange.weigh", "strange.count")


@pytest.mark.parametrize(
    ("source", "speculate", "used"),
    [
        pytest.param(PURE, True, True, id="a pure function"),
        pytest.param(PURE, False, False, id="nobody asked for it"),
        pytest.param(CHANGED, True, False, id="the program has set a variable of the library"),
        pytest.param(COUNTING, True, False, id="the library counts its calls"),
    ],
)
def test_what_no_table_knows(source: str, speculate: bool, used: bool, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(source)
    seen, openings = by_driver(program, tmp_path / "driver", 3, speculate=speculate)

    assert seen == by_python(program, tmp_path / "python")
    assert any(opening.used for opening in openings) == used, openings
