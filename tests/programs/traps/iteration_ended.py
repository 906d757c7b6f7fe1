"""A function that raises StopIteration ends the map that calls it."""

from itertools import starmap


def heavy(n):
    total = n
    for step in range(40_000):
        total = (total * 31 + step) % 65521
    return total


def first_above(row):
    heavy(row[0])
    return next(v for v in row if v > 50)


def odd_until(n):
    if n == 12:
        raise StopIteration(heavy(n))
    return heavy(n) % 2


rows = [[(n * 9 + k * 7) % 90 for k in range(6)] for n in range(30)]
rows[8] = [1, 2, 3]
print(list(map(first_above, rows)))
print(list(filter(odd_until, range(30))))
print(list(starmap(lambda a, b: odd_until(a) + b, [(n, n) for n in range(30)])))
print(sum(map(odd_until, range(30))), max(map(odd_until, range(20))), dict(zip(range(20), map(odd_until, range(20)))))
for value in map(odd_until, range(20)):
    print(value, end=" ")
print()
collected = [0]
collected.extend(map(odd_until, range(20)))
print(len(collected))
