"""Sums of floats: the last digit tells in which order they were added."""
import math


def integral(k):
    steps = 18_000
    return sum(math.sin(k * (i + 0.5) / steps) / (1 + i) for i in range(steps))


total = 0.1
product = 1.0
for k in range(1, 90):
    term = integral(k)
    total += term
    product *= 1 + term / 50
print(repr(total), repr(product))
print(repr(sum(integral(k) * 1e9 for k in range(90, 150))))
