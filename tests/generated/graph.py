"""What a program left behind: every object that its globals reach, and which of them are one object.

A copy that came back in the place of an object prints like it, and shows only when somebody changes one of the two.
So both runs write their globals down as a graph, and the graphs are compared: values by what they are, containers and
instances also by identity. Knows nothing of drivers and chunks."""

from __future__ import annotations

import functools
import hashlib
import json
import random
import types
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

_ATOMS = (int, bool, str, bytes, complex, type(None), type(Ellipsis), range)
_LISTED = (list, tuple, deque, set, frozenset)


class _Writer:
    """Numbers objects in the order in which they are met. A row is [kind, text, rows of its parts]."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, list[int]]] = []
        self._numbers: dict[int, int] = {}
        self._kept: list[object] = []

    def row_of(self, value: Any) -> int:
        if id(value) in self._numbers:
            return self._numbers[id(value)]
        number = len(self.rows)
        self._numbers[id(value)] = number
        self._kept.append(value)
        self.rows.append(("", "", []))
        kind, text, parts = _look(value)
        self.rows[number] = (kind, text, [self.row_of(p) for p in parts])
        return number


def write_down(space: Mapping[str, Any]) -> bytes:
    """The graph of a namespace, for `differing`."""
    writer = _Writer()
    roots = {
        name: writer.row_of(value)
        for name, value in space.items()
        if not name.startswith("__") and not isinstance(value, types.ModuleType)
    }
    return json.dumps({"roots": roots, "rows": writer.rows}).encode()


def _look(value: Any) -> tuple[str, str, Iterable[Any]]:
    """(kind, text, parts) of a value. Kinds that begin with "@" have an identity."""
    kind = type(value)
    name = kind.__qualname__
    if kind is float and value != value:
        return "@float", "nan", ()
    if kind in _ATOMS or kind is float:
        return name, repr(value), ()
    if kind in (tuple, frozenset):
        return name, "", value
    if isinstance(value, type):
        data = vars(value) if value.__module__ == "__main__" else {}
        held = (*_ATOMS, float, *_LISTED, dict)
        shown = {k: v for k, v in data.items() if not k.startswith("__") and isinstance(v, held)}
        return "class", value.__qualname__, [part for pair in sorted(shown.items()) for part in pair]
    if kind is types.FunctionType:
        cells = [c.cell_contents for c in value.__closure__ or () if c != types.CellType()]
        return "function", value.__qualname__, [value.__defaults__, value.__dict__, *cells]
    if isinstance(value, types.ModuleType):
        return "module", value.__name__, ()  # a closure of the library may hold one, and through it everything
    if isinstance(value, random.Random):
        return "@" + name, hashlib.sha1(repr(value.getstate()).encode()).hexdigest(), ()
    if kind is functools.partial:
        return "@" + name, "", (value.func, value.args, value.keywords)
    if name == "ndarray":
        lies = f"{value.dtype} {value.shape} {value.strides} {value.flags.writeable} {value.flags.owndata}"
        held = value.ravel().tolist() if value.dtype.hasobject else [value.tobytes().hex()]
        return "@" + name, lies, held
    return _look_inside(value, "@" + name)


def _look_inside(value: Any, name: str) -> tuple[str, str, Iterable[Any]]:
    parts: list[Any] = []
    if isinstance(value, dict):
        parts += [part for pair in value.items() for part in pair]
    elif isinstance(value, _LISTED):
        parts += value
    parts += [part for pair in getattr(value, "__dict__", {}).items() for part in pair]
    own = [cls for cls in type(value).__mro__ if cls.__module__ == "__main__"]
    slots = [s for cls in own for s in cls.__dict__.get("__slots__", ())]
    parts += [part for s in slots if hasattr(value, s) for part in (s, getattr(value, s))]
    return name, "", parts


def differing(first: bytes, second: bytes, names: Iterable[str]) -> str:
    """Where two graphs part ways, as "name: reason"; "" if they do not. Only what the `names` reach is compared, as far
    as both have them: what a chunk binds and nobody reads is not bound by the driver."""
    one, two = json.loads(first), json.loads(second)
    there: dict[int, int] = {}
    back: dict[int, int] = {}
    seen: set[tuple[int, int]] = set()
    for name in sorted(one["roots"].keys() & two["roots"].keys() & set(names)):
        todo = [(one["roots"][name], two["roots"][name])]
        while todo:
            pair = todo.pop()
            if pair in seen:
                continue
            seen.add(pair)
            (kind, text, parts), (other_kind, other_text, others) = one["rows"][pair[0]], two["rows"][pair[1]]
            if (kind, text, len(parts)) != (other_kind, other_text, len(others)):
                return f"{name}: {kind} {text} of {len(parts)} is {other_kind} {other_text} of {len(others)}"
            same = there.setdefault(pair[0], pair[1]) == pair[1] and back.setdefault(pair[1], pair[0]) == pair[0]
            if kind.startswith("@") and not same:
                return f"{name}: a {kind[1:]} is one object in one run and two in the other"
            todo += zip(parts, others, strict=True)
    return ""
