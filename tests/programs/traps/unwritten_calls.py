"""Code that runs though no call of it is written: properties made of lambdas, `_missing_` of enumerations."""
import itertools
from enum import Enum
from functools import cached_property
ids = itertools.count(1)
log = []
def named(self):
    log.append(self.v)
    return len(log)
def made():
    return property(lambda self: next(ids))
class Lambda:
    x = property(lambda self: next(ids))
    def __init__(self, v): self.v = v
class Function:
    x2 = property(named)
    def __init__(self, v): self.v = v
class Kept:
    def __init__(self, v): self.v = v
    x4 = cached_property(lambda self: next(ids))
    x4.__set_name__(None, "x4")
class Elsewhere:
    x3 = made()
    def __init__(self, v): self.v = v
class Color(Enum):
    A = 1
    B = 2
    @classmethod
    def _missing_(cls, v):
        log.append(v)
        return cls.A
class Settable:
    def __init__(self, v): self.y = v
    y = property(lambda self: 3, lambda self, v: log.append(v))
class Generic:
    def __class_getitem__(cls, v):
        log.append(v)
        return v
class Count:
    def __init__(self): self.n = 0
    def __get__(self, obj, owner=None):
        self.n += 1
        return self.n
    def __set__(self, obj, value):
        self.n += value % 7
class Described:
    z = Count()
    def __init__(self, v): self.v = v
class Told:
    zz = Count()
    def __init__(self, v): self.zz = v
def work(k): return sum(range(k * 3000))
print([Lambda(work(k)).x for k in range(12)], next(ids))
print([Function(work(k)).x2 for k in range(12)], len(log))
print([Kept(work(k)).x4 for k in range(12)], next(ids))
print([Elsewhere(work(k)).x3 for k in range(12)], next(ids))
print([Color(work(k) + 5).name for k in range(12)], len(log))
print([Settable(work(k)).y for k in range(12)], len(log))
print([Generic[work(k)] for k in range(12)], len(log))
print([Described(work(k)).z for k in range(12)], Described(1).z)
print([bool(Told(work(k))) for k in range(12)], Told(1).zz)
