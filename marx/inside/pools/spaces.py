"""Where a task finds what it may change: places that are read, and written back, as a whole.

Functions and classes stay the program's own, so that pickles, `isinstance` and tracebacks see no difference; what they
hold is a place of its own. Knows nothing of pools."""

from __future__ import annotations

import random
import sys
from enum import Enum
from types import CellType, FunctionType
from typing import Any

from marx.inside.settings import Space, of_settings


def of_namespace(space: dict[str, Any]) -> Space:
    def write(values: dict[str, Any]) -> None:
        for name in space.keys() - values.keys():
            del space[name]
        space.update(values)

    return Space(lambda: dict(space), write)


def of_class(cls: type) -> Space:
    """The data of a class; its methods and what Python itself keeps there cannot be told from code. An enumeration's
    are its members."""

    def read() -> dict[str, Any]:
        if issubclass(cls, Enum):
            return {}
        return {k: v for k, v in vars(cls).items() if not is_dunder(k) and not hasattr(type(v), "__get__")}

    def write(values: dict[str, Any]) -> None:
        held = read()
        for name in held.keys() - values.keys():
            type.__delattr__(cls, name)
        for name, value in values.items():
            if name not in held or held[name] is not value:
                type.__setattr__(cls, name, value)

    return Space(read, write)


def of_function(function: FunctionType) -> list[Space]:
    """Its defaults, its attributes, and the variables of the functions around it."""
    spaces = [of_namespace(function.__dict__)]
    if function.__defaults__ or function.__kwdefaults__:
        names = ("__defaults__", "__kwdefaults__")

        def write(values: dict[str, Any]) -> None:
            for name in names:
                setattr(function, name, values[name])

        spaces.append(Space(lambda: {name: getattr(function, name) for name in names}, write))
    return spaces + [of_cell(cell) for cell in function.__closure__ or ()]


def of_cell(cell: CellType) -> Space:
    def read() -> dict[str, Any]:
        try:
            return {"cell_contents": cell.cell_contents}
        except ValueError:
            return {}

    def write(values: dict[str, Any]) -> None:
        if values:
            cell.cell_contents = values["cell_contents"]
        elif read():
            del cell.cell_contents

    return Space(read, write)


def of_interpreter() -> list[Space]:
    """What a process has to itself, and tasks and initializers are known to change."""
    spaces = [
        *of_settings().values(),
        Space(lambda: {"state": random.getstate()}, lambda values: random.setstate(values["state"])),
        Space(_streams, lambda values: vars(sys).update(values)),
        Space(lambda: {"limit": sys.getrecursionlimit()}, lambda values: sys.setrecursionlimit(values["limit"])),
    ]
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        draw = numpy.get_state, numpy.set_state
        spaces.append(Space(lambda: {"state": draw[0]()}, lambda values: draw[1](values["state"])))
    decimal = sys.modules.get("decimal")
    if decimal is not None:
        read = decimal.getcontext
        spaces.append(Space(lambda: {"now": read().copy()}, lambda values: decimal.setcontext(values["now"])))
    return spaces


def _streams() -> dict[str, Any]:
    return {name: getattr(sys, name) for name in ("stdin", "stdout", "stderr")}


def is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
