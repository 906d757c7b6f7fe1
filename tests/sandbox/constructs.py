"""Everyday Python, one construct a row: what a language policy must not get in the way of. Each program prints something.

The last rows are refused on purpose; they are here so that the count is honest.
"""

# ruff: noqa: E501 - a table, one construct a row

from __future__ import annotations

CONSTRUCTS = {
    "store in a dict": "d = {}\nd['k'] = 1\nprint(d)",
    "augmented store in a dict": "d = {'k': 1}\nd['k'] += 1\nprint(d)",
    "augmented attribute": "class A:\n    n = 0\na = A()\na.n += 2\nprint(a.n)",
    "attribute of self": "class A:\n    def __init__(self, x):\n        self.x = x\nprint(A(3).x)",
    "private attribute": "class A:\n    def __init__(self):\n        self._x = 4\n    def get(self):\n        return self._x\n"
    "print(A().get())",
    "private name": "_cache = {1: 2}\nprint(_cache[1])",
    "mangled name": "class A:\n    def __init__(self):\n        self.__x = 1\n    def get(self):\n        return self.__x\n"
    "print(A().get())",
    "list item": "a = [1, 2]\na[0] = 5\na[1] *= 3\nprint(a)",
    "slice": "a = list(range(9))\na[2:4] = []\ndel a[0]\nprint(a[::-2], a[-3:])",
    "comprehensions": "print([x * x for x in range(4) if x], {x % 2 for x in range(4)}, {x: -x for x in range(2)})",
    "nested comprehension": "print([[y for y in range(x)] for x in range(3)])",
    "generator expression": "print(sum(x for x in range(10)), max((x, -x) for x in range(3)))",
    "generator": "def g():\n    x = yield 1\n    yield from [2, x]\ni = g()\nprint(next(i), i.send(3), list(i))",
    "lambda": "print(sorted([3, 1, 2], key=lambda x: -x), (lambda *a, **k: (a, k))(1, b=2))",
    "closure": "def f(n):\n    def g(m):\n        return n + m\n    return g\nprint(f(1)(2))",
    "nonlocal": "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        return n\n    g()\n    return g()\nprint(f())",
    "global": "n = 0\ndef f():\n    global n\n    n += 1\nf()\nprint(n)",
    "defaults and keywords": "def f(a, /, b=2, *c, d, e=5, **g):\n    return a, b, c, d, e, g\nprint(f(1, 3, 4, d=6, h=7))",
    "unpacking": "a, (b, *c), d = 1, [2, 3, 4], 5\nprint(a, b, c, d, [*c, *'xy'], {**{'p': 1}})",
    "loop with unpacking": "for i, (a, b) in enumerate([(1, 2), (3, 4)]):\n    print(i, a, b)",
    "loop with else": "for x in range(3):\n    if x == 5:\n        break\nelse:\n    print('none')",
    "while": "n = 10\nwhile n > 1:\n    n //= 3\n    if n == 1:\n        continue\nprint(n)",
    "walrus": "if (n := len('abc')) > 2:\n    print(n)",
    "conditional": "print('a' if 0 else 'b', 1 < 2 < 3, not None, 0 or 'x', 1 and 2)",
    "f-string": "x = 3.14159\nprint(f'{x:.2f} {x!r:>10} {2 * x = :.1f} {\"a\"}')",
    "percent": "print('%s %d %.2f' % ('a', 2, 3.0))",
    "constant format": "print('{} {1} {name:>4}'.format(1, name=2) if False else '{0} {name:>4}'.format(1, name=2))",
    "methods of text": "print(' A b '.strip().lower().split(), 'x'.join('abc'), 'abc'.replace('b', '-'), 'a'.isalpha())",
    "bytes": "print(b'abc'[1], bytes([65, 66]), bytearray(b'x') + b'y', 'ä'.encode(), b'a'.hex())",
    "numbers": "print(7 // 2, -7 % 3, 2**100, divmod(7, 2), round(2.5), abs(-1), 1e3, 0x1F, 1_000, 3 + 4j)",
    "bits": "print(5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4, 256 >> 2)",
    "sets": "s = {1, 2}\ns.add(3)\ns |= {4}\nprint(sorted(s & {2, 3, 4}), frozenset([1]) <= s)",
    "dict methods": "d = {}\nd.setdefault('a', []).append(1)\nd.update(b=2)\nprint(d, d.get('c', 0), list(d.items()), 'a' in d)",
    "merged dicts": "print({'a': 1} | {'b': 2})",
    "built-ins": "print(sum([1, 2]), min(3, 1), max([2, 5]), any([0, 1]), all([]), list(zip('ab', [1, 2])), list(map(str, [1])))",
    "more built-ins": "print(list(filter(None, [0, 1])), list(reversed('ab')), sorted('ba'), len('abc'), bool([]), hex(255), ord('a'))",
    "conversions": "print(int('7'), float('1.5'), str(2), tuple('ab'), set([1]), dict(a=1), list((1,)), complex('1j'))",
    "isinstance": "print(isinstance(1, (int, str)), issubclass(bool, int), callable(print), type(1) is int)",
    "class": "class A:\n    kind = 'a'\n    def hello(self):\n        return self.kind\nprint(A().hello(), A.kind)",
    "inheritance": "class A:\n    def f(self):\n        return 1\nclass B(A):\n    def f(self):\n        return super().f() + 1\nprint(B().f())",
    "repr": "class A:\n    def __repr__(self):\n        return 'A!'\nprint(A(), [A()])",
    "comparison methods": "class A:\n    def __init__(self, n):\n        self.n = n\n    def __lt__(self, o):\n        return self.n < o.n\n"
    "    def __eq__(self, o):\n        return self.n == o.n\nprint(A(1) < A(2), A(1) == A(1))",
    "arithmetic methods": "class V:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, o):\n        return V(self.x + o.x)\n"
    "    def __mul__(self, k):\n        return V(self.x * k)\nprint((V(1) + V(2) * 3).x)",
    "container methods": "class C:\n    def __init__(self):\n        self.d = {}\n    def __len__(self):\n        return len(self.d)\n"
    "    def __getitem__(self, k):\n        return self.d[k]\n    def __setitem__(self, k, v):\n        self.d[k] = v\n"
    "    def __contains__(self, k):\n        return k in self.d\nc = C()\nc[1] = 2\nprint(len(c), c[1], 1 in c)",
    "iterator methods": "class I:\n    def __init__(self):\n        self.n = 0\n    def __iter__(self):\n        return self\n"
    "    def __next__(self):\n        self.n += 1\n        if self.n > 3:\n            raise StopIteration\n        return self.n\nprint(list(I()))",
    "call method": "class F:\n    def __call__(self, x):\n        return x + 1\nprint(F()(1))",
    "context manager": "class M:\n    def __enter__(self):\n        print('in')\n        return self\n    def __exit__(self, *a):\n        print('out')\n"
    "with M() as m:\n    print('within')",
    "hash method": "class K:\n    def __hash__(self):\n        return 1\n    def __eq__(self, o):\n        return True\nprint(len({K(), K()}))",
    "slots": "class S:\n    __slots__ = ('a', '_b')\n    def __init__(self):\n        self.a = 1\n        self._b = 2\nprint(S().a)",
    "property": "class P:\n    @property\n    def x(self):\n        return 5\nprint(P().x)",
    "settable property": "class P:\n    _x = 0\n    @property\n    def x(self):\n        return self._x\n    @x.setter\n    def x(self, v):\n"
    "        self._x = v\np = P()\np.x = 3\nprint(p.x)",
    "static and class methods": "class A:\n    @staticmethod\n    def s():\n        return 1\n    @classmethod\n    def c(cls):\n        return cls.s()\nprint(A.c())",
    "decorator": "def twice(f):\n    def g(x):\n        return f(f(x))\n    return g\n@twice\ndef inc(x):\n    return x + 1\nprint(inc(1))",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int = 2\nprint(P(1), P(1) == P(1, 2))",
    "named tuple": "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)\nprint(p.x, p._replace(y=3))",
    "enumeration": "from enum import Enum\nclass C(Enum):\n    A = 1\n    B = 2\nprint(C.A, C(2).name)",
    "abstract class": "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def f(self):\n        return 0\nclass B(A):\n    def f(self):\n"
    "        return 1\nprint(B().f())",
    "exceptions": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print('caught', e)\nelse:\n    print('no')\nfinally:\n    print('end')",
    "own exception": "class E(Exception):\n    pass\ntry:\n    raise E('x')\nexcept (ValueError, E) as e:\n    print(repr(e))",
    "chained exception": "try:\n    try:\n        {}['k']\n    except KeyError as e:\n        raise ValueError('v') from e\nexcept ValueError as e:\n    print(e)",
    "assertion": "assert 1 + 1 == 2, 'no'\nprint('ok')",
    "annotations": "x: int = 1\ndef f(a: 'list[int]') -> 'int | None':\n    b: str\n    return a[0]\nprint(f([x]))",
    "match": "def f(x):\n    match x:\n        case 0 | 1:\n            return 'small'\n        case [a, *_]:\n            return a\n        case {'k': v, **r}:\n"
    "            return v, r\n        case str() as s if s:\n            return s\n        case _:\n            return None\n"
    "print(f(1), f([7, 8]), f({'k': 1, 'l': 2}), f('t'), f(2.5))",
    "match of a class": "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nmatch P(3):\n    case P(x=n):\n        print(n)",
    "deletion": "a = [1, 2, 3]\nd = {'k': 1}\ndel a[1], d['k']\nb = 1\ndel b\nprint(a, d)",
    "main guard": "if __name__ == '__main__':\n    print('main')",
    "docstring": "def f():\n    '''Says.'''\n    return 1\nprint(f(), f.__doc__)",
    "math": "import math\nprint(math.sqrt(16), math.pi > 3, math.gcd(12, 18), math.floor(2.7))",
    "random with a seed": "import random\nrandom.seed(1)\nprint(random.randint(1, 6) in range(1, 7), random.Random(3).random() < 1)",
    "collections": "from collections import Counter, defaultdict, deque\nd = defaultdict(int)\nd['a'] += 1\nq = deque([1, 2])\nq.appendleft(0)\n"
    "print(Counter('aab').most_common(1), dict(d), list(q))",
    "itertools": "import itertools\nprint(list(itertools.chain('a', 'b')), list(itertools.combinations('abc', 2))[0], list(itertools.islice(range(9), 2)))",
    "functools": "import functools\nprint(functools.reduce(lambda a, b: a * b, [1, 2, 3]), functools.partial(pow, 2)(3))",
    "cached function": "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint(fib(30))",
    "json": "import json\nprint(json.dumps({'a': [1, None]}), json.loads('[1, 2.5]'))",
    "regular expression": "import re\nprint(re.sub(r'\\d+', '#', 'a12b3'), re.findall('[a-z]', 'a1b'))",
    "statistics": "import statistics\nprint(statistics.mean([1, 2, 3]), statistics.median([1, 5, 2]))",
    "dates": "import datetime\nprint(datetime.date(2020, 1, 31) + datetime.timedelta(days=1))",
    "fractions and decimals": "from fractions import Fraction\nfrom decimal import Decimal\nprint(Fraction(1, 3) + 1, Decimal('0.1') + 1)",
    "heap and bisection": "import bisect, heapq\nh = [3, 1]\nheapq.heapify(h)\nprint(heapq.heappop(h), bisect.bisect([1, 3], 2))",
    "text of a hash": "import hashlib\nprint(hashlib.sha256(b'x').hexdigest()[:8])",
    "print to a separator": "print(1, 2, sep='-', end='!\\n')",
    "asynchronous": "import asyncio\nasync def f():\n    return 1\nprint(asyncio.run(f()))",
    "exception groups": "try:\n    raise ExceptionGroup('g', [ValueError()])\nexcept* ValueError:\n    print('caught')",
    "computed format": "print(('{}' + '!').format(1))",
}
