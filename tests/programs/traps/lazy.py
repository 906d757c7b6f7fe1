"""map, filter, starmap and generators: consumed in full, in part, by turns, with errors and clean-up."""
from itertools import starmap, takewhile, accumulate, groupby, chain
def f(x): return sum(range(x % 13))
def g(a, b): return f(a) * b
seen = []
def odd(x): return f(x) % 2
def note(x):
    seen.append(x)
    return f(x) % 2
xs = list(range(30))
print(list(filter(odd, xs)), list(filter(None, map(f, xs)))[:5], list(filter(note, xs))[:3], len(seen))
print(list(starmap(g, zip(xs, xs)))[:5], sum(starmap(g, [(1, 2)] * 9)), list(map(g, xs, xs))[:4])
for i, r in enumerate(map(f, xs)):
    xs[-1] = i
    if i > 25: print(i, r)
for r in filter(odd, xs):
    if r == 11: break
print(r)
for k, grp in groupby(xs, key=f): print(k, list(grp)[:2], end=" ")
print(list(takewhile(lambda v: f(v) < 30, xs)), list(accumulate(xs, lambda a, b: a + f(b)))[-1])
print(any(map(odd, xs)), all(f(x) >= 0 for x in xs), next((x for x in xs if f(x) > 20), None))
print(dict(zip(xs, map(f, xs))) == {x: f(x) for x in xs}, "".join(map(str, map(f, range(9)))))
print([*map(f, range(5)), *(f(x) for x in range(3))], {**{x: f(x) for x in range(4)}}, (lambda *a: a)(*map(f, range(4))))
a, *b = map(f, range(6)); print(a, b)
print(max(map(f, xs)), sorted(map(f, xs))[:3], len(set(map(f, xs))), tuple(map(f, range(4))), list(map(None.__class__, [])))
m = map(f, xs)
print(next(m), list(m)[:3], list(m))
try: print(list(map(f, [1, 2, "x", 4])))
except TypeError as e: print(e)
try: print(list(map(lambda x, y: f(x) // y, [20, 30, 40], [1, 0, 2])))
except ZeroDivisionError as e: print(e)
def gen():
    for x in range(12):
        v = f(x)
        yield v
        seen.append(v)
print(list(gen()), len(seen))
g1 = gen()
print(next(g1), next(g1), len(seen)); g1.close()
def gen2():
    try:
        for x in range(12):
            y = yield f(x)
            if y: seen.append(y)
    finally: print("closed")
h = gen2(); print(next(h), h.send(5), len(seen)); h.close()
for a, b in zip(gen(), gen()): print(a, b, end=";")
def gen3():
    for x in range(12):
        r = f(x) + len(seen)
        yield r
for v in gen3(): seen.append(v)
print(seen[-12:])
def early():
    for x in range(40):
        v = f(x)
        yield v
for v in early():
    if v > 10: break
print(v)
e = [early() for _ in range(3)]
print([next(x) for x in e], [next(x) for x in e], sum(e[0]))
