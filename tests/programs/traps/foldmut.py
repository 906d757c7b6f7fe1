"""The loop changes what the heavy part reads, in three dozen ways."""
def f(x): return sum(range(x))
def total(xs): return sum(xs) + len(xs)
xs = [1, 2]
for i in range(10):
    r = total(xs) + f(i)
    xs.append(r % 5)
    print(r)
ys = xs
for i in range(10):
    r = total(xs) + f(i)
    ys.append(r % 5)
    print(r)
class O: pass
o = O(); o.xs = xs
for i in range(10):
    r = total(xs) + f(i)
    o.xs.append(1)
    print(r)
def get(): return xs
for i in range(10):
    r = total(xs) + f(i)
    get().append(1)
    print(r)
pair = (xs, 3)
for i in range(10):
    r = total(xs) + f(i)
    a, b = pair
    a.append(b)
    print(r)
d = {"k": xs}
for i in range(10):
    r = total(xs) + f(i)
    for v in d.values(): v.append(1)
    print(r)
for i in range(10):
    r = total(d["k"]) + f(i)
    d.setdefault("k", []).append(1)
    print(r)
nest = [[xs]]
for i in range(10):
    r = total(nest[0][0]) + f(i)
    xs += [1]
    print(r)
for i in range(10):
    r = total(xs) + f(i)
    xs[0], xs[1] = xs[1], r % 7
    print(r)
for i in range(10):
    r = total(xs) + f(i)
    del xs[-1]
    print(r)
for i in range(10):
    r = total(xs) + f(i)
    xs = [*xs, 1]
    print(r)
for i in range(10):
    r = total(xs) + f(i)
    xs[:] = [r % 3] * 3
    print(r)
for i in range(10):
    r = total(xs) + f(i)
    for xs[0] in (r, 2 * r): pass
    print(r)
for i in range(10):
    r = total(xs) + f(i)
    [xs.append(j) for j in (1,)]
    print(r)
import copy, heapq, bisect, random
for i in range(10):
    r = total(xs) + f(i)
    heapq.heappush(xs, r % 3)
    print(r)
for i in range(10):
    r = total(xs) + f(i)
    bisect.insort(xs, 1)
    print(r)
rng = random.Random(4)
for i in range(10):
    r = sum(j * x for j, x in enumerate(xs)) + f(i)
    rng.shuffle(xs)
    print(r)
s = {1, 2}
for i in range(10):
    r = total(s) + f(i)
    s |= {r}
    print(r)
from collections import deque, Counter
q = deque([1, 2], maxlen=3)
for i in range(10):
    r = total(q) + f(i)
    q.append(r % 9)
    print(r)
c = Counter()
for i in range(10):
    r = total(c.values()) + f(i)
    c[r % 3] += 1
    c.update("ab")
    print(r)
arr = bytearray(4)
for i in range(10):
    r = total(arr) + f(i)
    arr[1] = i
    print(r)
import operator
for i in range(10):
    r = total(xs) + f(i)
    operator.setitem(xs, 0, r % 5)
    print(r)
import functools
def acc(a, v):
    a.append(v)
    return a
for i in range(10):
    r = total(xs) + f(i)
    functools.reduce(acc, [1, 2], xs)
    print(r)
for i in range(10):
    r = total(xs) + f(i)
    any(acc(xs, v) for v in [1])
    print(r)
for i in range(10):
    r = total(xs) + f(i)
    try: raise ValueError(xs)
    except ValueError as e: e.args[0].append(1)
    print(r)
def default(a=xs): a.append(2)
for i in range(10):
    r = total(xs) + f(i)
    default()
    print(r)
def kw(**k): k["a"].append(2)
for i in range(10):
    r = total(xs) + f(i)
    kw(a=xs)
    print(r)
def st(*k): k[0].append(2)
for i in range(10):
    r = total(xs) + f(i)
    st(*[xs])
    print(r)
def ret(*a): return a
for i in range(10):
    r = total(xs) + f(i)
    ret(1, xs)[1].append(1)
    (xs if i % 2 else xs).append(3)
    (lambda: xs)().append(4)
    print(r)
