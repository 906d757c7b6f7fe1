"""The work of loop.py, split by hand over two processes."""

import sys
from concurrent.futures import ProcessPoolExecutor

SCALE = int(sys.argv[1])


def orbit(k):
    x, total = k + 1, 0
    for _ in range((k * 37 % 100 + 1) * SCALE):
        x = (x * 48271 + 11) % 2147483647
        total ^= x
    return total


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(orbit, range(100)))
    print(sum(results), results[:3])
