"""The statistics of a cache are part of the output, and the second loop finds it warm."""
from functools import lru_cache


@lru_cache(maxsize=None)
def ways(amount, largest):
    if amount == 0:
        return 1
    return sum(ways(amount - coin, coin) for coin in range(1, min(amount, largest) + 1))


for amount in range(20, 480, 4):
    print(amount, ways(amount, 90))
print(ways.cache_info())
print([ways(amount, 5) for amount in range(200, 260)])
print(ways.cache_info())
