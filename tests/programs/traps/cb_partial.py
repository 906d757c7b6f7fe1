"""`map` calls a partial that changes what it is given."""
from functools import partial
def push(v, xs):
    xs.append(v)
    return len(xs)
lists = [[] for _ in range(5)]
def work(i):
    return list(map(partial(push, i), lists))
print([work(i) for i in range(10)], lists[0])
