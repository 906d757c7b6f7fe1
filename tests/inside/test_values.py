"""Values go to a jail and come back: nobody can tell them from those that stayed, or they are refused."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import random
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest

from marx.inside.receiving import Received
from marx.inside.refusals import Unsendable
from marx.inside.sending import Sent
from tests.inside.program import Loaded, load

CLASSES = """
import dataclasses, enum
from collections import namedtuple

Pair = namedtuple("Pair", "left right", defaults=[0])

class Colour(enum.Enum):
    RED = 1
    BLUE = 2

@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    tags: list = dataclasses.field(default_factory=list)

class Plain:
    shared = [1]
    def __init__(self, x):
        self.x = x
    def twice(self):
        return 2 * self.x

class Own:
    def __reduce__(self):
        return Own, ()

def make(k):
    def add(x, step=k):
        return x + k + step
    return add

@__import__("functools").lru_cache(maxsize=3)
def cached(x):
    return x * 2
"""


@pytest.fixture
def program() -> Iterator[Loaded]:
    with load(CLASSES) as loaded:
        yield loaded


class Trip:
    """The way to a jail and back, within this process."""

    def __init__(self, program: Loaded, captured: Any) -> None:
        self.sent = Sent(program.state.book, {"value": captured})
        self.received = Received(self.sent.data, types.ModuleType("__main__"))
        self.there = self.received.value["value"]

    def back(self, made: Any) -> Any:
        """A value that the jail made, as the driver gets it."""
        return self.sent.values(self.received.dump_values([made], {}), lambda _: None)[0]

    def item(self, item: Any) -> tuple[Any, dict[int, Any], dict[int, tuple[Any, ...]]]:
        data, offsets, _ = self.sent.items([item])
        there, objects = self.received.item(data[offsets[0] : offsets[1]])
        return there, objects, {id(o): ("i", 0, n) for n, o in objects.items() if type(o) is not str}


VALUES: list[Any] = [
    None,
    True,
    10**60,
    -0.0,
    1e-320,
    complex(1, -0.0),
    "ä\udc80",
    b"\x00",
    (1, (2,)),
    [1, [2]],
    {"b": 1, "a": 2},
    {1, 2},
    frozenset({3}),
    range(1, 9, 2),
    slice(1, None),
    ...,
    NotImplemented,
    bytearray(b"x"),
    collections.deque([1, 2], maxlen=2),
    collections.OrderedDict(b=1, a=2),
    collections.Counter("abca"),
    fractions.Fraction(1, 3),
    decimal.Decimal("1.10"),
    datetime.datetime(2020, 2, 29, tzinfo=datetime.UTC),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_the_same_there_and_back(program: Loaded, value: Any) -> None:
    trip = Trip(program, value)
    for copy in (trip.there, Trip(program, None).back(value)):
        assert type(copy) is type(value)
        assert repr(copy) == repr(value)


def test_a_generator_goes_on_where_it_was(program: Loaded) -> None:
    generator = random.Random(5)
    generator.gauss(0, 1)
    assert Trip(program, generator).there.gauss(0, 1) == generator.gauss(0, 1)


def test_what_was_captured_returns_as_itself(program: Loaded) -> None:
    inner: list[int] = [1]
    captured = [inner, {"k": inner}, program.module.Plain(3)]
    trip = Trip(program, captured)
    made = trip.back([trip.there[0], trip.there[1], trip.there[2], [9]])
    assert [a is b for a, b in zip(made, captured, strict=False)] == [True, True, True]
    assert made[3] == [9]


def test_what_came_with_an_item_returns_as_itself(program: Loaded) -> None:
    shared = [1]
    trip = Trip(program, shared)
    item = [shared, [2]]
    there, _, references = trip.item(item)
    assert there[0] is trip.there
    data = trip.received.dump_values([(there, there[1], there[0])], references)
    whole, part, captured = trip.sent.values(data, lambda _: item)[0]
    assert whole is item
    assert part is item[1]
    assert captured is shared


def test_two_that_are_one_stay_one(program: Loaded) -> None:
    made = [[1]] * 2
    back = Trip(program, None).back(made)
    assert back[0] is back[1]


def test_instances_are_of_the_programs_classes(program: Loaded) -> None:
    space = program.module
    captured = [
        space.Plain(3),
        space.Point(1, [2]),
        space.Colour.BLUE,
        space.Pair(1),
        space.Plain,
        space.Point,
        space.Colour,
        space.Pair,
    ]
    trip = Trip(program, captured)
    plain, point, blue, pair, *classes = trip.there
    assert (plain.twice(), point.tags, blue.name, pair) == (6, [2], "BLUE", (1, 0))
    assert [type(x) for x in (plain, point, blue, pair)] == classes
    made = [classes[0](7), classes[1](8), classes[2](1), classes[3](4, 5)]
    back = trip.back(made)
    assert [type(x) for x in back] == [space.Plain, space.Point, space.Colour, space.Pair]
    assert back[2] is space.Colour.RED
    assert dataclasses.asdict(back[1]) == {"x": 8, "tags": []}


def test_what_a_class_holds_goes_with_it(program: Loaded) -> None:
    program.module.Plain.shared.append(2)
    program.module.Plain.rate = 3
    there = Trip(program, program.module.Plain).there
    assert (there.shared, there.rate) == ([1, 2], 3)


def test_functions_bring_their_closures_and_defaults(program: Loaded) -> None:
    add = program.module.make(10)
    add.__defaults__ = (5,)
    trip = Trip(program, [add, program.module.cached, functools.partial(add, 1)])
    assert trip.there[0](1) == 16
    assert trip.there[1](4) == 8
    assert trip.there[1].cache_parameters() == {"maxsize": 3, "typed": False}
    assert trip.there[2]() == 16
    assert trip.back(trip.there[0]) is add


def _shrunk() -> set[int]:
    made = set(range(10_000))
    for number in range(10_000):
        if number not in (3, 8000):
            made.discard(number)
    return made


def _grown(kind: Callable[[int], Any], count: int) -> set[Any]:
    made: set[Any] = set()
    for number in range(count):
        made.add(kind(number * 7919 % 10_007))
    return made


KINDS: list[Callable[[int], Any]] = [int, lambda n: n * n, lambda n: (n % 9, n), lambda n: frozenset({n})]


@pytest.mark.parametrize("count", [2, 4, 5, 6, 8, 18, 19, 20, 40, 76, 300])
def test_sets_iterate_alike_there_and_grow_alike_when_back(program: Loaded, count: int) -> None:
    for kind in KINDS:
        grown = _grown(kind, count)
        for held in (grown, set(grown), set(dict.fromkeys(grown))):  # copies have tables of other sizes
            item, _, _ = Trip(program, None).item([held])
            back = Trip(program, None).back(held)
            assert list(Trip(program, held).there) == list(item[0]) == list(back) == list(held)
            for number in range(6 * count):
                held.add(kind(number))
                back.add(kind(number))
            assert list(back) == list(held)


def test_a_set_that_was_larger_does_not_come_back(program: Loaded) -> None:
    """It iterates like a copy now, and would not once it grows."""
    made = set(range(100))
    made.difference_update(range(5, 100))
    with pytest.raises(Unsendable, match="order"):
        Trip(program, None).back(made)
    assert list(Trip(program, made).there) == [0, 1, 2, 3, 4]


REFUSED: list[tuple[str, Any, str]] = [
    ("NaN", [float("nan")], "MX403"),
    ("set order", _shrunk(), "MX405"),
    ("set of objects", {object()}, "MX402"),
    ("set of addresses", {..., 1}, "MX405"),
    ("generator", (x for x in [1]), "MX402"),
    ("iterator", iter([1]), "MX402"),
    ("file", open, "sent"),
    ("memoryview", memoryview(b"x"), "MX402"),
]


@pytest.mark.parametrize(("value", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_would_not_be_the_same_is_refused(program: Loaded, value: Any, code: str) -> None:
    if code == "sent":
        assert Trip(program, value).there is value
        return
    with pytest.raises(Unsendable) as caught:
        Trip(program, value)
    assert caught.value.code == code


def test_pickling_of_its_own_is_refused(program: Loaded) -> None:
    with pytest.raises(Unsendable) as caught:
        Trip(program, program.module.Own())
    assert caught.value.code == "MX402"


@pytest.mark.parametrize(
    "made", [float("nan"), _shrunk(), lambda: 1, (x for x in [1])], ids=["nan", "set", "lambda", "generator"]
)
def test_so_it_is_on_the_way_back(program: Loaded, made: Any) -> None:
    if isinstance(made, types.FunctionType):
        made.__module__ = "__main__"
    with pytest.raises(Unsendable):
        Trip(program, None).back(made)


def test_arrays_that_share_their_memory_are_not_parted(program: Loaded) -> None:
    trip = Trip(program, numpy.arange(6))
    with pytest.raises(Unsendable):
        trip.back(trip.there[2:4])
    own = numpy.arange(3)
    with pytest.raises(Unsendable):
        trip.back((own, own[1:]))
    assert trip.back(trip.there.copy()).tolist() == [0, 1, 2, 3, 4, 5]


def test_enumerations_of_libraries_are_by_name(program: Loaded) -> None:
    flag = enum.CONTINUOUS
    assert Trip(program, flag).there is flag
