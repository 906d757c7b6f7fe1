"""The simulation finds what is planted. The whole table, from the first seed on: `python bench/sim.py --planted`."""

from __future__ import annotations

import pytest

from .planted import PLANTED, Planted
from .runs import first_fault

LABS = 160
"""Enough for the bugs that show often; those that need rare luck are for the bench."""
SOON = {
    "an outcome that is dropped is not acknowledged",
    "what is given up is not told to the driver",
    "promises leave before their commit",
    "promises leave though the commit failed",
    "values go to the lease of the first driver",
    "values that are there are not sent again",
    "lease numbers begin anew after a restart",
    "one credit is never spent",
    "grants under way do not count against credit",
    "a chunk that is lost unseen is forgotten",
    "nobody notices a silent worker",
    "the wall clock decides",
    "replay leaves out outcomes",
    "output is not compared",
    "a whole chunk is given up for one item",
    "attempts at a driver are not counted",
    "a late outcome counts though it is not the first",
    "what comes back goes into no queue",
    "calls are not said again after a Welcome",
    "a mail that was sent is not written down",
    "a mail is tried once",
}


@pytest.mark.parametrize("bug", [bug for bug in PLANTED if bug.title in SOON], ids=lambda bug: bug.title)
def test_a_planted_bug_is_found(bug: Planted) -> None:
    assert first_fault(range(LABS), bug.planted()) is not None


def test_the_table_names_every_bug_once() -> None:
    titles = [bug.title for bug in PLANTED]
    assert len(set(titles)) == len(titles) and set(titles) >= SOON
