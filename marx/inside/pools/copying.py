"""What the processes of a pool have copies of: everything that the program's functions can reach.

    namespaces ─► survey ─► spaces to keep apart, objects to share ─► copies, one for each object

Shared stay code, what processes share too (memory, locks, queues of `multiprocessing`), and what has no copy, such as
an open file: a forked process writes to the same file. Two names for one object are two names for one copy."""

from __future__ import annotations

import copy
import copyreg
import gc
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import FunctionType, MethodType, ModuleType
from typing import Any

from marx.inside.pools.spaces import is_dunder, of_class, of_function
from marx.inside.reach import buffers
from marx.inside.settings import Space
from marx.inside.world import ATOMS, holds_plain

_SHARED_MODULES = frozenset("marx multiprocessing concurrent asyncio threading _thread logging weakref".split())
_CONTAINERS = (list, dict, tuple, set, frozenset, bytearray)
_DESCRIPTORS = (property, classmethod, staticmethod)
_DEPTH = 10_000
"""A long chain of objects is copied by a function that calls itself."""


@dataclass(slots=True)
class Survey:
    """What was met: `spaces` of the program's functions and classes, and the copies that are known beforehand, by the
    originals' ids: of what is shared the object itself."""

    own: frozenset[str]
    spaces: list[Space] = field(default_factory=list)
    known: dict[int, Any] = field(default_factory=dict)
    met: dict[int, Any] = field(default_factory=dict)

    def look(self, roots: Iterable[Any]) -> None:
        todo = list(roots)
        while todo:
            value = todo.pop()
            if type(value) not in ATOMS and id(value) not in self.met:
                self.met[id(value)] = value
                todo.extend(self._behind(value))

    def _behind(self, value: Any) -> Iterable[Any]:
        kind = type(value)
        if kind is FunctionType or isinstance(value, type):
            return self._behind_code(value)
        if kind in (list, dict, set, bytearray) and holds_plain(value):
            self.known[id(value)] = value.copy()
            return ()
        if isinstance(value, _DESCRIPTORS):
            self.known[id(value)] = value
            return gc.get_referents(value)
        if isinstance(value, ModuleType) or self._is_shared(value):
            self.known[id(value)] = value
            return ()
        return [*gc.get_referents(value), *buffers(value)]

    def _behind_code(self, value: Any) -> Iterator[Any]:
        if value.__module__ not in self.own:
            return
        spaces = of_function(value) if type(value) is FunctionType else [of_class(value)]
        self.spaces += spaces
        for space in spaces:
            yield from space.read().values()
        if isinstance(value, type):
            yield from (held for name, held in vars(value).items() if not is_dunder(name) or callable(held))
            yield from value.__bases__
        else:
            yield getattr(value, "__wrapped__", None)

    def _is_shared(self, value: Any) -> bool:
        kind = type(value)
        module = str(kind.__module__)
        if kind in _CONTAINERS or kind is MethodType:
            return False
        if module not in self.own and (module.partition(".")[0] in _SHARED_MODULES or hasattr(value, "_wrapper")):
            return True
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.ndarray):
            return _is_foreign(value)
        if hasattr(kind, "__deepcopy__"):
            return False
        try:
            reduced = value.__reduce_ex__(4)
        except Exception:
            return True
        return module not in self.own and _is_stateless(reduced)


def _is_foreign(array: Any) -> bool:
    """Whether the array's memory belongs to something else, which processes may share."""
    while isinstance(array.base, type(array)):
        array = array.base
    return array.base is not None


def _is_stateless(reduced: Any) -> bool:
    """Nothing but an identity, as `object()`: there is nothing that a task could change."""
    return not isinstance(reduced, tuple) or (
        reduced[0] is copyreg.__newobj__ and len(reduced[1]) == 1 and not any(reduced[2:])  # type: ignore[attr-defined]
    )


def copies(values: list[dict[str, Any]], survey: Survey) -> list[dict[str, Any]]:
    """The same names with copies of their values. Names of Python's own keep theirs."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEPTH))
    try:
        try:
            return _together(values, survey, ())
        except RecursionError:  # from its far end a chain needs no depth
            return _together(values, survey, reversed(survey.met.values()))
    except Exception:  # something resists: the others are copied one by one
        return [{name: _by_itself(name, value, survey) for name, value in named.items()} for named in values]
    finally:
        sys.setrecursionlimit(limit)


def _together(values: list[dict[str, Any]], survey: Survey, before: Iterable[Any]) -> list[dict[str, Any]]:
    """`before` are objects to be copied before all others."""
    memo = dict(survey.known)
    copied = []
    for thing in before:
        copy.deepcopy(thing, memo)
    for named in values:
        copied.append({k: v if _stays(k) else copy.deepcopy(v, memo) for k, v in named.items()})
    return copied


def _by_itself(name: str, value: Any, survey: Survey) -> Any:
    try:
        return value if _stays(name) else copy.deepcopy(value, dict(survey.known))
    except Exception:
        return value


def _stays(name: str) -> bool:
    return is_dunder(name) and name not in ("__defaults__", "__kwdefaults__")
