"""Loops that stay in order, what is said of them, and the same programs once somebody has done as they were told
(`advice.txt`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.generated.bed import compare, warm_up
from tests.generated.crew import spread
from tests.mutations.shapes import HEAVY

ADVICE = Path(__file__).resolve().parents[1] / "programs" / "advice.txt"


@dataclass(frozen=True, slots=True)
class Case:
    """`line` is the loop's in `source`, `why` that of its reason; `fixed_line` the loop's in `fixed`."""

    name: str
    code: str
    variable: str
    source: str
    line: int
    why: int
    fixed: str
    fixed_line: int


@dataclass(frozen=True, slots=True)
class Met:
    """What a lab showed of a mended program: a difference from python, and how many values of chunks its loop used."""

    name: str
    difference: str
    used: int


def read() -> list[Case]:
    return [_case(block) for block in ADVICE.read_text(encoding="utf-8").split("\n### ")[1:]]


def _case(block: str) -> Case:
    head, _, body = block.partition("\n")
    name, code, variable = (part.strip() for part in head.split("|"))
    source, fixed = (HEAVY + part.strip() + "\n" for part in body.split("\n===\n"))
    return Case(name, code, variable, source, _line(source, "here"), _line(source, "why"), fixed, _line(fixed, "here"))


def _line(source: str, mark: str) -> int:
    return next(n for n, text in enumerate(source.splitlines(), 1) if f"# {mark}" in text)


def meet(processes: int) -> Iterator[Met]:
    """Runs every mended program by python and in chunks, in no particular order."""
    work = [[str(first), str(processes)] for first in range(processes)]
    yield from (Met(**row) for row in spread(__name__, work))


def main() -> None:
    """One process of several: `FIRST STEP`; a result a line."""
    warm_up()
    first, step = map(int, sys.argv[1:])
    for case in read()[first::step]:
        mended = compare(case.fixed, 1, objects=False)
        used = sum(o.used for o in mended.openings if o.line == case.fixed_line)
        print(json.dumps({"name": case.name, "difference": mended.difference, "used": used}), flush=True)


if __name__ == "__main__":
    main()
