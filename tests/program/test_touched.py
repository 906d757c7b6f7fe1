"""Which libraries a program's text may have changed, for the processes of its pools."""

from __future__ import annotations

import ast

import pytest

from marx.program.analysis import plan_trees

POOL = "from multiprocessing import Pool\nPool(2).map(len, ['a'])\n"

CASES = [
    ("import math\nmath.tau = 5", "math", ""),
    ("import math as m\nm.tau += 5", "math", ""),
    ("import math\ndel math.tau", "math", ""),
    ("from fractions import Fraction\nFraction.__str__ = lambda self: ''", "fractions", ""),
    ("import collections\nsetattr(collections.Counter, 'a', 1)", "collections", ""),
    ("import matplotlib.pyplot as plt\nplt.rcParams['a'] = 1", "matplotlib", ""),
    ("from mpmath import mp\nmp.dps = 50", "mpmath", ""),
    ("import collections.abc as c\nc.Sized.register(int)", "collections", ""),
    ("import copyreg\ncopyreg.pickle(complex, len)", "", "copyreg"),
    ("import matplotlib, torch\nmatplotlib.use('Agg')\ntorch.load('a')", "", ""),
    ("import sys, importlib\ndel sys.modules['json']\nimportlib.reload(sys)", "", ""),
    ("import sys\nsys.excepthook, x = None, 1", "sys", ""),
    ("import logging\nlogging.basicConfig(level=10)", "", "logging"),
    ("import logging\nlog = logging.getLogger()\ndef f():\n    log.setLevel(10)", "", "logging"),
    ("import gmpy2\nc = gmpy2.get_context()\nc.precision = 100", "", "gmpy2"),
    ("import pandas as pd\npd.set_option('a', 1)", "", "pandas"),
    ("import mpmath\nwith mpmath.workdps(50):\n    pass", "", "mpmath"),
    ("import calendar\nold = calendar.setfirstweekday(6)", "", "calendar"),
    ("import torch\ntorch.manual_seed(1)", "", "torch"),
    ("import os, time\nos.environ['A'] = '1'\ntime.tzset()\nos.chdir('/')\nos.umask(1)", "", ""),
    ("import sys, xml.etree.ElementTree as E\nsys.stdout.reconfigure(encoding='utf-8')\nE.indent(1)", "", ""),
    ("import sys\nsys.path.append('a')\nsys.setrecursionlimit(9999)\nsys.stdout.write('a')", "", ""),
    ("import numpy as np\nnp.random.seed(1)\nnp.set_printoptions(precision=2)\nx = np.zeros(3)\nx[0] = 1", "", ""),
    ("import random, time, gc\nrandom.seed(1)\ntime.sleep(0)\ngc.disable()\nprint(random.random())", "", ""),
    ("import pandas as pd\nd = pd.read_csv('a')\nd.columns = ['a']\nd['b'] = 1", "", ""),
    ("from decimal import getcontext\ngetcontext().prec = 50", "", ""),
    ("import json\njson.dump([1], open('a', 'w'))", "", ""),
    (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('a')\nconfig = p.parse_args()\nconfig.a = 1",
        "",
        "",
    ),
]


@pytest.mark.parametrize(
    ("source", "patched", "called"), CASES, ids=[source.splitlines()[-1] for source, _, _ in CASES]
)
def test_what_is_touched(source: str, patched: str, called: str) -> None:
    touched = plan_trees({"__main__": ast.parse(f"{source}\n{POOL}")}, "prog.py").touched
    assert (touched.patched, touched.called) == (frozenset(patched.split()), frozenset(called.split()))


def test_a_call_that_writes_files_is_told() -> None:
    source = "def save(k):\n    open(str(k), 'w').write('a')\n" + POOL.replace("len", "save")
    pool = plan_trees({"__main__": ast.parse(source)}, "prog.py").findings[-1]
    assert (pool.code, pool.line, pool.at) == ("MX210", 4, 2)
