"""The loop changes arrays that the heavy part reads, through views, methods, functions and operators."""
import numpy as np
def f(x): return int(sum(range(x)))
a = np.arange(12).reshape(3, 4)
def work(i): return int(a[i % 3].sum()) + f(i)
for i in range(10):
    r = work(i)
    a[0] += r
    print(r)
for i in range(10):
    r = work(i)
    a.T[0, 1] = i
    print(r)
for i in range(10):
    r = work(i)
    np.add(a, 1, out=a)
    print(r)
b = a.ravel()
for i in range(10):
    r = work(i)
    b[2] = i
    print(r)
for i in range(10):
    r = work(i)
    b.sort()
    print(r)
c = a[:, 1:]
for i in range(10):
    r = work(i)
    for row in c: row[0] = i
    print(r)
for i in range(10):
    r = work(i)
    np.copyto(a, i)
    print(r)
for row in a:
    r = int(row.sum()) + f(3)
    row[:] = r
    print(r)
def sl(i):
    f(3)
    return a[i % 3]
vs = [sl(i) for i in range(8)]
vs[0][0] = 77
print(a[0, 0], vs[3][0])
rng = np.random.default_rng(3)
print([float(rng.random()) + f(i) for i in range(6)])
np.random.seed(2)
print([float(np.random.rand()) + f(i) for i in range(6)])
def own(i): return float(np.random.default_rng(i).normal()) + f(i)
print([own(i) for i in range(8)])
x = np.float64(0)
for i in range(10):
    x += own(i)
print(x, type(x))
tot = np.zeros(3)
for i in range(10):
    v = np.array([own(i), f(i), 1.0])
    tot += v
print(tot)
print(np.array([own(i) for i in range(5)]), sum(np.array([own(i), 1]) for i in range(5)))
with np.errstate(all="raise"):
    try: print([1.0 / np.float64(i - 3) + f(i) for i in range(6)])
    except FloatingPointError as e: print(e)
