"""One small effect is put into a loop of a program that had none: the answer stays python's, and the plan says where
the effect is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.mutations.judge import Verdict, judge_all

TRAPS = Path(__file__).resolve().parents[1] / "programs" / "traps"
SLOW = {"everyday", "gen_stay", "permutations_break"}
PROGRAMS = [p for p in sorted(TRAPS.glob("*.py")) if not p.name.startswith("lib_") and p.stem not in SLOW]
EACH = 2
NAMED_LEAST = 0.9

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="needs Linux")


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return [v for v in judge_all(PROGRAMS, EACH, 0, os.cpu_count() or 1) if not v.left_out]


def test_no_effect_makes_an_answer_wrong(verdicts: list[Verdict]) -> None:
    assert len(verdicts) >= 60
    assert [(v.program, v.effect, v.way, v.difference, v.source) for v in verdicts if v.difference] == []
    assert sum(v.is_split for v in verdicts) >= 8, "what is left of the loops has to run in chunks"


def test_the_plan_names_the_line_that_keeps_a_loop_in_order(verdicts: list[Verdict]) -> None:
    lost = [v for v in verdicts if v.lost]
    unnamed = [(v.program, v.effect, v.way) for v in lost if not v.named]
    assert len(lost) >= 15
    assert len(unnamed) <= len(lost) * (1 - NAMED_LEAST), unnamed
