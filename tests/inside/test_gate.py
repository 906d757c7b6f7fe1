"""What the gate says with the concrete objects in hand. Each program has one region; only what is in its variables
differs from what may run apart."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from marx.inside.ahead import not_readable_ahead
from marx.inside.refusals import Refusal
from tests.inside.program import load


@pytest.fixture(autouse=True)
def only_threads_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate counts all threads of a process; here services of other tests may have left some that wait for work."""
    before = set(threading.enumerate())
    monkeypatch.setattr(threading, "active_count", lambda: 1 + len(set(threading.enumerate()) - before))


HEAVY = """
def heavy(x):
    return sum(range(x)) + len(known)
"""

LISTS = (
    HEAVY
    + """
known, log, other = [1], [], []
for i in range(50):
    log.append(heavy(i))
"""
)
FUNCTION = """
def heavy(x):
    return sum(range(x))
def other(x):
    return x
for i in range(50):
    print(heavy(i))
"""
CLASS = """
class Model:
    def weigh(self, x):
        return sum(range(x))
def other(self, x):
    return x
model = Model()
for i in range(50):
    print(model.weigh(i))
"""
RETURNED = """
class Box:
    def __init__(self, n):
        self.n = n
    def total(self):
        return sum(range(self.n))
boxes = [Box(3), Box(5)]
for i in range(50):
    print(max(boxes, key=lambda box: box.n).total())
"""
"""The call returns something inside of the list; `total` is a name of a value type too."""
ITEMS = (
    HEAVY
    + """
known, items = [], [1, 2, 3]
for item in items:
    r = heavy(item)
    known_too = r
"""
)

NESTED = "known = []\nfor _ in range(20_000): known = {}"
SHRUNK = "known = set(range(10_000))\nfor n in range(10_000): n in (3, 8000) or known.discard(n)"


@pytest.mark.parametrize("source", [LISTS, FUNCTION, CLASS, RETURNED], ids=["lists", "function", "class", "returned"])
def test_what_is_as_the_plan_took_it_may_run_apart(source: str) -> None:
    with load(source) as program:
        assert program.enter(range(50)).sent.data


@pytest.mark.parametrize(
    ("source", "change", "code"),
    [
        pytest.param(LISTS, "known = log", "MX401", id="one list by two names"),
        pytest.param(LISTS, "known = [log]", "MX401", id="a list inside of the other"),
        pytest.param(LISTS, "log.append(known)", "", id="a list that grows and holds the other"),
        pytest.param(LISTS, "known = [open]", "", id="a builtin is code"),
        pytest.param(LISTS, "known = iter([1])", "MX402", id="an iterator"),
        pytest.param(LISTS, NESTED.format("[known]"), "MX402", id="lists nested too deep"),
        pytest.param(LISTS, NESTED.format("(known,)"), "MX402", id="tuples nested too deep"),
        pytest.param(LISTS, "known = [lambda: 1]", "MX504", id="a function that is not in the source"),
        pytest.param(LISTS, "known = [float('nan')]", "MX403", id="NaN"),
        pytest.param(LISTS, SHRUNK, "MX405", id="a set whose order would change"),
        pytest.param(LISTS, "known = {1, 2, 3}", "", id="a set whose order stays"),
        pytest.param(LISTS, "sum = max", "MX503", id="a builtin is hidden"),
        pytest.param(FUNCTION, "heavy = other", "MX503", id="a function is replaced"),
        pytest.param(FUNCTION, "heavy.__code__ = other.__code__", "MX503", id="a function has other code"),
        pytest.param(CLASS, "Model.weigh = other", "MX503", id="a method is replaced"),
        pytest.param(CLASS, "Model = 3", "MX503", id="a class is no class any more"),
    ],
)
def test_what_is_not_is_refused(source: str, change: str, code: str) -> None:
    with load(source, run=change) as program:
        if not code:
            assert program.enter(range(50)).sent.data
            return
        with pytest.raises(Exception) as caught:
            program.enter(range(50))
    assert getattr(caught.value, "code", None) == code, caught.value


@pytest.mark.parametrize("items", [[1, 2], (1, 2), {1: 2}, {1, 2}, "ab", b"ab", range(3), {1: 2}.items()], ids=repr)
def test_containers_may_be_read_ahead(items: Iterable[Any]) -> None:
    with load(ITEMS) as program:
        assert not_readable_ahead(program.plan.regions[0], items, [items]) == ""
        program.enter(items).add_items(list(items))


@pytest.mark.parametrize(
    "items", [iter([1]), (x for x in [1]), zip([1], [2], strict=True), open], ids=lambda items: type(items).__name__
)
def test_nothing_else_may(items: Any) -> None:
    with load(ITEMS) as program:
        assert not_readable_ahead(program.plan.regions[0], items, [items]) == type(items).__name__


def test_the_loop_may_not_change_what_it_iterates_over() -> None:
    with load(LISTS) as program, pytest.raises(Refusal) as caught:
        program.enter(program.module.__dict__["log"])
    assert caught.value.code == "MX301"


def test_a_name_that_is_bound_anew_is_noticed() -> None:
    with load(LISTS) as program:
        shipment = program.enter(range(50))
        assert shipment.bindings.hold()
        program.module.__dict__["known"] = [1]
        assert not shipment.bindings.hold()


def test_nothing_is_split_while_a_profiler_counts_calls() -> None:
    with load(LISTS) as loaded:
        sys.setprofile(lambda *_: None)
        try:
            with pytest.raises(Refusal) as refused:
                loaded.enter(range(50))
        finally:
            sys.setprofile(None)
        assert refused.value.code == "MX502"
        assert loaded.enter(range(50)).captures
