"""Which loops over files may be read ahead: nobody can tell afterwards how far they were read."""

from __future__ import annotations

import pytest

from marx.program import analyse

HEAD = """
import csv, sys
def work(x):
    return sum(range(len(x)))
total = 0
"""
LAST = "with open(path) as f:\n    for line in f:\n        total += work(line)\n"
MAKER = "def make(path):\n    with open(path, 'w') as made:\n        made.write('x')\n"


def reads_on(source: str) -> list[bool]:
    return [region.reads_on for region in analyse(HEAD + source, "prog.py").regions]


@pytest.mark.parametrize(
    "source",
    [
        "for line in open(path):\n    total += work(line)\n",
        "made = [work(line) for line in open(path)]\n",
        "for row in csv.reader(open(path)):\n    total += work(row)\n",
        LAST,
        LAST + LAST,
        "for path in paths:\n    with open(path) as f:\n        for line in f:\n            total += work(line)\n",
        "with open(path) as f:\n    next(f)\n    for number, line in enumerate(f):\n        total += work(line)\n",
        "with open(path) as f:\n    rows = csv.reader(f)\n    next(rows)\n    made = [work(row) for row in rows]\n",
        "for line in sys.stdin:\n    total += work(line)\n",
        "def run(path):\n    f = open(path)\n    return [work(line) for line in f]\n",
        MAKER + "make(path)\n" + LAST,
        MAKER + "def report(total):\n    make('sums.txt')\n" + LAST + "report(total)\n",
    ],
)
def test_nobody_looks_again(source: str) -> None:
    assert any(reads_on(source))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(LAST + "    print(f.read())\n", id="read again after the loop"),
        pytest.param(LAST + "print(f.closed)\n", id="named again after its block"),
        pytest.param("f = open(path)\ng = f\n" + LAST.split("\n", 1)[1].replace("    f", "f", 1), id="a second name"),
        pytest.param(LAST.replace("total +=", "next(f); total +="), id="stepped in the body"),
        pytest.param(
            "with open(path) as f:\n    for _ in range(2):\n        for line in f:\n            total += work(line)\n",
            id="a loop around",
        ),
        pytest.param(
            "with open(path) as f:\n    def more():\n        return next(f)\n    for line in f:\n"
            "        total += work(line) + len(more())\n",
            id="a function that steps it",
        ),
        pytest.param(LAST.replace("total +=", "open(path, 'a').write('x'); total +="), id="written in the body"),
        pytest.param(
            "from pathlib import Path\n" + LAST.replace("total +=", "Path(path).open('w'); total +="),
            id="a path opened",
        ),
        pytest.param(MAKER + LAST.replace("work(line)", "make(line)"), id="written by a function"),
        pytest.param(
            MAKER + "def again():\n    make(path)\n" + LAST.replace("work(", "again("), id="by way of another"
        ),
        pytest.param(MAKER + "makers = [make]\n" + LAST.replace("work(", "makers[0]("), id="handed on"),
        pytest.param(MAKER + "from prog import make as m\n" + LAST.replace("work(", "m("), id="another name"),
        pytest.param(
            "save = lambda: open(path, 'w')\n" + LAST.replace("work(", "save("), id="a function without a name"
        ),
        pytest.param(
            MAKER + "class Log:\n    def __add__(self, other):\n        make(path)\n        return self\n" + LAST,
            id="a special method",
        ),
        pytest.param(
            MAKER + "def made():\n    while True:\n        yield make(path)\nwaiting = made()\n"
            "with open(path) as f:\n    for line in f:\n        total += work(line)\n        next(waiting)\n",
            id="a generator that was begun before",
        ),
        pytest.param(
            MAKER + "def totals():\n    for line in open(path):\n        yield work(line)\n"
            "for one in totals():\n    make(path)\n",
            id="whoever takes what is yielded",
        ),
        pytest.param("for line in sys.stdin:\n    total += work(line)\nprint(input())\n", id="input after"),
        pytest.param("f = make(path)\nfor line in f:\n    total += work(line)\n", id="made by somebody"),
    ],
)
def test_somebody_could(source: str) -> None:
    assert not any(reads_on(source))
