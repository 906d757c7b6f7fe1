"""Functions whose loops are not worth watching get the code back that the program wrote, wherever they were made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inside.lab import by_driver, by_python

WORK = """
def work(k):
    return len([d for d in (2, 3, 5) if k % d])

def size(function):
    return len(function.__code__.co_code)

"""
OFTEN = """
last = 0
for i in range(200):
    last = some(i + 0 * len(str(last)))  # so that this loop stays in order, whatever its items seem to take
print(size(some))
"""
PLACES = {
    "at the top": "def some(i):\n    return [work(i + j) for j in range(4)]\n\n" + OFTEN,
    "lambda": "some = lambda i: sum(work(i + j) for j in range(4))\n" + OFTEN,
    "map": "def some(i):\n    return sum(map(work, range(i)))\n\n" + OFTEN,
    "key": "def some(i):\n    return max(range(i + 1), key=work)\n\n" + OFTEN,
    "left early": """
def some(i):
    for j in range(100):
        if work(i + j) == 3:
            return j

"""
    + OFTEN,
    "while": """
def some(i):
    n = j = 0
    while j < 4:
        n += work(i + j)
        j += 1
    return n

"""
    + OFTEN,
    "wrapped": """
def wrap(function):
    def inner(i):
        return function(i)
    inner.within = function
    return inner

@wrap
def some(i):
    return [work(i + j) for j in range(4)]

for i in range(200):
    some(i)
print(size(some.within))
""",
    "closure": """
def run():
    def some(i):
        return [work(i + j) for j in range(4)]

    for i in range(200):
        some(i)
    print(size(some))

run()
""",
    "closure made anew": """
def make():
    def some(i):
        return [work(i + j) for j in range(4)]

    return some

for i in range(200):
    make()(i)
print(size(make()))
""",
    "method of a class in a function": """
def make():
    class Some:
        def some(self, i):
            return [work(i + j) for j in range(4)]

    return Some()

one = make()
for i in range(200):
    one.some(i)
print(size(one.some.__func__))
""",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_function_called_often_runs_as_written(place: str, tmp_path: Path) -> None:
    program = tmp_path / "prog.py"
    program.write_text(WORK + PLACES[place], encoding="utf-8")
    for name in ("python", "marx"):
        (tmp_path / name).mkdir()
    seen, _ = by_driver(program, tmp_path / "marx", seed=1, cost="real")
    assert seen == by_python(program, tmp_path / "python")
