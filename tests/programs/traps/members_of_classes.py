"""Attributes of classes: constants and members of enumerations, and what only looks like them."""
import random
from dataclasses import dataclass, field
from enum import Enum, Flag, IntEnum, auto


class State(Enum):
    WELL = auto()
    ILL = auto()


class Kind(IntEnum):
    LOW, HIGH = 1, 2


class Counter(Enum):
    ONE = 1
    TWO = 2

    def count(self):
        self.seen = getattr(self, "seen", 0) + 1
        return self.seen


class Mark(Flag):
    A = 1
    B = 2


class Limits:
    TOP = 3 * 7
    NAMES = "a", "b"


class Shared:
    table = [0] * 5
    left, right = [], {}
    DEPTH = 4

    def work(self, n):
        for k in range(20):
            self.table[k % 5] += n
            self.left.append(k)
        return sum(self.table), len(self.left)


@dataclass
class Person:
    number: int
    state: State = State.WELL
    days: int = 0
    friends: list = field(default_factory=list)


class Town:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.people = [Person(i) for i in range(30)]
        for person in self.people:
            person.friends = self.rng.sample(range(30), 3)
        self.people[0].state = State.ILL

    def run(self):
        for person in self.people:
            if person.state is State.ILL:
                person.days += 1
                for friend in person.friends:
                    if self.rng.random() < 0.5:
                        self.people[friend].state = State.ILL
        return sum(p.state is State.ILL for p in self.people), Limits.TOP * Kind.HIGH, Limits.NAMES, Mark.A | Mark.B


print([Town(seed).run() for seed in range(12)])
print([Counter.ONE.count() for _ in range(12)], Counter.ONE.seen)
print([Shared().work(n) for n in range(12)])
out = []
for n in range(12):
    out.append(sum(range(n * Shared.DEPTH)))
    Shared.DEPTH += 1
print(out)
