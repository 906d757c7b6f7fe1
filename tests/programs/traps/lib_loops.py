"""Loops in functions of a module that a program imports."""

from functools import lru_cache

SCALE = 3
HITS = 0
LOG = []
TABLE = {1: 2}
KINDS = {"double": lambda n: n * 2 * SCALE}


def heavy(n):
    return sum(i * i % 7 for i in range(n * 30)) * SCALE


def counted(n):
    global HITS
    HITS += 1
    return heavy(n) + HITS


@lru_cache(maxsize=None)
def cached(n):
    return heavy(n)


EARLY = [heavy(i) for i in range(6)]


def build(n):
    made = []
    for i in range(n):
        v = heavy(i)
        made.append(v)
    return made


BUILT = build(6)


def total(n):
    t = 0
    for i in range(n):
        t += heavy(i)
    return t


def counting(n):
    return [counted(i) for i in range(n)]


def logging(n):
    for i in range(n):
        v = heavy(i) + len(LOG)
        LOG.append(v)
    return LOG


def caching(n):
    return [cached(i % 4) for i in range(n)]


def closures(n):
    base = n * 2

    def one(i):
        return sum(j % base for j in range(i * 30)) + SCALE

    return [one(i) for i in range(n)] + list(map(lambda i: one(i) + base, range(n)))


def by_kind(kind, n):
    f = KINDS[kind]
    return [f(i) for i in range(n)]


def handed(f, xs):
    return [f(x) for x in xs]


def stepping(n):
    i = 0
    while i < n:
        v = heavy(i)
        print("step", v)
        i += 2


def yielding(n):
    for i in range(n):
        v = heavy(i)
        yield v


def scaling(n):
    global SCALE
    for i in range(n):
        v = heavy(i)
        SCALE = SCALE + v % 2
    return SCALE


def failing(n):
    for i in range(n):
        v = heavy(i)
        print("at", i, v)
        w = 10 // (n - 3 - i) + heavy(2)
        print(w)


def ordered(xs):
    return sorted(xs, key=lambda x: (heavy(x) % 5, x))


class Sim:
    made = 0

    def __init__(self, k, seen=None):
        self.k = k
        self.seen = [] if seen is None else seen

    def cost(self, i):
        return heavy(i) * self.k

    def all(self, n):
        for i in range(n):
            c = self.cost(i)
            self.seen.append(c)
        return sum(self.seen)

    def drifting(self, n):
        for i in range(n):
            c = self.cost(i)
            self.k += c % 3
        return self.k


def sims(n):
    return [Sim(i).all(3) for i in range(n)]
