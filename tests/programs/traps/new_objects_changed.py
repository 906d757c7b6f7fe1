"""Objects that an item makes and changes: by their methods, by functions that are handed them, by what they hold. Some
of them hold something that is shared, or are kept."""

import random


def heavy(x):
    return sum(i * x % 7 for i in range(40))


class Sim:
    def __init__(self, seed, shared=None):
        self.rng = random.Random(seed)
        self.log = []
        self.shared = shared
        self.rows = [[seed], [shared]]

    def step(self):
        self.log.append(self.rng.random())

    def run(self, n):
        for _ in range(n):
            self.step()
        return round(sum(self.log), 9)

    def note(self, x):
        self.shared.append(heavy(x))
        return len(self.shared)

    def note_inside(self, x):
        self.rows[1][0].append(heavy(x))
        return len(self.rows[1][0])


print([Sim(i).run(9) for i in range(9)])
total = 0
for i in range(9):
    total += Sim(i).run(9)
print(total)
shared = []
print([Sim(i, shared).run(9) for i in range(9)])
print([Sim(i, shared).note(i) for i in range(9)])
print([Sim(i, shared).note_inside(i) for i in range(9)])
total = 0
for i in range(9):
    total += Sim(i, shared).note_inside(i)
print(total, len(shared))

lists = [[i] for i in range(9)]
print([Sim(x, x).run(3) if not x else Sim(x[0], x).note(x[0]) for x in lists])
print(lists)
print([Sim(x[0], x).note_inside(x[0]) for x in lists], lists)


def grow(row, i):
    row.append(heavy(i))
    row.extend(row)
    return sum(row)


print([grow([], i) for i in range(9)], [grow([i], i) for i in range(9)])
kept = []
for i in range(9):
    kept.append(grow(kept[:2], i))
print(kept)
kept = []
for i in range(9):
    row = []
    kept.append(row)
    print(grow(row, i), sum(map(len, kept)), end=" ")
last = []
for i in range(9):
    print(grow(last, i), end=" ")
    last = [i]


def same(row, i):
    row.append(heavy(i))
    return row


rows = []
for i in range(9):
    rows.append(same(same([], i), i))
    rows[-1].append(len(rows))
    rows[0].append(same([], i)[0])
print(rows)
pool = [[] for _ in range(3)]
print([grow(pool[i % 3], i) for i in range(9)], pool)
print([grow(random.Random(i).choice(pool), i) for i in range(9)], pool)
