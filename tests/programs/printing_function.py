"""The function that would run apart prints, to both streams, and writes without a line end."""
import sys


def solve(n):
    if n % 9 == 0:
        print("solving", n)
    low, high = 0.0, 10.0
    for _ in range(20_000):
        middle = (low + high) / 2
        if middle**3 + middle < n:
            low = middle
        else:
            high = middle
    if n % 25 == 0:
        sys.stderr.write(f"slow: {n}\n")
    sys.stdout.write("." if n % 20 else ".\n")
    return low


roots = [solve(n) for n in range(130)]
print(sum(roots))
print([round(solve(n), 6) for n in range(200, 230) if n % 2])
