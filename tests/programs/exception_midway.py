"""One exception is caught and told, a second one ends the program half-way, with its context."""
import sys


class Broken(Exception):
    def __init__(self, item, why):
        super().__init__(f"item {item}: {why}")
        self.item = item


def check(n):
    total = 0
    for k in range(1, 200_000):
        total += k * n % 13
    if n == 23:
        raise Broken(n, total)
    try:
        return 1000 // (n - 41)
    except ZeroDivisionError:
        if n > 40:
            raise KeyError(n)
        return 0


done = []
try:
    for n in range(60):
        done.append(check(n))
except Broken as broken:
    print("caught", broken, broken.item, len(done), n, file=sys.stderr)
finally:
    print("so far", done)

for n in range(30, 60):
    print(n, check(n))
