"""Iterators that pass on what a map or generator makes: enumerate, zip, comprehensions, accumulate."""
import itertools
def heavy(n):
    return sum(range(n % 7, n * 3))
for i, r in enumerate(map(heavy, range(20))):
    print(i, r)
keys = [3, 5, 9, 11]
print(dict(zip(keys, map(heavy, keys))))
print([r + 1 for r in map(heavy, keys) if r % 2])
print({k: v for k, v in zip(keys, (heavy(k) for k in keys))})
print(sum(x * 2 for x in map(heavy, keys)))
print(list(itertools.accumulate(map(heavy, range(12)))))
print([a for b in [keys, keys] for a in map(heavy, b)])
print(max(enumerate(heavy(k) for k in keys), key=lambda p: -p[1]))
log = []
def noisy(k):
    log.append(k)
    return heavy(k)
print([(r, len(log)) for r in map(heavy, keys) if not log.append(r)], log)
print([(r, len(log)) for r in map(noisy, keys)], log)
print(list(zip(map(heavy, range(100)), "abc")))
