"""Prints one line for each item, as soon as it is there, some of them to stderr."""
import sys


def longest_run(n):
    digits = str(7**n) * 2
    best = run = 1
    for a, b in zip(digits, digits[1:]):
        run = run + 1 if a == b else 1
        best = max(best, run)
    return best


for n in range(2000, 5000, 5):
    run = longest_run(n)
    print(f"7**{n}: {run}")
    if run > 4:
        print("a long one:", n, file=sys.stderr)
print("end", end="")
