"""A few hundred labs with bad luck: never wrong while it lasts, and everything done once it is over."""

from __future__ import annotations

import pytest

from .lab import Lab

LABS = 300
AT_ONCE = 25


@pytest.mark.parametrize("seeds", [range(at, at + AT_ONCE) for at in range(0, LABS, AT_ONCE)], ids=str)
def test_labs(seeds: range) -> None:
    for seed in seeds:
        try:
            Lab(seed).run()
        except BaseException as fault:
            fault.add_note(f"seed {seed}: Lab({seed}).run() in tests/core/lab.py does it again")
            raise
