"""Which classes have a say in how their objects are pickled, and which exceptions would lose something in a copy."""

from __future__ import annotations

import collections
import enum
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from marx.inside.faithful import check_class, check_exception
from marx.inside.refusals import Unsendable

OWN = {__name__}


class Plain:
    def __init__(self, held: int) -> None:
        self.held = held


class SlotsOnly:
    __slots__ = ("held",)


class Sets:
    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class Frozen:
    held: int


class Named(NamedTuple):
    held: int = 1


class Colour(enum.Enum):
    RED = 1


class Rows(list[int]):
    def __init__(self, *rows: int) -> None:
        super().__init__(rows)
        self.note = ""


class Simple(Exception):
    pass


class SetsSlots(SlotsOnly):
    __slots__ = ("more",)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value * 2)


@dataclass
class LeavesOut:
    held: int

    def __getstate__(self) -> dict[str, int]:
        return {}


class Heir(LeavesOut):
    pass


class Computed(float):
    def __new__(cls, value: float) -> Computed:
        return super().__new__(cls, value * 2)


class Grows(list[int]):
    def extend(self, values: Any) -> None:
        super().extend([0, *values])


class Calls(collections.Counter[str]):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)


class Code(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(f"code {code}")


@pytest.mark.parametrize("kind", [Plain, SlotsOnly, Sets, Frozen, Named, Colour, Rows, Simple, dict, ValueError])
def test_a_copy_is_like_the_object(kind: type) -> None:
    check_class(kind, OWN)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (LeavesOut, "__getstate__"),
        (Heir, "__getstate__"),
        (Computed, "__new__"),
        (Grows, "extend"),
        (Calls, "__init__"),
        (Code, "__init__"),
        (SetsSlots, "__setattr__"),
    ],
)
def test_a_copy_may_be_another(kind: type, name: str) -> None:
    with pytest.raises(Unsendable, match=f"{name} of its own"):
        check_class(kind, OWN)
    check_class(kind, {"another_module"})


def _raised() -> ValueError:
    try:
        raise ValueError(1)
    except ValueError as fault:
        return fault


def _caused() -> ValueError:
    fault = ValueError(1)
    fault.__cause__ = KeyError(2)
    return fault


@pytest.mark.parametrize("fault", [_raised(), _caused(), AttributeError("no", name="n"), NameError("no", name="n")])
def test_an_exception_that_would_lose_something(fault: BaseException) -> None:
    with pytest.raises(Unsendable, match=type(fault).__name__):
        check_exception(fault)


@pytest.mark.parametrize("fault", [ValueError(1), AttributeError("no"), OSError(2, "no", "file"), SystemExit(3)])
def test_one_that_loses_nothing(fault: BaseException) -> None:
    check_exception(fault)
