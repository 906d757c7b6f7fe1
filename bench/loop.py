"""A plain loop over a hundred items of very different cost. The argument scales all of them."""

import sys

SCALE = int(sys.argv[1])


def orbit(k):
    """Item 0 costs one unit, item 63 a hundred of them, in no order that would help."""
    x, total = k + 1, 0
    for _ in range((k * 37 % 100 + 1) * SCALE):
        x = (x * 48271 + 11) % 2147483647
        total ^= x
    return total


results = []
for k in range(100):
    results.append(orbit(k))
print(sum(results), results[:3])
