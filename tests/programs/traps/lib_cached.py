"""A cached function whose module's text never changes what it reads."""

from functools import lru_cache

FACTOR = 3


@lru_cache(maxsize=None)
def cached(n):
    return sum(range(n * 9)) * FACTOR


def again(n):
    return [cached(i) for i in range(n)]
