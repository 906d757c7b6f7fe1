"""The first promise, program by program: `marx run` gives what `python` gives, be it split or not.

The examples are what a newcomer runs. The programs under tests/programs are shapes that can run apart, and traps: those
that a careless splitting would change.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.running import by_marx, by_python

TESTS = Path(__file__).resolve().parents[1]
EXAMPLES = sorted(TESTS.parent.glob("examples/*.py"))
PROGRAMS = sorted(TESTS.glob("programs/*.py"))
SPLIT = {"census", "failing", "mandelbrot", "monte_carlo", "queens", "sum_product", "words"}
"""The examples that have to run in chunks; the only other one is there to be refused."""
EXIT_CODES = {"failing": 1, "key_functions": 1, "exception_midway": 1, "exit_inside": 3}


@pytest.mark.parametrize("program", [*EXAMPLES, *PROGRAMS], ids=lambda program: program.stem)
def test_the_same_answer_as_python(program: Path, tmp_path: Path) -> None:
    expected = by_python(program, tmp_path / "python")
    seen, regions = by_marx(program, tmp_path / "marx")

    assert expected.exit_code == EXIT_CODES.get(program.stem, 0), expected.stderr
    assert seen == expected
    if program in EXAMPLES:
        assert any(region.chunks >= 2 for region in regions) == (program.stem in SPLIT)


@pytest.mark.parametrize("name", ["pool_everyday", "executor_results", "pool_shared"])
def test_pools_work_where_nothing_shall_be_split(name: str, tmp_path: Path) -> None:
    program = TESTS / "programs" / "traps" / f"{name}.py"
    expected = by_python(program, tmp_path / "python")
    seen, regions = by_marx(program, tmp_path / "marx", "--no-split")

    assert expected.stdout
    assert (seen, regions) == (expected, [])


def test_there_is_a_program_for_every_shape_and_trap() -> None:
    assert len(EXAMPLES) == 8
    assert len(PROGRAMS) >= 25
