"""Definitions that generated programs draw on by name: classes, and functions with the states that a careless splitter
forgets. Each is text, and only what a program names is put into it."""

from __future__ import annotations

BOX_HEADS: tuple[str, ...] = (
    """
class Box:
    made = 0

    def __init__(self, n, items=None):
        self.n = n
        self.items = [n, n + 1] if items is None else items
        self.tag = "t" + str(n)
        self.mate = None
""",
    """
class Box:
    made = 0

    def __init__(self, n, items=()):
        self.n = n
        self.items = list(items)
        self.tag = "t" + str(n)
        self.mate = None
        {count}
""",
    """
@dataclass
class Box:
    n: int
    items: list = field(default_factory=list)
    tag: str = "box"
    mate: "Box" = None
    made = 0
""",
    """
class Box:
    __slots__ = ("n", "items", "tag", "mate")
    made = 0

    def __init__(self, n, items=None):
        self.n = n
        self.items = items or [n]
        self.tag = "t%d" % n
        self.mate = None
""",
    """
class Base:
    made = 0

    def __init__(self, n):
        self.n = n
        self.tag = "base"

    def total(self):
        return self.n


class Box(Base):
    def __init__(self, n, items=None):
        super().__init__(n)
        self.items = items if items is not None else []
        self.mate = None
        {count}
""",
)

BOX_METHODS: dict[str, str] = {
    ".total": """
    def total(self):
        return {total}
""",
    ".bump": """
    def bump(self, k):
        self.n += k
        {bump}
        return self
""",
    ".scaled(": """
    def scaled(self, k):
        return Box(self.n * k % 101, {items})
""",
    ".scaled_by": """
    def scaled_by(self, k):
        return (self.n * k + len(self.items)) % 101
""",
    ".half": """
    @property
    def half(self):
        {half}
        return self.n // 2
""",
    "": """
    def __repr__(self):
        return f"Box({self.n}, {self.items})"
""",
}
"""By the text that asks for them."""
BOX_CHOICES: dict[str, tuple[str, ...]] = {
    "count": ("pass", "pass", "Box.made += 1"),
    "total": ("self.n + sum(self.items)", "self.n * 2", "sum(q * self.n for q in self.items)", "self.n + Box.made"),
    "bump": ("pass", "self.items.append(k)", "Box.made += 1"),
    "items": ("self.items", "list(self.items)", "self.items[:2]"),
    "half": ("pass", "pass", "pass", "pass", "self.items.append(0)"),
}
BOX_EXTRAS: dict[str, str] = {
    "<box> == <box>": """
    def __eq__(self, other):
        return isinstance(other, Box) and self.n == other.n

    def __hash__(self):
        return hash(self.n)
""",
    "sorted(<boxes>)": """
    def __lt__(self, other):
        return self.n < other.n
""",
    "<box> + <k>": """
    def __add__(self, k):
        return (self.n + k) % 1009
""",
    "<1:box@> += <k>": """
    def __iadd__(self, k):
        self.n = (self.n + k) % 1009
        return self
""",
    "<box@>(<k>)": """
    def __call__(self, k):
        self.n = (self.n + k) % 1009
        return self.n
""",
    "len(<box>)": """
    def __len__(self):
        return len(self.items) + 1
""",
    "sum(<box>) % 97": """
    def __iter__(self):
        return iter(self.items)
""",
    "<box>[0]": """
    def __getitem__(self, place):
        return self.items[place] if place < len(self.items) else 7
""",
}
"""Special methods, by the template that needs them. A program has few: one that changes its object makes many more
operations suspect."""

DEFINITIONS: dict[str, str] = {
    "noisy": "def noisy(v):\n    print('noisy', v)\n    return (v * 7) % 101\n",
    "counting": "calls = 0\n\n\ndef counting(v):\n    global calls\n    calls += 1\n    return v % 100 + calls\n",
    "ticket": "ticket = itertools.count(5)\n",
    "dice": "dice = random.Random(4)\n",
    "remembered": (
        "memory = {}\n\n\ndef remembered(v):\n    if v not in memory:\n        memory[v] = len(memory)\n"
        "    return memory[v]\n"
    ),
    "keeping": "def keeping(v, kept=[]):\n    kept.append(v)\n    return len(kept)\n",
    "adding": (
        "def adding(v):\n    adding.total = getattr(adding, 'total', 0) + 1\n    return (v + adding.total) % 1009\n"
    ),
    "shared_row": "ROW = [1, 2]\n\n\ndef shared_row(v):\n    return ROW if v % 2 else [v]\n",
    "cached": "@lru_cache(maxsize=None)\ndef cached(v):\n    return [v, v * v]\n",
    "closure": (
        "def make(start):\n    count = start\n\n    def step(k):\n        nonlocal count\n        count += k\n"
        "        return count % 1009\n\n    return step\n\n\nclosure = make(3)\n"
    ),
    "limited": "LIMIT = 20\n\n\ndef limited(v):\n    return min(v, LIMIT) + sum(range(v % 5))\n",
    "globals_of": "def globals_of(v):\n    return v + len(str(LIMIT_OF))\n\n\nLIMIT_OF = 12\n",
    "scale": (
        "def scale_up(v):\n    return v * 2 % 1009\n\n\ndef scale_down(v):\n    return v // 2\n\n\nscale = scale_up\n"
    ),
    "stream": "def stream(n):\n    for i in range(n):\n        yield (i * i + 1) % 50\n",
    "watched": "def watched(values):\n    for value in values:\n        yield value\n",
    "stock": "stock = iter([4, 8, 15, 16, 23, 42, 3, 5])\n",
    "quiet": (
        "class quiet:\n    def __init__(self, k):\n        self.k = k\n\n    def __enter__(self):\n"
        "        return self.k * 2\n\n    def __exit__(self, *_):\n        return False\n"
    ),
    "partial_of": "def joined(a, b):\n    return (a * 3 + b) % 1009\n\n\npartial_of = partial(joined, 7)\n",
    "into": "def into(held, more):\n    held += more\n    return held\n",
    "apply": "def apply(f, v):\n    return f(v) % 1009\n",
    "gather": "def gather(*parts, **named):\n    return (sum(parts) + sum(named.values())) % 1009\n",
    "Spot": (
        "Spot_ = namedtuple('Spot_', 'x label')\n\n\nclass Spot(Spot_):\n    @property\n    def weight(self):\n"
        "        return self.x % 100 + len(self.label)\n"
    ),
    "Shade": "class Shade(Enum):\n    LIGHT = 0\n    DARK = 1\n",
    "picky": (
        "class TooOdd(ValueError):\n    def __init__(self, value):\n        super().__init__(f'odd {value}')\n"
        "        self.value = value\n\n\ndef picky(v):\n    if v % 7 == 5:\n        raise TooOdd(v)\n"
        "    return v % 101\n"
    ),
    "peek": "seen_now = 1\n\n\ndef peek(v):\n    return (v + seen_now) % 1009\n",
    "Tally": (
        "class Tally:\n    count = 0\n\n    @classmethod\n    def add(cls, k):\n        cls.count += k\n"
        "        return cls.count\n\n    @staticmethod\n    def step(k):\n        return k * 3 + Tally.count\n"
    ),
    "lazy": (
        "class Lazy:\n    def __init__(self, n):\n        self.n = n\n\n    @cached_property\n    def slow(self):\n"
        "        return sum(range(self.n))\n\n\nlazy = Lazy(6)\n"
    ),
    "outflow": "def outflow(values):\n    for value in values:\n        yield sum(range(value % 9)) + value\n",
    "later": "later = []\n",
    "noted": (
        "with open('notes.txt', 'w') as file:\n    file.write('345')\n\n\ndef noted(v):\n"
        "    with open('notes.txt') as file:\n        return (v + len(file.read())) % 1009\n"
    ),
    "warned": ("def warned(v):\n    if v % 4 == 1:\n        warnings.warn(f'one of {v % 3}')\n    return v % 101\n"),
    "rolled": "random.seed(5)\n\n\ndef rolled(v):\n    return random.randint(0, 9) + v\n",
    "thrown": (
        "def thrown(v):\n    random.seed(v % 50)\n    return random.randint(0, 99) + int(random.gauss(0, 9) * 8)\n"
    ),
    "perhaps": (
        "def perhaps(v):\n    if v % 2:\n        random.seed(v % 30)\n        return random.randrange(99)\n"
        "    return v % 99\n"
    ),
    "lines": "with open('lines.txt', 'w') as file:\n    file.write('oak 3\\nelm 14\\n\\nash 159\\nfir 26\\nyew\\n')\n",
    "wrapped": (
        "def plainly(function):\n    @wraps(function)\n    def inner(*given):\n        return function(*given)\n\n"
        "    return inner\n\n\n@plainly\ndef wrapped(v):\n    return (v * 5 + sum(range(v % 7))) % 1009\n"
    ),
    "tallied": (
        "def tally(function):\n    def inner(v):\n        inner.calls += 1\n"
        "        return function(v) + inner.calls\n\n"
        "    inner.calls = 0\n    return inner\n\n\n@tally\ndef tallied(v):\n    return v % 1009\n"
    ),
    "shown_as": (
        "@singledispatch\ndef shown_as(v):\n    return repr(v)[:9]\n\n\n@shown_as.register\ndef _(v: int):\n"
        "    return 'n' + str(v % 97)\n"
    ),
    "turned": "def turned(k):\n    return lambda v: (v * k + len(str(k))) % 1009\n",
}
"""By the name that a program uses; what a definition itself uses stands before it."""

HELD: dict[str, tuple[str, ...]] = {
    "pick": ("pick = {first}", "pick = lambda v: v * 3 % 101", "pick = {second}"),
    "moves": ("moves = {0: {first}, 1: {second}}",),
    "tools": ("tools = [{first}, {second}]", "tools = [{first}, abs]"),
    "bound": ("bound = box.scaled_by", "bound = partial({first})", "bound = Box(3, xs).scaled_by"),
}
"""Variables that hold functions of one whole number."""

IMPORTS: dict[str, str] = {
    "copy.": "import copy",
    "heapq.": "import heapq",
    "itertools.": "import itertools",
    "math.": "import math",
    "random.": "import random",
    "statistics.": "import statistics",
    "warnings.": "import warnings",
    "np.": "import numpy as np",
    "sys.": "import sys",
    "Decimal(": "from decimal import Decimal",
    "getcontext()": "from decimal import getcontext",
    "Enum)": "from enum import Enum",
    "Fraction(": "from fractions import Fraction",
    "cached_property": "from functools import cached_property",
    "namedtuple(": "from collections import namedtuple",
    "Counter": "from collections import Counter",
    "defaultdict": "from collections import defaultdict",
    "deque": "from collections import deque",
    "@dataclass": "from dataclasses import dataclass, field",
    "lru_cache": "from functools import lru_cache",
    "partial(": "from functools import partial",
    "reduce(": "from functools import reduce",
    "@singledispatch": "from functools import singledispatch",
    "@wraps": "from functools import wraps",
}
"""What to import where a text occurs in the program."""
