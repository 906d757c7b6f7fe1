"""Opening a region must not make the interpreter forget which warnings it has shown, nor show one that it has."""
import warnings


class Pair:
    def __init__(self, a):
        assert (a, "always true")
        self.a = a


def heavy(v):
    return sum(range(v * 50)) + Pair(v).a


for turn in range(3):
    warnings.warn("shown once")
    print([heavy(v) for v in range(6)])
