"""What can be reached from an object, so that two names for one object are noticed.

Code, classes and modules are not followed: they are guarded by name, and following them would reach everything.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import sys
import types
from collections.abc import Collection, Iterable

from marx.inside.world import ATOMS

OBJECTS_MAX = 2_000_000
"""Beyond it the walk costs more than most regions save."""

LOOKED_AT_MAX = 200_000
"""So many objects that the ordered part reads are looked at for each variable."""
_RUNNING = (types.GeneratorType, types.CoroutineType, map, filter, itertools.starmap, itertools.takewhile,
            itertools.dropwhile, itertools.filterfalse, itertools.accumulate, itertools.groupby, type(iter(int, 1)),
            contextlib.ExitStack, contextlib.AsyncExitStack)  # fmt: skip
_CODE = (
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.ModuleType,
    types.CodeType,
    types.FrameType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    property,
    classmethod,
    staticmethod,
)


class TooMuch(Exception):
    """The walk met more objects than it may look at."""


def reachable(roots: Iterable[object], most: int = OBJECTS_MAX) -> dict[int, object]:
    """Every object that can be reached from the roots and that could be changed or hold something, by its id."""
    found: dict[int, object] = {}
    todo = [r for r in roots if is_followed(r)]
    while todo:
        value = todo.pop()
        if id(value) in found:
            continue
        found[id(value)] = value
        if len(found) > most:
            raise TooMuch
        todo.extend(r for r in [*gc.get_referents(value), *buffers(value)] if is_followed(r))
    return found


def runs_code(value: object, own: Collection[str]) -> bool:
    """Whether a value is or holds what runs code of the program when somebody else uses it: an iterator, a stack of
    what is to be called at the end, a method that a library object keeps. `own` names the program's modules."""
    if not is_followed(value):
        return False
    try:
        found = reachable([value], LOOKED_AT_MAX).values()
    except TooMuch:
        return True
    return any(
        isinstance(thing, _RUNNING)
        or (isinstance(thing, types.MethodType) and getattr(thing.__func__, "__module__", None) in own)
        for thing in found
    )


def is_followed(value: object) -> bool:
    return type(value) not in ATOMS and not isinstance(value, _CODE)


def buffers(value: object) -> list[object]:
    """What an array of numpy shares its memory with or holds, which the garbage collector does not see."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray):
        return []
    held = list(value.flat) if value.dtype.hasobject else []
    return held if value.base is None else [*held, value.base]


def with_buffers(objects: Iterable[object]) -> dict[int, object]:
    """Objects by id, and what they share their memory with."""
    found: dict[int, object] = {}
    todo = list(objects)
    while todo:
        thing = todo.pop()
        if id(thing) not in found:
            found[id(thing)] = thing
            todo += buffers(thing)
    return found
