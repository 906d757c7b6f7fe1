"""The call that uses up a map or generator changes objects that it was handed, and that the mapped function reads."""
from functools import reduce
TABLE = [[1], [2]]
def heavy(n):
    return sum(range(n))
def f(i):
    heavy(10)
    return TABLE[i % 2], len(TABLE[i % 2])
for r, n in map(f, range(9)):
    r.append(n)
print(TABLE)
def g(acc, pair):
    pair[0].append(acc)
    return acc + pair[1]
print(reduce(g, map(f, range(9)), 0), TABLE)
print(reduce(g, (f(i) for i in range(9)), 0), TABLE)
for r, n in (f(i) for i in range(9)):
    r.append(n)
print(TABLE)
