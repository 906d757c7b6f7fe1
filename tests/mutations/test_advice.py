"""What `marx explain` says of a loop names the right line and variable, and who does as it says gets a loop that
splits."""

from __future__ import annotations

import os

import pytest

from marx.cli.verdicts import verdict
from marx.program.analysis import analyse
from tests.mutations.advice import Case, meet, read

CASES = read()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_reason_is_the_one_that_counts(case: Case) -> None:
    told = [f for f in analyse(case.source, "prog.py").findings if f.line == case.line]

    assert verdict(told) == "sequential"
    assert [(f.code, f.at, f.variable) for f in told] == [(case.code, case.why, case.variable)], told
    assert all(f.message for f in told)


def test_a_function_is_named_only_if_the_line_is_its_own() -> None:
    """Line 2 of the module is not line 2 of the script."""
    module = "log = []\ndef keep(x):\n    log.append(x)\n    return sum(range(x))\n"
    script = "import kept\ndef other(x):\n    return x\n\n\nfor i in range(9):\n    print(kept.keep(i))\n"
    told = [f for f in analyse(script, "prog.py", {"kept": module}).findings if f.severity == "sequential"]
    assert ["`keep`" in f.message and "`other`" not in f.message for f in told] == [True], told


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="needs Linux")
def test_who_follows_the_advice_gets_a_loop_that_splits() -> None:
    met = list(meet(os.cpu_count() or 1))

    assert {m.name for m in met} == {case.name for case in CASES}
    assert [(m.name, m.difference) for m in met if m.difference] == []
    assert [m.name for m in met if not m.used] == []
