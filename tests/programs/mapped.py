"""Lazy `map` and `starmap`, consumed by `list`, `sum` and `max` with a key."""
from itertools import starmap


def power_tower(base, height):
    value = 1
    for _ in range(height):
        value = pow(base, value % 1_000_003 + 1, 1_000_003)
    return value


def digit_sum(n):
    return sum(int(digit) for digit in str(3**n))


print(list(starmap(power_tower, [(b, 9000 + b) for b in range(2, 30)])))
print(sum(map(digit_sum, range(1500, 1600))))
print(max(range(2000, 2080), key=digit_sum))
