"""Which programs may watch themselves by what their texts say, and which only use words that sound like it."""

from __future__ import annotations

import pytest

from marx.program.analysis import analyse

LOOP = "def heavy(x): return sum(range(x))\nprint([heavy(i) for i in range(9)])\n"
OWN = {"tools": "def trace(x): return x\ndef profile(x): return x\n", "mock": "def patch(x): return x\n"}


@pytest.mark.parametrize(
    "text",
    [
        "import unittest",
        "import unittest\nclass T(unittest.TestCase): pass",
        "from tools import trace, profile",
        "import tools\ntools.trace(3)",
        "from numpy import trace",
        "import mock\nmock.patch(3)",
        "import gc\ngc.collect()",
        "profile = {}\nprofile.items()",
        "class Steps:\n    callbacks = ()\nSteps.callbacks",
    ],
)
def test_words_that_only_sound_like_a_tracer_keep_nothing_in_order(text: str) -> None:
    assert len(analyse(f"{text}\n{LOOP}", "prog.py", OWN).regions) == 1


@pytest.mark.parametrize(
    "text",
    [
        "import trace",
        "import cProfile as c",
        "from profile import Profile",
        "from unittest import mock",
        "from unittest.mock import patch",
        "import unittest.mock",
        "import unittest\nunittest.mock.patch",
        "import weakref",
        "from sys import setprofile as s",
        "from sys import *",
        "import sys as s\ns.setprofile(print)",
        "def f():\n    import threading as t\n    t.settrace(print)",
        "import sys\ns = sys\ns.settrace(print)",
        "import sys as s\ns.monitoring",
        "import sys\ngetattr(sys, 'setprofile')(print)",
        "import gc as g\ng.callbacks.append(print)",
    ],
)
def test_what_may_watch_the_program_keeps_it_in_order(text: str) -> None:
    plan = analyse(f"{text}\n{LOOP}", "prog.py")
    assert not plan.regions
    assert [f.code for f in plan.findings] == ["MX502"]
