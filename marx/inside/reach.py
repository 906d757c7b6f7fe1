"""What can be reached from an object, so that two names for one object are noticed.

Code, classes and modules are not followed: they are guarded by name, and following them would reach everything.
"""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Iterable

from marx.inside.world import ATOMS

OBJECTS_MAX = 2_000_000
"""Beyond it the walk costs more than most regions save."""
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
