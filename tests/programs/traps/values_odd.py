"""Values of many types come back: NaN, sets, objects of user classes, exceptions, generators, functions."""
import math, fractions, decimal, datetime, re, collections, enum, dataclasses
def f(k):
    t = sum(range(k))
    return (float("nan") if k == 3 else -0.0 if k == 4 else float("inf"), t, 10**50 + k, {k, 1, "a"}, frozenset([k, 99, 55]), {3: k, 1: 2}, b"x" * k, complex(k, -0.0), None, ..., NotImplemented)
print([f(k) for k in range(8)])
def sets(k): return {str(j) for j in range(k * 3)}
print([sets(k) for k in range(8)])
def objs(k): return fractions.Fraction(k, 7), decimal.Decimal(k) / 8, datetime.date(2020, 1, k + 1), re.compile("a" * k), collections.Counter("abca" * k), collections.deque([k], 5), collections.OrderedDict(a=k), range(k), slice(k), bytearray(b"a" * k), memoryview(b"abc"), int, len, math
print([objs(k)[:-4] + objs(k)[-3:] for k in range(8)])
def exc(k):
    try: [][k]
    except IndexError as e: return e, ValueError("x", k), sum(range(k))
print([exc(k) for k in range(8)])
class S(str): pass
class L(list):
    def tot(self): return sum(self)
class D(dict):
    def __missing__(self, k): return k
class I(enum.IntEnum):
    A = 1; B = 2
class F(enum.Flag):
    X = enum.auto(); Y = enum.auto()
@dataclasses.dataclass(slots=True)
class SL: a: int; b: list = dataclasses.field(default_factory=list)
@dataclasses.dataclass(order=True, frozen=True)
class FR: a: int
class Slots:
    __slots__ = ("a", "__dict__")
    def __init__(self, a): self.a = a; self.z = 1
def sub(k): return S("a" * k), L(range(k)), D(a=k)["q"], I(k % 2 + 1), F.X | F.Y, SL(k), FR(k), Slots(k).a, sum(range(k))
print([sub(k) for k in range(8)])
print(sorted((FR(9 - k) for k in range(6)), reverse=True), max([SL(k).a for k in range(5)]))
d = collections.defaultdict(list)
def g(k): return len(d), sum(range(k))
for k in range(8):
    a, b = g(k)
    d[k % 3].append(a)
print(d)
def dd(k):
    q = collections.defaultdict(int)
    for j in range(k): q[j % 3] += j
    return q
print([dd(k) for k in range(6)])
def gen(k): return (j for j in range(k))
print([sum(gen(k)) for k in range(6)], [list(x) for x in [gen(k) for k in range(5)]])
def lam(k): return lambda y: y + k
print([h(1) for h in [lam(k) for k in range(6)]])
class Node:
    def __init__(self, v): self.v = v; self.me = self; self.kids = []
def tree(k):
    n = Node(k)
    for j in range(k % 4): n.kids.append(tree(j))
    return n
print([(n.v, type(n.me).__name__, len(n.kids)) for n in [tree(k) for k in range(8)]])
