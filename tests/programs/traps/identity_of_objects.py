"""Identity comparisons that no copy could change, and loops that may run apart beside them."""
from dataclasses import dataclass
from enum import Enum

MISSING = object()

class Color(Enum):
    RED = 1
    BLUE = 2

@dataclass
class Box:
    weight: int
    color: Color = Color.RED

class Body:
    def __init__(self, m):
        self.mass = m
        self.friends = []
    def others(self, bodies):
        return [b for b in bodies if b is not self]

def pull(body, bodies):
    f = 0
    for other in bodies:
        if other is body:
            continue
        f += other.mass * body.mass % 7
    return f

def weigh(box, default=MISSING):
    if default is MISSING:
        default = 1
    return sum(range(box.weight)) * default if box.color is Color.RED else 0

def same(a, b):
    return a.mass is not None and a is b and b.mass > 0

bodies = [Body(i) for i in range(12)]
print([pull(b, bodies) for b in bodies])
out = []
for b in bodies:
    o = b.others(bodies)
    out.append((len(o), sum(x.mass for x in o)))
print(out)
boxes = [Box(i * 7 % 5, Color.RED if i % 2 else Color.BLUE) for i in range(10)]
worths = [weigh(b) for b in boxes]
print(worths)
heaviest = max(boxes, key=lambda b: b.weight)
for b in boxes:
    print(weigh(b), "*" if b is heaviest else "-")
picked = [max(bodies, key=lambda b: (b.mass * k) % 7) for k in range(9)]
print([bodies.index(p) for p in picked], [p is bodies[0] for p in picked], [same(p, picked[0]) for p in picked])
head = bodies[0]
for b in bodies:
    b.friends.append(head)
print(all(b.friends[0] is head for b in bodies))
