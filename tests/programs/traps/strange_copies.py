"""Classes of which a pickled copy is another object: what a program never asks for must not show."""

import collections
import traceback


def work(v):
    return sum(v * k % 13 for k in range(300))


class LeavesOut:
    def __init__(self, w):
        self.w, self.cache = w, [w]

    def __getstate__(self):
        return {"w": self.w}


class Heir(LeavesOut):
    pass


class TakesOther:
    def __init__(self, w):
        self.w = w

    def __setstate__(self, state):
        self.w = 5


class Reduced:
    def __init__(self, w):
        self.w = w

    def __reduce__(self):
        return Reduced, (5,)


class Fahrenheit(float):
    def __new__(cls, celsius):
        return super().__new__(cls, celsius * 2 + 30)


class Loud(str):
    def __new__(cls, text):
        return super().__new__(cls, text + "!")


class Next(int):
    def __new__(cls, n):
        return super().__new__(cls, n + 1)


class Both(tuple):
    def __new__(cls, *both):
        return super().__new__(cls, both)


class Third(collections.namedtuple("Third", "a b")):
    def __new__(cls, a, b=0):
        return super().__new__(cls, a + 1, b)


class Marked:
    def __new__(cls, *given):
        made = super().__new__(cls)
        made.mark = len(given)
        return made

    def __init__(self, w):
        self.w = w
        del self.mark


class Doubles(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value * 2)


class Ordered(collections.OrderedDict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value * 2)


class Grows(list):
    def append(self, value):
        super().append(value * 2)

    def extend(self, values):
        super().extend([1, *values])


class Queue(collections.deque):
    def append(self, value):
        super().append(value * 2)


class Default(collections.defaultdict):
    def __init__(self, *given):
        super().__init__(list)
        self.q = 1

    def __setitem__(self, key, value):
        super().__setitem__(key, value * 2)


class Fault(Exception):
    def __init__(self, code):
        super().__init__(f"error {code}")


def filled(made, w):
    if isinstance(made, dict):
        made["x"] = w
    else:
        made.append(w)
    return made


def shown(x):
    names = ("w", "cache", "mark", "q", "a", "args")
    return type(x).__name__, [(name, getattr(x, name)) for name in names if hasattr(x, name)]


def plain(w):
    return [LeavesOut(w), Heir(w), TakesOther(w), Reduced(w)]


def computed(w):
    return [Fahrenheit(w), Loud(str(w)), Next(w), Both(w, 2), Third(w), Marked(w)]


def containers(w):
    return [filled(made, w) for made in (Doubles(), Ordered(), Grows(), Queue(), Default())]


def fails(v):
    if work(v) % 2 == 0:
        raise ValueError("even", v)
    return work(v)


def caught(v):
    try:
        return fails(v)
    except ValueError as fault:
        return fault


def from_another(v):
    try:
        try:
            fails(v)
            raise KeyError(v)
        except ValueError as fault:
            raise KeyError(v) from fault
    except KeyError as fault:
        return fault.with_traceback(None)


def unknown(v):
    return AttributeError(f"no {v}", name="n", obj=[work(v)])


for made in [plain(work(v)) for v in range(12)]:
    print([shown(x) for x in made])
for made in [computed(work(v)) for v in range(12)]:
    print([(shown(x), x if isinstance(x, float | str | int | tuple) else "") for x in made])
for made in [containers(work(v)) for v in range(12)]:
    print([(shown(x), list(x.items()) if isinstance(x, dict) else list(x)) for x in made])
for made in [Fault(work(v)) for v in range(12)]:
    print(made, made.args)
for made in [caught(v) for v in range(12)]:
    print(made if isinstance(made, int) else [frame.name for frame in traceback.extract_tb(made.__traceback__)])
for made in [from_another(v) for v in range(12)]:
    print(repr(made), repr(made.__cause__), repr(made.__context__))
for made in [unknown(v) for v in range(12)]:
    print(made, made.name, made.obj)

given = [x for w in (3, 5, 8, 13) for x in (*plain(w), *computed(w), *containers(w), Fault(w))]
print([shown(x) + (work(1),) for x in given])
for x in given:
    print(shown(x), work(2))
