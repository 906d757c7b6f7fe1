"""What captures are made of in a chunk jail: functions and classes of the program, bound to one namespace a region.

Pickles name these makers by a module of their own (`_marx`), so that the program may have modules of any name."""

from __future__ import annotations

import collections
import functools
import importlib
import marshal
import sys
import types
from collections.abc import Callable
from typing import Any

from marx.inside import classes
from marx.inside.arrays import make_owner, make_part


class Missing:
    """The value of a slot that the map slice did not reach."""

    def __reduce__(self) -> str:
        return "MISSING"


MISSING = Missing()


class Space:
    """The namespace that functions and classes are bound to while captures and items are read: one a region.

    `brought` are the names that came into it with a class, beside those that were captured."""

    here: Space

    def __init__(self, module: types.ModuleType) -> None:
        self.module = module
        self.classes: dict[str, type] = {}
        self.brought: set[str] = set()

    def enter(self) -> None:
        Space.here = self


def make_function(code: bytes, cells: int, module: str) -> types.FunctionType:
    closure = tuple(types.CellType() for _ in range(cells))
    space = vars(Space.here.module if module == "__main__" else importlib.import_module(module))
    return types.FunctionType(marshal.loads(code), space, None, None, closure or None)


def fill_function(function: types.FunctionType, state: tuple[Any, ...]) -> None:
    name, qualname, defaults, kwdefaults, attributes, cells = state
    function.__name__, function.__qualname__ = name, qualname
    function.__defaults__, function.__kwdefaults__ = defaults, kwdefaults
    function.__dict__.update(attributes)
    for cell, content in zip(function.__closure__ or (), cells, strict=True):
        if content:
            cell.cell_contents = content[0]


def make_class(name: str, code: bytes, needs: dict[str, Any]) -> type:
    here = Space.here
    if name not in here.classes:
        space = here.module.__dict__
        here.brought.update((name, *needs))
        space.update(needs)
        before = space.get(name)
        exec(marshal.loads(code), space)
        here.classes[name] = space[name]
        if before is not None:
            space[name] = before
    return here.classes[name]


def find_named(module: str, name: str) -> Any:
    """A function or class of one of the program's other modules."""
    return functools.reduce(getattr, name.split("."), importlib.import_module(module))


def fill_found(function: types.FunctionType, state: tuple[Any, ...]) -> None:
    """What a function of another module may have come to hold since that was imported."""
    function.__defaults__, function.__kwdefaults__, attributes, cells = state
    function.__dict__.update(attributes)
    for cell, content in zip(function.__closure__ or (), cells, strict=True):
        if content:
            cell.cell_contents = content[0]


def fill_class(cls: type, state: classes.State) -> None:
    classes.restore(cls, state)


def make_named_tuple(name: str, fields: tuple[str, ...], defaults: tuple[Any, ...]) -> type:
    from collections import namedtuple

    return namedtuple(name, fields, defaults=defaults, module="__main__")


def make_type_var(name: str, constraints: tuple[Any, ...], given: dict[str, Any]) -> Any:
    """By what it says: it pickles as a name of its module, which a chunk jail does not have."""
    from typing import TypeVar

    return TypeVar(name, *constraints, **given)


def make_by_dill(data: bytes) -> Any:
    import dill

    return dill.loads(data)


class EqualKeys(BaseException):
    """A cached function was called with what may equal a key of another type or sign, so that it matters who called
    first."""


def make_cache(function: Callable[..., Any], maxsize: int | None, typed: bool) -> Callable[..., Any]:
    cached = functools.lru_cache(maxsize, typed)(function)

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        if not all(map(_is_one_key, (*args, *named.values()))):
            raise EqualKeys
        return cached(*args, **named)

    for name in ("cache_parameters", "cache_info", "cache_clear"):
        setattr(call, name, getattr(cached, name))
    return call


def _is_one_key(value: object) -> bool:
    """Whether the value equals none of another type or sign. Whole numbers do (1 is True and 1.0), but whoever mixes
    them calls with those others as well, which are refused here."""
    kind = type(value)
    if kind is tuple:
        return all(map(_is_one_key, value))  # type: ignore[call-overload]
    return kind in (int, str, bytes, type(None)) or (kind is float and not value.is_integer())  # type: ignore[attr-defined]


class Inserts(BaseException):
    """A `defaultdict` of the driver's was asked for what it does not hold, and would have changed."""


class NoFactory:
    """Stands in a chunk for the factory of a `defaultdict`, under the same text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __call__(self) -> Any:
        raise Inserts


def make_default(text: str) -> collections.defaultdict[Any, Any]:
    return collections.defaultdict(NoFactory(text))


def _register() -> None:
    """Pickles name our functions by a module of their own, so that the program may have modules of any name."""
    module = types.ModuleType("_marx")
    makers = (
        make_function,
        make_class,
        make_named_tuple,
        make_by_dill,
        make_cache,
        make_default,
        make_owner,
        make_part,
        NoFactory,
    )
    for thing in (*makers, make_type_var, fill_function, fill_class, find_named, fill_found, Missing):
        thing.__module__ = "_marx"
        setattr(module, thing.__name__, thing)
    module.MISSING = MISSING  # type: ignore[attr-defined]
    sys.modules["_marx"] = module


_register()
