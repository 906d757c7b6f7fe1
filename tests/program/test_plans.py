"""From source to plan: which loops are regions, what of them moves, and what the finding says about the others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from marx.program.analysis import analyse

HEAVY = "def heavy(x):\n    return sum(range(x))\n"
SPECIALS = "__enter__ __exit__ __iter__ __next__ __bool__ __add__ __format__ __getattr__ __getitem__ __len__".split()


@dataclass(frozen=True, slots=True)
class Case:
    """One block of plans.txt. `slots` are first lines of texts, `stays` codes with the lines of loop and reason."""

    name: str
    source: str
    slots: list[str]
    stays: list[str]


def read_cases() -> list[Case]:
    text = Path(__file__).with_name("plans.txt").read_text(encoding="utf-8")
    return [_case(block) for block in text.split("### ")[1:]]


def _case(block: str) -> Case:
    name, *lines = block.rstrip().splitlines()
    kinds = {
        mark: [line.removeprefix(mark).strip() for line in lines if line.startswith(mark)] for mark in ("->", "!!")
    }
    source = "\n".join(line for line in lines if not line.startswith(("->", "!!")))
    return Case(name, source + "\n", kinds["->"], kinds["!!"])


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_plan(case: Case) -> None:
    above = len(HEAVY.splitlines())
    plan = analyse(HEAVY + case.source, "program.py")

    assert [slot.text.splitlines()[0] for region in plan.regions for slot in region.slots] == case.slots
    stays = [f for f in plan.findings if f.severity == "sequential" and f.line > above]
    assert [f"{f.code} {f.line - above} {f.at - above}" for f in stays] == case.stays


@pytest.mark.parametrize(
    "head",
    [
        "with M(): pass",
        "for _ in M(): pass",
        "if M(): pass",
        "M() + 1",
        "[*M()]",
        "f'{M()}'",
        "M().x",
        "M()[0]",
        "not M()",
        "len(M())",
        "list(M())",
        "assert M()",
    ],
)
def test_special_methods_count_wherever_they_may_be_called(head: str) -> None:
    """Each line runs a special method that changes a global, which the heavy function reads."""
    methods = [f"    def {name}(self, *a):\n        global n\n        n += 1\n        return n\n" for name in SPECIALS]
    heavy = "def f(x):\n    return sum(range(x)) + n\n"
    loop = f"for i in range(9):\n    {head}\n    r = f(i)\n    print(r)\n"
    plan = analyse("n = 0\nclass M:\n" + "".join(methods) + heavy + loop, "program.py")
    assert not any("f(i)" in slot.text for region in plan.regions for slot in region.slots)
