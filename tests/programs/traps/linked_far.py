"""Long chains of objects where the program has raised the recursion limit: read by each item, items themselves, what
comes back. Copying them takes more of the stack than there is."""

import sys

sys.setrecursionlimit(1_000_000)


class Cell:
    def __init__(self, value, rest):
        self.value = value
        self.rest = rest


def chain(n):
    cells = None
    for i in range(n):
        cells = Cell(i, cells)
    return cells


def total(cells, x):
    found = 0
    while cells is not None:
        found += cells.value * x % 7
        cells = cells.rest
    return found


def nested(n, inner=()):
    for _ in range(n):
        inner = (inner,)
    return inner


def depth(inner):
    found = 0
    while inner:
        inner, found = inner[0], found + 1
    return found


LONG = chain(50_000)
DEEP = nested(50_000)
for i in range(5):
    print(total(LONG, i))

for i in range(5):
    print(depth(DEEP) + i)

for cells in [chain(30_000 + i) for i in range(5)]:
    print(total(cells, 3))

made = []
for i in range(5):
    made.append(chain(30_000 + i))
print([total(cells, 1) for cells in made])

deep = []
for i in range(5):
    deep.append(nested(30_000 + i))
print([depth(inner) for inner in deep])
print(sys.getrecursionlimit())
