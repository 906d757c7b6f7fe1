"""A cache gives several items the same list, which is changed afterwards."""
from functools import lru_cache
@lru_cache(maxsize=None)
def rows(k): return [sum(range(k))]
got = [rows(k % 3) for k in range(12)]
got[0].append(99)
print(got)
out = []
for k in range(12):
    r = rows(k % 4)
    r.append(k)
    out.append(len(r))
print(out)
