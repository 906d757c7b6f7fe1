"""The statistics of a cache are printed."""
from functools import lru_cache
@lru_cache
def f(k): return sum(range(k))
print([f(k % 5) for k in range(20)])
print(f.cache_info())
