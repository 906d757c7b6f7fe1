"""Ends in the middle of a loop, from inside the function, with a code of its own, after an `atexit` and a `finally`."""
import atexit
import sys


def work(n):
    total = sum(i * n % 29 for i in range(200_000))
    if n == 37:
        sys.exit(3)
    return total


atexit.register(print, "good-bye")
results = []
try:
    for n in range(80):
        results.append(work(n))
        if n % 10 == 0:
            print(n, results[-1])
finally:
    print("ended at", n, len(results))
