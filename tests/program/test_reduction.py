"""Programs that merely define `ITEMS`, `mapper` and `reducer`, and programs that do not."""

from __future__ import annotations

import ast

import pytest

from marx.program import analyse
from marx.program.reduction import addition

DEFINES = '''"""A sum of squares."""
import operator

ITEMS = range(9)
reducer = operator.add


def mapper(n):
    return sum(i * i for i in range(n * 1000))
'''


def test_the_reduction_of_a_program_that_merely_defines_one_is_a_region() -> None:
    added = addition(ast.parse(DEFINES))
    plan = analyse(DEFINES + added, "prog.py")
    assert [(region.line, region.shape) for region in plan.regions if region.line > DEFINES.count("\n")] == [
        (11, "list")
    ]


@pytest.mark.parametrize(
    ("mapper", "printed"),
    [
        ("def mapper(n):\n    return n * n", "14\n"),
        ("def mapper(n):\n    yield n % 2, n\n    yield 'all', 1", "1\t4\nall\t3\n0\t2\n"),
        ("def mapper(n):\n    def pairs():\n        yield n\n    return sum(pairs())", "6\n"),
    ],
)
def test_what_is_added_prints_the_reduction(mapper: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = f"ITEMS = [1, 2, 3]\n{mapper}\ndef reducer(a, b):\n    return a + b\n"
    exec(source + addition(ast.parse(source)), {})
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    "more",
    [
        "print(1)",
        "for item in ITEMS: mapper(item)",
        "if __name__ == '__main__':\n    print(reducer(1, 2))",
        "del mapper",
    ],
)
def test_a_program_that_does_something_is_left_as_it_is(more: str) -> None:
    assert addition(ast.parse(f"{DEFINES}\n{more}\n")) == ""


@pytest.mark.parametrize("name", ["ITEMS", "mapper", "reducer"])
def test_all_three_names_are_needed(name: str) -> None:
    assert addition(ast.parse(DEFINES.replace(name, "other"))) == ""
