"""What the driver will refuse is said by the plan where the text shows it, and is what the driver does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from marx.program.analysis import analyse
from tests.inside.lab import by_driver

SLOW = """\
def slow(n):
    return sum(i * i for i in range(n * 10))


class Count:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if not self.n:
            raise StopIteration
        self.n -= 1
        return self.n


class Rows(list):
    pass


class Listed:
    def __new__(cls, n):
        return list(range(n))

    def __iter__(self):
        return iter(())


def counting(n):
    yield from range(n)


def counted(n):
    return list(range(n))


def grown(todo, total=0):
    for n in todo:
        total += slow(n)
        if n == 3:
            todo.append(50)
    for i, n in enumerate(todo):
        total += slow(n) + i
        if n == 3 and i == 0:
            todo.extend([50])
    return total


def not_grown(todo, total=0):
    for n in list(todo):
        total += slow(n)
        todo.append(n)
    for n in todo:
        total += slow(n)
    for n in todo[:]:
        total += slow(n)
        todo[0] = n
    return total


"""
REFUSED = {
    "grown": "print(grown([1, 2, 3, 4, 5, 6]))",
    "class": "for n in Count(9):\n    print(slow(n))",
    "generator": "print([slow(n) for n in counting(9)], sum(slow(n) for _, n in enumerate(counting(9))))",
}
TAKEN = {
    "copied": "print(not_grown([1, 2, 3, 4, 5, 6]))",
    "inherited": "for n in Rows([1, 2, 3, 4, 5]):\n    print(slow(n))",
    "returned": "print([slow(n) for n in counted(9)], sum(slow(n) for n in Listed(9)))",
    "hidden": "def run(counting):\n    return [slow(n) for n in counting(9)]\n\n\nprint(run(counted))",
}


def loops(name: str, text: str) -> list[tuple[str, str]]:
    """Severity and code of the loops that a case is about: those that call `slow`."""
    plan = analyse(SLOW + text, "prog.py")
    lines = {region.line for region in plan.regions if "slow" in region.slots[0].text}
    at_end = SLOW.count("\n")
    told = [f for f in plan.findings if f.line in lines and (f.line > at_end or f"def {name}(" in _above(f.line))]
    return [(f.severity, f.code) for f in told]


def _above(line: int) -> str:
    """The head of the function that a line of `SLOW` stands in."""
    return [text for text in SLOW.splitlines()[:line] if text.startswith("def ")][-1]


@pytest.mark.parametrize("name", REFUSED)
def test_what_will_be_refused_is_said(name: str) -> None:
    told = loops(name, REFUSED[name])

    assert told
    assert {severity for severity, _ in told} == {"sequential"}
    assert {code for _, code in told} == {"MX301" if name == "grown" else "MX307"}


@pytest.mark.parametrize("name", TAKEN)
def test_what_may_be_taken_is_not(name: str) -> None:
    told = loops("not_grown" if name == "copied" else name, TAKEN[name])

    assert told
    assert "sequential" not in {severity for severity, _ in told}


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="needs Linux")
def test_the_driver_does_as_was_said(tmp_path: Path) -> None:
    """Also where it takes a region as soon as it may."""
    for name, text in (("refused", "\n".join(REFUSED.values())), ("taken", "\n".join(TAKEN.values()))):
        program = tmp_path / f"{name}.py"
        program.write_text(SLOW + text + "\n")
        (tmp_path / name).mkdir()
        seen, openings = by_driver(program, tmp_path / name, 1)
        assert seen.exit_code == 0, seen.stderr
        assert bool(openings) is (name == "taken")
