"""Elements of arrays written where they were read: a view of the array, or one that it is a view of, shows the writes."""

import numpy as np


def heavy(v):
    s = 0
    for k in range(3000):
        s = (s * 31 + k * int(v)) % 1000003
    return s


N = 14
xs = np.arange(N)
for i in range(len(xs)):
    xs[i] = heavy(xs[i])
print("own", xs)
for i, x in enumerate(xs):
    xs[i] = heavy(x)
print("in step", xs)
for i in range(N):
    xs[i] += heavy(xs[i])
print("updated", xs)
view = xs[::-1]
for i in range(N):
    xs[i] = heavy(xs[i] + view[i])
print("read by a view", xs)
for i, v in enumerate(view):
    xs[i] = heavy(v)
print("gone over by a view", xs)
for i in range(N):
    view[i] = heavy(view[i] + xs[i])
print("written by a view", xs)
for v in view:
    xs[int(v) % N] = heavy(v)
print("written under a view", xs)
rows = np.arange(3 * N).reshape(N, 3)
for i, row in enumerate(rows):
    rows[i] = [heavy(v) for v in row]
print("rows", rows.sum(axis=0))
for i in range(N):
    rows[i] = [heavy(v) for v in rows[i]]
print("rows by number", rows.sum(axis=0))
