"""Loops in the modules beside a script: found where they stand, and told of by file and line."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from marx.cli.verdicts import Other, explain_json, explain_lines
from marx.program.analysis import analyse, plan_trees

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


def test_explain_names_the_file_and_lists_the_script_and_its_modules() -> None:
    plan = analyse(SCRIPT, "at/prog.py", {"simulate": MODULE})
    places = ("lib/simulate.py", 7, "list comprehension"), ("", 3, "for-loop")
    told = list(zip(places, ("last run: of the module", "last run: of the script"), strict=True))
    lines = list(explain_lines("at/prog.py", SCRIPT, plan, verbose=False, told=told, others=OTHERS))

    assert [line.partition(" [")[0] for line in lines if "MX" in line or "run:" in line] == [
        "at/prog.py:3:1: MX000",
        "  last run: of the script",
        "at/lib/simulate.py:7:12: MX000",
        "  last run: of the module",
        "at/lib/simulate.py:11:5: MX101",
    ]
    listed = lines[lines.index("") + 1 :]
    assert listed[: listed.index(" 1   def heavy(x):")] == [
        "1   import simulate",
        "2",
        "3 ║ for i in range(9):",
        "4 ║     print(simulate.heavy(i))",
        "5   print(simulate.run(9))",
        "",
        "at/lib/simulate.py:",
    ]
    assert " 7 ║     return [heavy(i) for i in range(n)]" in listed and "11 │     for i in range(n):" in listed
    rows = explain_json("at/prog.py", plan, [], OTHERS)["regions"]
    assert [(row["file"], row["line"]) for row in rows] == [("", 3), ("lib/simulate.py", 7)]


def test_a_reason_in_another_file_is_told_with_its_file() -> None:
    """Line 3 of the module is not line 3 of the script, and the script's line 8 is none of the module's."""
    module = "log = []\ndef keep(x):\n    log.append(x)\n    return sum(range(x))\n"
    script = "import kept\n\n\n\n\n\nfor i in range(9):\n    print(kept.keep(i))\n"
    others = {"kept": Other("lib/kept.py", module, ast.parse(module))}
    plan = analyse(script, "at/prog.py", {"kept": module})
    lines = list(explain_lines("at/prog.py", script, plan, verbose=True, others=others))

    assert "(line 3 of `kept`)" in lines[0]
    assert lines[1:3] == ["  note: the reason stands at line 3 of at/lib/kept.py", "  note: see also line 8"]
    told = explain_json("at/prog.py", plan, [], others)["findings"][0]
    assert (told["file"], told["at_file"], told["at"]) == ("", "lib/kept.py", 3)


BURN = "def burn(i):\n    s = i\n    for k in range(200000):\n        s = (s * 31 + k) % 1000003\n    return s\n"
USE = "from pk.top import both\nprint([both(i) for i in range(16)])\n"
PACKAGE = {"pk/__init__.py": "", "pk/heavy.py": BURN}


def code_of(files: dict[str, str]) -> str:
    """The verdict on the first loop of a script among the modules of its packages."""
    trees = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): ast.parse(text)
        for path, text in files.items()
    }
    packages = {path.removesuffix("/__init__.py").replace("/", ".") for path in files if path.endswith("__init__.py")}
    plan = plan_trees(trees | {"__main__": ast.parse(USE)}, "prog.py", packages=packages)
    return next((f.code for f in plan.findings if f.module == "__main__"), "")


@pytest.mark.parametrize(
    "top",
    [
        "from .heavy import burn\ndef both(i): return burn(i) + 1\n",
        "from . import heavy\ndef both(i): return heavy.burn(i) + 1\n",
        "from .heavy import burn as b\ndef both(i): return b(i) + 1\n",
    ],
)
def test_relative_imports_name_modules_of_their_package(top: str) -> None:
    assert code_of(PACKAGE | {"pk/top.py": top}) == "MX000"
    up = top.replace("from .", "from ..")
    assert code_of(PACKAGE | {"pk/top/__init__.py": up}) == "MX000"
    assert code_of(PACKAGE | {"pk/top.py": up}) != "MX000", "it leads out of the package"
    hidden = PACKAGE | {"pk/__init__.py": "def heavy(): pass\n"}
    assert code_of(hidden | {"pk/top.py": "from . import heavy\ndef both(i): return heavy.burn(i)\n"}) != "MX000"


def test_a_package_may_import_a_module_of_its_own_that_is_no_python() -> None:
    unread = PACKAGE | {"pk/__init__.py": "from . import fast\n"}
    assert code_of(unread | {"pk/top.py": "from . import fast\ndef both(i): return fast.burn(i)\n"}) != "MX000"


def test_modules_may_import_a_name_from_each_other_in_a_circle() -> None:
    circle = {"a.py": "from b import f\n", "b.py": "from c import f\n", "c.py": "from a import f\n"}
    text = "import a\ndef both(i): return a.f(i)\n"
    assert code_of(PACKAGE | circle | {"pk/top.py": text}) == "MX001"


def test_a_module_with_the_name_of_a_library_keeps_a_program_in_order() -> None:
    random = {"random.py": BURN, "pk/top.py": "import random\ndef both(i): return random.burn(i)\n"}
    assert code_of(PACKAGE | random) == "MX503"


COUNT = "calls = 0\ndef burn(i):\n    global calls\n    calls += 1\n    return calls * i + sum(range(90000))\n"
TRAPS = {
    "split": PACKAGE | {"pk/top.py": "from .heavy import burn\ndef both(i): return burn(i) + 1\n"},
    "counts": {
        "pk/__init__.py": "",
        "pk/heavy.py": COUNT,
        "pk/top.py": "from .heavy import burn\ndef both(i): return burn(i)\n",
    },
    "patched": {
        "pk/__init__.py": "from . import heavy\nseen = []\nheavy.burn = lambda i: seen.append(i) or len(seen) * i\n",
        "pk/heavy.py": BURN,
        "pk/top.py": "from . import heavy\ndef both(i): return heavy.burn(i), sum(range(90000))\n",
    },
    "rebound": {
        "pk/__init__.py": "",
        "pk/heavy.py": "SCALE = 1\n" + BURN.replace("return s", "return s * SCALE"),
        "pk/change.py": "from . import heavy\ndef more(): heavy.SCALE += 1\n",
        "pk/top.py": "from .change import more\nfrom .heavy import burn\n"
        "def both(i):\n    more()\n    return burn(i)\n",
    },
    "beside": {
        "random.py": COUNT,
        "pk/__init__.py": "",
        "pk/top.py": "import random\ndef both(i): return random.burn(i)\n",
    },
    "by_path": {
        "lib/textwrap.py": COUNT,
        "pk/__init__.py": "import sys\nsys.path.insert(0, 'lib')\n",
        "pk/top.py": "from textwrap import burn\ndef both(i): return burn(i), sum(range(90000))\n",
    },
    "beside_a_folder": {
        "heapq/__init__.py": COUNT,
        "pk/__init__.py": "",
        "pk/top.py": "import bisect, heapq\ndef both(i): return heapq.burn(i)\n",
    },
    "ours_by_text": {
        "sandbox/__init__.py": COUNT,
        "pk/__init__.py": "",
        "pk/top.py": "import importlib\ndef both(i): return importlib.import_module('sandbox').burn(i)\n",
    },
    "split_beside_folders": {
        "logging/log.txt": "",
        "random/__pycache__/seed.txt": "",
        "sandbox/__init__.py": "raise SystemExit(3)\n",
        "marx/data.json": "{}",
        "pk/__init__.py": "",
        "pk/heavy.py": BURN,
        "pk/top.py": "import random\nfrom .heavy import burn\ndef both(i): return burn(i) + 1\n",
    },
    "split_beside_a_name": {
        "pk/__init__.py": "",
        "pk/random.py": BURN,
        "pk/top.py": "from .random import burn\ndef both(i): return burn(i) + 1\n",
    },
}


@pytest.mark.parametrize("name", TRAPS)
def test_packages_give_what_python_gives(name: str, tmp_path: Path) -> None:
    for path, text in (TRAPS[name] | {"prog.py": USE}).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    expected = subprocess.run([sys.executable, "prog.py"], cwd=tmp_path, capture_output=True, check=True).stdout
    for made in ("pk", "lib", "."):
        shutil.rmtree(tmp_path / made / "__pycache__", ignore_errors=True)
    command = [sys.executable, "-P", "-m", "marx.cli", "run", "--report", "report.json", "prog.py"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    got = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True).stdout
    assert got == expected
    rows = json.loads((tmp_path / "report.json").read_text())["regions"]
    assert any(row["chunks"] for row in rows) is name.startswith("split")
