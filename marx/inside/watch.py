"""How a chunk jail notices that a map slice changed something after all.

The analysis says that a map slice changes nothing that outlives its item. A jail works on copies, so a mistake there
would harm nobody and go unnoticed, and the driver would miss a change. Hence whatever a map slice could reach is summed
up before and after: each item, and once a chunk the captures and the interpreter's own state. What differs is computed
in place by the driver."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import types
import warnings
from collections.abc import Callable
from functools import _lru_cache_wrapper
from typing import Any

from marx.inside.transport import PROTOCOL, class_data


class _Sum:
    """A file that only keeps a hash of what is written to it."""

    def __init__(self) -> None:
        self.hash = hashlib.blake2b(digest_size=16)

    def write(self, data: bytes | memoryview) -> int:
        self.hash.update(data)
        return len(data)


class _StatePickler(pickle.Pickler):
    """Writes the state of values; code is named, and of functions and classes only what they hold is written."""

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if kind is types.FunctionType:
            cells = [_content(cell) for cell in value.__closure__ or ()]
            return str, (value.__qualname__,), (value.__defaults__, value.__kwdefaults__, value.__dict__, cells)
        if isinstance(value, type) and value.__module__ == "__main__":
            return str, (value.__qualname__,), class_data(value)
        if kind is types.ModuleType:
            return str, (value.__name__,)
        if kind is _lru_cache_wrapper:
            return str, (), value.__wrapped__
        return NotImplemented


def _content(cell: types.CellType) -> Any:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def digest(value: Any) -> bytes:
    """Equal for the same value as long as nothing in it is changed; b"" if it cannot be summed up."""
    made = _Sum()
    try:
        _StatePickler(made, PROTOCOL).dump(value)
    except Exception:
        return b""
    return made.hash.digest()


def ambient_digest() -> bytes:
    """Sums up the interpreter's own state, as far as programs use it."""
    state: list[Any] = [dict(os.environ), os.getcwd(), sys.getrecursionlimit(), sys.get_int_max_str_digits()]
    for name, of in _STATES.items():
        module = sys.modules.get(name)
        if module is not None:
            state.append((name, of(module)))
    return digest(state)


def _of_decimal(module: Any) -> Any:
    context = module.getcontext()
    return repr(context), [signal.__name__ for signal, on in context.flags.items() if on]


_STATES: dict[str, Callable[[Any], Any]] = {
    "random": lambda module: module.getstate(),
    "decimal": _of_decimal,
    "locale": lambda module: module.setlocale(module.LC_ALL),
    "numpy": lambda module: repr(module.geterr()),
    "numpy.random": lambda module: module.get_state(),
}


class Warned:
    """Notes that a warning would have been shown: the driver shows it, where the item is computed in place."""

    def __init__(self, filters: list[Any]) -> None:
        """`filters` are the driver's. Taking them forgets which warnings were shown, as every chunk has to."""
        self.seen = False
        warnings.resetwarnings()
        warnings.filters[:] = filters  # type: ignore[index]
        warnings.showwarning = self._note

    def _note(self, *_: object, **__: object) -> None:
        self.seen = True

    def take(self) -> bool:
        seen, self.seen = self.seen, False
        return seen
