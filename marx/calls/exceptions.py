"""From a failure, which is data of a stranger's making, to an exception of this program, without running anything.

A class is looked up by name among those that this program has loaded; nothing is imported for it. Its own `__init__`
and `__new__` are not called: the exception gets its arguments and attributes where these came as plain data. Whoever
shows it must not have to pay for more than these bytes: what would be drawn from a number is bounded.
"""

from __future__ import annotations

import sys
from typing import Any

from marx.calls.errors import RemoteError, RemoteTraceback
from marx.wire.outcomes import TEXT_LENGTH_MAX, Failure, plain_parts

NAME_LENGTH_MAX = 1000
"""Of a class and its module, in characters."""
COLUMN_MAX = 10_000
"""Python draws as many spaces and carets below a syntax error as it says: no line of source is longer."""


def rebuild(failure: Failure, *, chunk: int, item: int, worker: str) -> BaseException:
    """The exception, with its remote traceback as its cause, and with where it happened."""
    fault = _exception(failure)
    fault.__cause__ = RemoteTraceback(failure.trace[-TEXT_LENGTH_MAX:])
    for name, value in (("chunk", chunk), ("item", item), ("worker", worker)):
        vars(fault).setdefault(name, value)
    return fault


def _exception(failure: Failure) -> BaseException:
    arguments, state = plain_parts(failure)
    cls = _class_of(failure)
    fault = _made(cls, arguments) if cls is not None and isinstance(arguments, tuple) else None
    if fault is None:
        name = f"{failure.module[:NAME_LENGTH_MAX]}.{failure.name[:NAME_LENGTH_MAX]}"
        return RemoteError(name, failure.text[:TEXT_LENGTH_MAX])
    if isinstance(state, dict):
        vars(fault).update({name: value for name, value in state.items() if type(name) is str})
    return fault


def _class_of(failure: Failure) -> type[BaseException] | None:
    """The exception class of that name in a module that is loaded. No attribute is computed on the way."""
    if len(failure.name) > NAME_LENGTH_MAX:
        return None
    found: object = sys.modules.get(failure.module)
    for part in failure.name.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _made(cls: type[BaseException], arguments: tuple[object, ...]) -> BaseException | None:
    """An instance by way of the built-in class that it derives from; None where that does not take the arguments."""
    base = next(one for one in cls.__mro__ if one.__module__ == "builtins")
    try:
        make: Any = base.__new__
        fault: BaseException = cls(*arguments) if cls is base else make(cls, *arguments)
        fault.args = arguments
    except Exception:
        return None
    if isinstance(fault, SyntaxError):
        fault.offset, fault.end_offset = _column(fault.offset), _column(fault.end_offset)
    return fault


def _column(offset: int | None) -> int | None:
    """An offset as `traceback` may have it; `args` keep what the program said."""
    return max(-1, min(offset, COLUMN_MAX)) if isinstance(offset, int) else None
