"""What cannot change while a region is open, and a watch on the names that could.

Code that the analysis cannot follow may run between two items. It cannot change a number or a text, but it may bind a
name anew and change every container and object. `is_fixed` is true of values that are safe from it; `Bindings` notices
that a name, or an attribute of a class, does not hold what it held when the captures were packed."""

from __future__ import annotations

import collections
import functools
import types
from collections.abc import Iterable, Mapping, Sized
from typing import Any

from marx.inside.codebook import class_data
from marx.inside.refusals import Refusal
from marx.inside.world import is_plain, type_name

GROWING_MAX = 1000
"""So many lengths are compared for each item."""
_UNCHANGEABLE = frozenset(
    "fractions.Fraction decimal.Decimal datetime.date datetime.datetime datetime.time datetime.timedelta"
    " datetime.timezone re.Pattern uuid.UUID pathlib.PosixPath pathlib.PurePosixPath pathlib.Path operator.itemgetter"
    " operator.attrgetter struct.Struct _struct.Struct numpy.ufunc builtins.method_descriptor"
    " builtins.wrapper_descriptor ipaddress.IPv4Address ipaddress.IPv4Network".split()
)


def is_fixed(value: object, own: frozenset[str]) -> bool:
    """Whether nobody can change what the value is made of, nor the code that it stands for. `own` names the
    program's modules."""
    return _is_fixed(value, own, set())


def _is_fixed(value: object, own: frozenset[str], seen: set[int]) -> bool:
    if id(value) in seen or is_plain(value):
        return True
    seen.add(id(value))
    kind = type(value)
    if kind is types.FunctionType:
        cells = [c.cell_contents for c in value.__closure__ or () if c != types.CellType()]  # type: ignore[attr-defined]
        held = [value.__defaults__, value.__kwdefaults__, value.__dict__.get("__wrapped__")]  # type: ignore[attr-defined]
        return all(_is_code(c) for c in cells) and all(_is_fixed(v, own, seen) for v in (*held, *cells))
    if kind is functools._lru_cache_wrapper:
        return _is_fixed(value.__wrapped__, own, seen)  # type: ignore[attr-defined]
    if isinstance(value, type):
        return value.__module__ not in own or all(_is_fixed(v, own, seen) for v in (class_data(value) or {}).values())
    if kind is types.BuiltinFunctionType:
        return value.__self__ is None or isinstance(value.__self__, types.ModuleType | type)  # type: ignore[attr-defined]
    if kind is tuple or kind is frozenset:
        return all(_is_fixed(v, own, seen) for v in value)  # type: ignore[attr-defined]
    return kind is types.ModuleType or type_name(kind) in _UNCHANGEABLE


def _is_code(value: object) -> bool:
    """Cells can be bound anew; only those that hold code are taken to stay as they are."""
    return isinstance(value, types.FunctionType | type | types.ModuleType | types.BuiltinFunctionType)


class Bindings:
    """The names that the captures were read from, and what they held; and the dicts that grow when they are read."""

    def __init__(self) -> None:
        self._held: list[tuple[Mapping[str, Any], str, Any]] = []
        self._growing: list[tuple[Sized, int]] = []

    def add(self, space: Mapping[str, Any], names: Iterable[str]) -> None:
        self._held += [(space, name, space[name]) for name in names if name in space]

    def watch_growing(self, objects: Iterable[object]) -> None:
        """Notes how much those have that take in whatever they are asked for."""
        for value in objects:
            if isinstance(value, collections.defaultdict) and value.default_factory is not None:
                self._growing.append((value, len(value)))
        if len(self._growing) > GROWING_MAX:
            raise Refusal("MX103", "chunks read more dicts with defaults than can be watched")

    def hold(self) -> bool:
        """Whether every name still holds the same object, and no dict has taken in what it was asked for."""
        for space, name, value in self._held:  # asked for every value: loops cost a third of `all`
            if space.get(name) is not value:
                return False
        return not self._growing or all(len(value) == count for value, count in self._growing)
