"""Programs in which a careless splitting would show: by python, and by a driver whose every legal region is opened.

They are too light to be worth splitting; here going parallel costs nothing, so that all of them are tried."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.inside.lab import by_driver, by_python

TRAPS = sorted(
    p for p in (Path(__file__).resolve().parents[1] / "programs" / "traps").glob("*.py") if "lib_" not in p.name
)
OPENS = {
    "default_dictionaries",
    "lists_that_grow",
    "rounds_foretold",
    "functions_in_tables",
    "array_layout",
    "cases",
    "class_statements",
    "changed_attributes",
    "everyday",
    "executor_awaited",
    "executor_results",
    "files_of_folds",
    "foldmut",
    "futures",
    "gen_stay",
    "identity_of_objects",
    "itemmut",
    "lazy",
    "lines_of_files",
    "loops",
    "members_of_classes",
    "mod_class_attr",
    "mod_instance",
    "mod_loops",
    "mod_loops_anew",
    "mod_pools",
    "mod_noisy",
    "new_objects_changed",
    "npmut",
    "outer_variables",
    "own_elements",
    "passed_on",
    "pool_basic",
    "pool_everyday",
    "pool_initializer_changes",
    "pool_objects",
    "pool_results",
    "rec_limits",
    "set_perhaps",
    "setcomp_local",
    "strange_copies",
    "stream_spelling",
    "twins",
    "values_odd",
}
"""Programs that have regions without a trap as well, whose values have to come from chunks."""


@pytest.mark.parametrize("program", TRAPS, ids=lambda program: program.stem)
def test_the_same_answer_as_python(program: Path, tmp_path: Path) -> None:
    expected = by_python(program, tmp_path / "python")
    seed = zlib.crc32(program.stem.encode())
    seen, openings = by_driver(program, tmp_path / "driver", seed)

    assert seen == expected, f"seed {seed}, {openings}"
    if program.stem in OPENS:
        assert any(opening.used for opening in openings)


@pytest.mark.parametrize("seed", range(6))
def test_chunks_may_be_cut_and_arrive_anyhow(seed: int, tmp_path: Path) -> None:
    program = TRAPS[0].parent / "loops.py"
    expected = by_python(program, tmp_path / "python")
    seen, openings = by_driver(program, tmp_path / "driver", seed)

    assert seen == expected, f"seed {seed}, {openings}"


def test_a_region_that_is_not_worth_it_is_not_opened(tmp_path: Path) -> None:
    program = TRAPS[0].parent / "values_odd.py"
    expected = by_python(program, tmp_path / "python")
    seen, openings = by_driver(program, tmp_path / "driver", 0, cost="real")

    assert seen == expected
    assert openings == []
