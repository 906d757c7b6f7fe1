"""Programs that are nested as deep as Python takes them, or deeper: a plan, or an error with the line and what to do;
never a fault of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from marx.program.analysis import analyse
from marx.program.limits import SourceError, check_compiles, check_source

SLOW = "def slow(n):\n    return sum(i * i for i in range(n * 100))\n\n\n"
LOOP = "print(sum(slow(n) + x for n in range(40)))\n"


def loops(depth: int) -> str:
    heads = "".join("    " * k + f"for a{k} in range(2):\n" for k in range(depth))
    return f"{SLOW}x = 0\n{heads}{'    ' * depth}x += slow(a0)\n"


def functions(depth: int) -> str:
    heads = "".join("    " * k + f"def f{k}():\n" for k in range(depth))
    calls = "".join("    " * k + f"return f{k}()\n" for k in range(depth - 1, 0, -1))
    return f"{SLOW}{heads}{'    ' * depth}return [slow(k) for k in range(20)]\n{calls}print(f0())\n"


def choices(count: int) -> str:
    more = "".join(f"    elif n == {-k}:\n        return {k}\n" for k in range(2, count))
    return f"{SLOW}def f(n):\n    if n == -1:\n        return 0\n{more}    return slow(n)\n\n\nx = 0\n{LOOP}"


PLANNED = {
    "brackets": f"{SLOW}x = {'(' * 190}1{')' * 190}\n{LOOP}",
    "operators": f"{SLOW}x = 1\nprint(sum(slow(n) + {'(n + ' * 90}1{')' * 90} for n in range(40)))\n",
    "lists": f"{SLOW}x = len({'[' * 90}1{']' * 90})\n{LOOP}",
    "loops": loops(19),
    "functions": functions(60),
    "choices": choices(80),
}
DEEP = "counts one): compute the innermost parts in lines of their own, or a long chain as a dict or `match`"
REFUSED = {
    "brackets": (f"{SLOW}x = {'(' * 250}1{')' * 250}\n{LOOP}", 5, "SyntaxError: too many nested parentheses"),
    "operators": (f"{SLOW}x = {'1 + (' * 180}1{')' * 180}\n{LOOP}", 5, DEEP),
    "loops": (loops(60), 26, "SyntaxError: too many statically nested blocks"),
    "functions": (functions(100), 105, "IndentationError: too many levels of indentation"),
    "choices": (choices(900), 356, DEEP),
    "sum": (f"{SLOW}x = {' + '.join('1' * 3000)}\n{LOOP}", 0, "compute the innermost parts in lines of their own"),
}


@pytest.mark.parametrize("name", PLANNED)
def test_what_is_deep_is_planned(name: str) -> None:
    check_compiles(check_source(PLANNED[name], "prog.py"), "prog.py")

    assert analyse(PLANNED[name], "prog.py").regions


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_deep_is_told_with_its_line_and_the_next_step(name: str) -> None:
    source, line, words = REFUSED[name]
    with pytest.raises(SourceError) as told:
        check_compiles(check_source(source, "prog.py"), "prog.py")

    assert words in told.value.message
    assert line == told.value.line


def test_explain_says_it_too(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(loops(60))
    command = [sys.executable, "-m", "marx.cli", "explain", "prog.py"]
    home = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": home}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert "line 26" in done.stderr
    assert "too many statically nested blocks" in done.stderr
