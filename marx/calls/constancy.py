"""Whether a function would be packed to the same bytes again: asked at every call of one that was packed before.

Packing takes a hundred times longer than calling. A function of an imported module stays what it is; one that travels
by value is looked at with all that it names, as long as nothing that it names can be changed from inside. `None` means
"cannot be told", and the function is packed anew now and then.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})
"""Their values cannot be changed, and hold nothing else."""
_NUMBERS = frozenset({float, complex})
_DEPTH_MAX = 8

Look = tuple[object, ...]


def look_at(function: object) -> Look | None:
    """What the function is made of now: equal to an earlier look only if it would be packed to the same bytes."""
    found: list[object] = []
    return tuple(found) if _look(function, found, set(), 0) else None


def _look(value: object, found: list[object], seen: set[int], depth: int) -> bool:
    kind = type(value)
    if kind in ATOMS:
        # As text, because 0.0 equals -0.0.
        found += (kind, repr(value) if kind in _NUMBERS else value)
        return True
    if kind is ModuleType or kind is BuiltinFunctionType:
        found.append(value)
        return True
    if kind is tuple:
        return all(_look(one, found, seen, depth + 1) for one in value)  # type: ignore[attr-defined]
    if isinstance(value, type):
        found.append(value)
        return value.__module__ != "__main__"
    if kind is not FunctionType or depth > _DEPTH_MAX:
        return False
    found.append(value.__code__)  # type: ignore[attr-defined]
    if id(value) in seen:
        return True
    seen.add(id(value))
    if value.__module__ != "__main__" and "<locals>" not in value.__qualname__:  # type: ignore[attr-defined]
        return True
    return all(_look(one, found, seen, depth + 1) for one in _held_by(value))  # type: ignore[arg-type]


def _held_by(function: FunctionType) -> Iterator[object]:
    """All that is packed with a function."""
    yield from (function.__defaults__, tuple((function.__kwdefaults__ or {}).items()))
    yield tuple(function.__dict__.items())
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            yield None
    for name in sorted(_names(function.__code__)):
        yield (name, function.__globals__[name]) if name in function.__globals__ else name


def _names(code: CodeType) -> set[str]:
    """What a function may look up by name, with the functions in it."""
    found: set[str] = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found


def is_named(function: object) -> bool:
    """Whether the function stands at the top of a module, so that it is likely to be called again."""
    name = getattr(function, "__qualname__", "<")
    return isinstance(function, FunctionType | BuiltinFunctionType | type) and "<" not in name
