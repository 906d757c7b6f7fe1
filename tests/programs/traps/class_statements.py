"""What a class statement took from names that mean something else by now, or made once for all: defaults of methods and
fields, values of enumerations, what a decorator was given."""

import abc
import dataclasses
import enum
import functools
import random
from typing import Generic, NamedTuple, TypeVar

import lib_defaults


def work(v):
    return sum(v * k % 13 for k in range(300))


class Setting:
    n = 1

    def __repr__(self):
        return f"Setting{self.n}"


random.seed(4)
N = 5


class Methods:
    limit = N

    def plain(self, v, n=N, *, m=N + 1):
        return work(v) + n * 1000 + m * 100000

    def drawn(self, v, n=random.randrange(1000)):
        return work(v) + n

    def kept(self, v, held=[]):
        return work(v), held

    @staticmethod
    def static(v, n=N, *, held={"a": []}):
        return work(v) + n, held["a"]

    @classmethod
    def of_class(cls, v, n=N):
        return work(v) + n + cls.limit

    @functools.cached_property
    def cached(self, n=N):
        return work(3) + n

    short = lambda self, v, n=N: work(v) + n  # noqa: E731


class Number(enum.IntEnum):
    A = N
    B = N + 1


class Held(enum.Enum):
    A = [N]
    B = {"x": N}


class Planet(enum.Enum):
    EARTH = (3, 4)
    MARS = (5, 6)

    def __init__(self, mass, radius):
        self.mass, self.radius = mass * N, radius

    def weight(self, v):
        return work(v) + self.mass


@dataclasses.dataclass(slots=True, frozen=True)
class Frozen:
    v: int
    n: int = N
    t: tuple = (N, [])

    @property
    def sum(self):
        return work(self.v) + self.n


@dataclasses.dataclass
class Base:
    v: int
    n: int = N
    setting: Setting = Setting()


@dataclasses.dataclass
class Derived(Base):
    m: int = dataclasses.field(default=N * 2)
    xs: list = dataclasses.field(default_factory=list)

    def sum(self, k=N):
        return work(self.v) + self.n + self.m + k


class Pair(NamedTuple):
    v: int
    n: int = N
    setting: Setting = Setting()


class Shape(abc.ABC):
    pass


class Square:
    pass


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


def first(point):
    match point:
        case Point(x, 2):
            return x
        case Point(x, _):
            return -x


Shape.register(Square)
Point.__match_args__ = ("y", "x")
T = TypeVar("T")


class Box(Generic[T]):
    def __init__(self, v, n=N):
        self.v, self.n = v, n

    def sum(self, *, out=print):
        return work(self.v) + self.n


N = 1000
methods = Methods()
print([methods.plain(k) for k in range(12)])
print([methods.drawn(k) for k in range(12)])
print([Methods.of_class(k) for k in range(12)])
print([methods.short(k) for k in range(12)])
print([Methods().cached + work(k) for k in range(12)])
print([work(v) + Number.A + Number.B for v in range(12)])
print([Planet.EARTH.weight(v) + Planet.MARS.radius for v in range(12)])
print([Box(v).sum() for v in range(12)])
print([lib_defaults.scaled(v) for v in range(12)])
print([(work(v), isinstance(Square(), Shape), issubclass(Square, Shape)) for v in range(12)])
print([first(Point(work(v), 2)) for v in range(12)])

found = [methods.kept(k) for k in range(12)]
found[0][1].append("z")
print(found)
found = [Methods.static(k) for k in range(12)]
found[0][1].append("z")
print(found)
found = [[work(v), Held.A.value, Held.B.value] for v in range(12)]
found[0][1].append(7)
print(found, Held.A.value)
found = [(Frozen(v).sum, Frozen(v)) for v in range(12)]
found[0][1].t[1].append(3)
print(found)
found = [(Derived(v).sum(), Derived(v), dataclasses.replace(Derived(v), v=3)) for v in range(12)]
found[0][1].setting.n = 3
print(found)
found = [Pair(work(v)) for v in range(12)]
found[0].setting.n = 4
print(found)
scaler = lib_defaults.Scaler()
found = [scaler.kept(v) for v in range(12)]
found[0][1].append(5)
print(found)
lib_defaults.Scaler.scaled.__defaults__ = (9,)
print([scaler.scaled(v) for v in range(12)])
