"""Programs that nobody thought of: `python` and a driver with chunks must not be told apart."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from tests.generated import crew, writer

SEEDS = 2000
SCHEDULES = 6
FOUND = sorted((Path(__file__).parent / "found").glob("*.py"))
TRAPS = Path(__file__).resolve().parents[1] / "programs" / "traps"
LIGHT = [TRAPS / "stateful_factories.py", TRAPS / "unwritten_calls.py"]
"""Traps of many small loops: none of them is worth opening but to a pilot that always says so."""

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="needs Linux")


def test_no_generated_program_shows_where_it_ran() -> None:
    reports = list(crew.run_seeds(0, SEEDS, os.cpu_count() or 1))
    assert len(reports) == SEEDS
    assert [(r.name, r.difference, r.program) for r in reports if r.difference] == []
    assert sum(r.is_split for r in reports) > SEEDS / 2, "most programs have to have a region that runs in chunks"


def test_no_program_that_once_showed_it_does_so_again() -> None:
    reports = list(crew.run_files([*FOUND, *LIGHT], SCHEDULES))
    assert len(reports) == len([*FOUND, *LIGHT]) * SCHEDULES
    assert [(r.name, r.difference) for r in reports if r.difference] == []


def test_a_seed_always_gives_the_same_program() -> None:
    assert [writer.write(seed) for seed in range(20)] == [writer.write(seed) for seed in range(20)]
    assert all(ast.parse(writer.write(seed)).body for seed in range(20, 40))
