"""Opening a region must not make the interpreter forget which warnings it has shown."""
import warnings


def warned(v):
    if v == 0:
        warnings.warn("shown once")
    return sum(range(v * 50))


for turn in range(3):
    print([warned(v) for v in range(6)])


class Pair:
    def __init__(self, a):
        assert (a, "always true")
        self.a = a


print([Pair(v).a + warned(v) for v in range(5)])
