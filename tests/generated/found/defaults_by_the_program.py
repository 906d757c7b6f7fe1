"""Dicts that call the program for their defaults, and iterators that ask its objects by number."""
from collections import defaultdict
from functools import partial
def heavy(x):
    return sum(range(x * 400 % 3000))
seen = []
def made():
    seen.append(1)
    return 0
def noted(kind):
    seen.append(kind)
    return 0
class Box:
    def __init__(self):
        seen.append(1)
        self.held = 0
class Holder:
    def __init__(self): self.counts = defaultdict(made)
def numbered():
    class Numbers:
        def __len__(self): return 99
        def __getitem__(self, place):
            seen.append(place)
            return place
    return Numbers()
def add(counts, i): counts[i] += 1
counts, kinds, boxes, held = defaultdict(made), defaultdict(partial(noted, 1)), defaultdict(Box), Holder()
inner, backwards, forwards = defaultdict(lambda: defaultdict(made)), reversed(numbered()), iter(numbered())
quiet = defaultdict(lambda: [0, 0])
out = []
for i in range(8):
    v = heavy(i) + len(seen)
    counts[i] += 1
    out.append(v)
for i in range(8):
    v = heavy(i) + len(seen)
    kinds[i] += 1
    out.append(v)
for i in range(8):
    v = heavy(i) + len(seen)
    boxes[i].held += 1
    out.append(v)
for i in range(8):
    v = heavy(i) + len(seen)
    add(held.counts, i)
    out.append(v)
for i in range(8):
    v = heavy(i) + len(seen)
    inner[i]["a"] += 1
    out.append(v)
for i in range(8):
    v = heavy(i) + len(seen)
    out.append((v, next(backwards)))
for i in range(8):
    v = heavy(i) + len(seen)
    out.append((v, next(forwards)))
for i in range(8):
    v = heavy(i) + len(seen)
    quiet[i % 3][0] += v
print(out, quiet)
