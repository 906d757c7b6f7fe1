"""A few hundred simulated labs; `python bench/sim.py` runs a hundred thousand. And: the same seed is the same run."""

from __future__ import annotations

import pytest

from .runs import run

LABS = 500
AT_ONCE = 50


@pytest.mark.parametrize("seeds", [range(at, at + AT_ONCE) for at in range(0, LABS, AT_ONCE)], ids=str)
def test_labs(seeds: range) -> None:
    for done in map(run, seeds):
        assert not done.fault, f"{done.fault}\nsee it again: {done.again}"


def test_a_seed_is_one_run() -> None:
    assert run(7, tell=True) == run(7, tell=True)
