"""Loops in the modules beside a script: found where they stand, and told of by file and line."""

from __future__ import annotations

import ast

from marx.cli.verdicts import Other, explain_json, explain_lines
from marx.program.analysis import analyse

SCRIPT = "import simulate\n\nfor i in range(9):\n    print(simulate.heavy(i))\nprint(simulate.run(9))\n"
MODULE = """\
def heavy(x):
    return sum(range(x))

TABLE = [heavy(i) for i in range(9)]

def run(n):
    return [heavy(i) for i in range(n)]

def carried(n):
    v = 0
    for i in range(n):
        v = heavy(v + i)
    return v
"""
OTHERS = {"simulate": Other("lib/simulate.py", MODULE, ast.parse(MODULE))}


def test_loops_in_functions_of_modules_are_regions_and_what_runs_at_the_import_is_none() -> None:
    plan = analyse(SCRIPT, "prog.py", {"simulate": MODULE})

    assert [(r.module, r.line, r.scope) for r in plan.regions] == [("__main__", 3, "<module>"), ("simulate", 7, "run")]
    told = [(f.module, f.line, f.code) for f in plan.findings if f.code != "MX600"]
    assert told == [("__main__", 3, "MX000"), ("simulate", 7, "MX000"), ("simulate", 11, "MX101")]


def test_explain_names_the_file_and_lists_the_script_only() -> None:
    plan = analyse(SCRIPT, "at/prog.py", {"simulate": MODULE})
    told = [(("lib/simulate.py", 7), "last run: of the module"), (("", 3), "last run: of the script")]
    lines = list(explain_lines("at/prog.py", SCRIPT, plan, verbose=False, told=told, others=OTHERS))

    assert [line.partition(" [")[0] for line in lines if "MX" in line or "run:" in line] == [
        "at/prog.py:3:1: MX000",
        "  last run: of the script",
        "at/lib/simulate.py:7:12: MX000",
        "  last run: of the module",
        "at/lib/simulate.py:11:5: MX101",
    ]
    assert lines[-len(SCRIPT.splitlines()) - 2 : -2] == [
        "1   import simulate",
        "2",
        "3 ║ for i in range(9):",
        "4 ║     print(simulate.heavy(i))",
        "5   print(simulate.run(9))",
    ]
    rows = explain_json("at/prog.py", plan, [], OTHERS)["regions"]
    assert [(row["file"], row["line"]) for row in rows] == [("", 3), ("lib/simulate.py", 7)]
