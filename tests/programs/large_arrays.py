"""A captured array that is large enough to be pickled beside the rest."""

import numpy as np

TABLE = np.arange(14_400, dtype=float).reshape(120, 120) % 7


def work(k):
    total = TABLE
    for _ in range(40):
        total = (total * 3 + k) % 11
    return float(total.sum())


results = []
for k in range(60):
    results.append(work(k))
print(sum(results), results[:3])
