"""How deep a function may recurse is visible, and set by the program."""
import sys


def depth(n):
    return 1 + depth(n - 1) if n else 0


def reached(n):
    try:
        for _ in range(15):
            depth(n)
        return n
    except RecursionError:
        return -1


print([reached(n) for n in range(800, 980, 5)])
print([reached(n) for n in range(1100, 1120)], sys.getrecursionlimit())
sys.setrecursionlimit(3000)
print([reached(n) for n in range(1000, 2400, 40)])


def raise_the_limit(n):
    sys.setrecursionlimit(3000 + n)
    return sys.getrecursionlimit() + reached(2000 + n)


print([raise_the_limit(n) for n in range(0, 600, 20)], sys.getrecursionlimit())
