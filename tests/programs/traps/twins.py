"""Objects that light parts of a loop make, and that work hands back or puts into what it makes: there is one of each."""

from collections import deque


def work(v):
    return sum(v * k % 13 for k in range(2000))


def same(row):
    return row if work(row[0]) >= 0 else []


def beside(box):
    return {"work": work(box[0]), "box": box}


class Box:
    def __init__(self, a):
        self.a = a
        self.n = 0


def kept_in_function():
    kept, boxes = [], {}
    for a in range(40):
        box = [a]
        if a % 2:
            boxes[a] = box
        made = beside(box)
        kept.append(made)
    for box in boxes.values():
        box.append(1)
    print(kept)


kept = []
for a in range(40):  # a call that returns its argument
    row = [a]
    print(a)
    kept.append(same(row))
row.append(5)
print(kept)

pairs, last = [], None
for a in range(40):  # put beside work
    box = Box(a)
    print(box.a)
    pair = [work(a), box]
    pairs.append(pair)
    last = box
last.n += 5
print([(w, b.a, b.n) for w, b in pairs])

kept, boxes = [], []
for a in range(40):  # put into what a call makes
    box = [a]
    boxes.append(box)
    kept.append(beside(box))
for box in boxes:
    box.append(1)
print(kept)

u = 0
for a in range(40):  # given another name in an inner loop
    u += work(a)
    row = []
    col = []
    for b in (1, 5, a):
        for c in range(b % 3):
            work(c)
        col = row
    if u % 2 == 0:
        row, col = col, row
col.append(u)
print(row, col)

best = 0
for a in range(40):  # a number is no object of anybody's
    n = a * 2
    print(n)
    best = max(n, work(n) % 40)
    print(best)
kept_in_function()

kept, every = [], []
for a in range(40):  # put into a list, with work
    row = [a]
    every.append(row)
    found = []
    for b in range(3):
        found.append((work(b), row))
    kept.append(found)
for a in range(40):  # put into a list beside work
    row = [a]
    print(a)
    found = []
    found.append(work(a))
    found.append(row)
    every.append(row)
    kept.append(found)
for a in range(40):  # a copy holds the same parts
    rows = deque([[a], [a + 1]], 5)
    every.extend(rows)
    copied = deque(rows)
    copied.append(work(a))
    kept.append(copied)
for a in range(40):  # caught with an exception
    row = [a]
    every.append(row)
    try:
        raise KeyError(row)
    except KeyError as fault:
        caught = [work(a), fault.args[0]]
    kept.append(caught)
for row in every:
    row.append(1)
print(kept)
