"""`match`: what a pattern binds is this round's only if the pattern has matched, and cases have effects in order."""


def heavy(v):
    s = 0
    for k in range(3000):
        s = (s * 31 + k * v) % 1000003
    return s


class Point:
    __match_args__ = ("x", "y")
    asked = 0

    def __init__(self, x, y):
        self.x, self.y = x, y


shapes = [("circle", i) if i % 2 else ("rect", i, i + 1) for i in range(14)]
total, seen = 0, []
for shape in shapes:
    match shape:
        case ("circle", r):
            total += heavy(r)
        case ("rect", w, h) if w % 4:
            total += heavy(w) * heavy(h)
        case _:
            total -= 1
print("bound by a pattern", total)
for shape in shapes:
    match shape:
        case ("circle", r):
            seen.append(r)
        case ("rect", w, h):
            total += heavy(w + (r if seen else 0))
print("bound by a round before", total, r)
last = 1
for shape in shapes:
    match shape:
        case ("circle", last):
            pass
        case _:
            total += heavy(last)
print("carried by a pattern", total, last)
for shape in shapes:
    match shape:
        case ("circle", r) if r > last:
            last = r
            total += heavy(last)
        case ("rect", w, h) if (last := heavy(w)) % 2:
            total += last
        case _:
            break
print("guards that bind", total, last)
for i in range(14):
    match heavy(i) % 4:
        case 0:
            total += heavy(i + 1)
        case 1 | 2 as kind:
            seen.append(kind)
        case other:
            value = heavy(other + i)
            total -= value
print("the subject is the work", total, seen[-5:], value)
for i in range(14):
    match Point(i, i * i):
        case Point(x, 4) | Point(4, x):
            total += heavy(x)
        case Point(x=0):
            continue
        case Point(x, y):
            total += heavy(x) - heavy(y)
print("classes", total)
tables = [{"kind": i % 3, "v": i, "w": -i} for i in range(14)]
for table in tables:
    match table:
        case {"kind": 0, **rest}:
            total += heavy(rest["v"])
            rest["v"] = 0
        case {"kind": 1, "v": v}:
            total += heavy(v)
            table["v"] = -1
        case {"v": v, "w": w}:
            total -= heavy(v + w)
print("mappings", total, tables[:4])
for row in [[i, *range(i)] for i in range(10)]:
    match row:
        case [first, *others]:
            total += heavy(first + sum(others))
print("sequences", total, first, others)
