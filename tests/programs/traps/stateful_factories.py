"""Default factories of dataclass fields that keep something from one call to the next, and such as do not."""
import itertools
import random
from dataclasses import dataclass, field
from functools import partial
rng = random.Random(4)
pool = ["a%d" % i for i in range(60)]
@dataclass
class Counted:
    v: int
    id: int = field(default_factory=itertools.count(1).__next__)
@dataclass
class Noisy:
    v: int
    noise: float = field(default_factory=rng.random)
@dataclass
class Named:
    v: int
    name: str = field(default_factory=pool.pop)
@dataclass
class Hundreds:
    v: int
    it: object = field(default_factory=iter(range(100, 200)).__next__)
@dataclass
class Nested:
    v: int
    hist: list = field(default_factory=[[]].copy)
@dataclass
class Partly:
    v: int
    id: int = field(default_factory=partial(next, itertools.count(3)))
def made_elsewhere():
    return field(default_factory=itertools.count(7).__next__)
@dataclass
class Elsewhere:
    v: int
    id: int = made_elsewhere()
@dataclass
class Heir(Counted):
    w: int = 0
@dataclass
class Plain:
    v: int
    tags: list = field(default_factory=list)
    inner: dict = field(default_factory=lambda: {"a": []})
def work(k): return sum(range(k * 3000))
print([Counted(work(k)).id for k in range(12)], Counted(0).id)
print([Noisy(work(k)).noise for k in range(12)], rng.random())
print([Named(work(k)).name for k in range(12)], len(pool))
print([Hundreds(work(k)).it for k in range(12)], Hundreds(0).it)
nested = [Nested(work(k)).hist for k in range(12)]
nested[0][0].append(5)
print(nested)
print([Partly(work(k)).id for k in range(12)], Partly(0).id)
print([Elsewhere(work(k)).id for k in range(12)], Elsewhere(0).id)
print([Heir(work(k)).id for k in range(12)], Counted(0).id)
print([Plain(work(k)) for k in range(12)][-1])
