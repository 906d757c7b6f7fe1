"""Recursion as deep as the C stack allows, through places that are watched, under the highest limit that there is."""
import sys

sys.setrecursionlimit(2**31 - 1)


def by_loop(n):
    for part in [n - 1, 0]:
        if part > 0:
            return 1 + by_loop(part)
    return 0


def by_comprehension(n):
    return sum([by_comprehension(part) + 1 for part in [n - 1] if part])


def by_while(n):
    k = total = 0
    while k < 3:
        k += 1
        if k == 2 and n:
            total += 1 + by_while(n - 1)
    return total


def by_map(n):
    return sum(map(by_map, [n - 1] if n else [])) + 1


def by_key(n):
    return sorted([n, 0, 0, 0], key=lambda m: by_key(m - 1) + 1 if m else 0)[-1] if n else 0


def work(n):
    return sum(k * n for k in range(100_000)) + by_loop(200_000 * (n == 23))


print([by_loop(200_000), by_comprehension(10_000), by_while(20_000), by_map(5_000), by_key(1_000)])
print([work(n) for n in range(40)], sys.getrecursionlimit())
