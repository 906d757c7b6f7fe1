"""The classes of loops and writes, each with a small program: what `shapes.txt` says of them, and what a lab sees.

`python -m tests.mutations.shapes` prints the table of marx/DESIGN.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.generated.bed import compare, warm_up
from tests.generated.crew import spread

SHAPES = Path(__file__).resolve().parents[1] / "programs" / "shapes.txt"
HEAVY = "def heavy(x):\n    return sum(i * i % 7 for i in range(x))\n"
SEEDS = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """`line` is where its loop stands in `source`; `verdict` is "split" or "stays"."""

    name: str
    section: str
    what: str
    verdict: str
    why: str
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Met:
    """What runs under some seeds showed: a difference, and how many values of chunks the loop used in all."""

    name: str
    difference: str
    opened: bool
    used: int


def read() -> list[Shape]:
    return [_shape(block) for block in SHAPES.read_text(encoding="utf-8").split("\n### ")[1:]]


def _shape(block: str) -> Shape:
    head, _, body = block.partition("\n")
    name, section, what, verdict, why = head.split(" | ")
    source = HEAVY + body.rstrip() + "\n"
    line = next(n for n, text in enumerate(source.splitlines(), 1) if "# here" in text)
    return Shape(name, section, what, verdict, why, source, line)


def table(shapes: list[Shape]) -> Iterator[str]:
    """The rows of the table, section by section."""
    yield "| | in the loop | | how, or why not | case |"
    yield "|---|---|---|---|---|"
    for section, held in groupby(shapes, key=lambda shape: shape.section):
        for number, shape in enumerate(held):
            yield f"| {section * (not number)} | {shape.what} | {shape.verdict} | {shape.why} | `{shape.name}` |"


def meet(processes: int) -> Iterator[Met]:
    """Runs every program by python and in chunks, in no particular order."""
    work = [[str(first), str(processes)] for first in range(processes)]
    yield from (Met(**row) for row in spread(__name__, work))


def main() -> None:
    """One process of several: `FIRST STEP`; a result a line. Without arguments, the table."""
    if len(sys.argv) == 1:
        print(*table(read()), sep="\n")
        return
    warm_up()
    first, step = map(int, sys.argv[1:])
    for shape in read()[first::step]:
        runs = [compare(shape.source, seed, objects=False) for seed in range(SEEDS)]
        openings = [o for run in runs for o in run.openings if o.line == shape.line]
        difference = next((run.difference for run in runs if run.difference), "")
        row = {"name": shape.name, "difference": difference, "opened": bool(openings)}
        print(json.dumps({**row, "used": sum(o.used for o in openings)}), flush=True)


if __name__ == "__main__":
    main()
