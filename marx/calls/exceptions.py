"""From a failure, which is data of a stranger's making, to an exception of this program, without running anything.

A class is looked up by name among those that this program has loaded; nothing is imported for it. Its own `__init__`
and `__new__` are not called: the exception gets its arguments, attributes and fields where these came as plain data.
Whoever shows it must not have to pay for more than these bytes, nor read memory that is none of them: what would be
drawn from a number, or looked up by one, is bounded.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from marx.calls.errors import RemoteError, RemoteTraceback
from marx.wire.failures import (
    PARTS_DEPTH_MAX,
    PARTS_MAX,
    TEXT_LENGTH_MAX,
    BadFailure,
    Failure,
    decode,
    fields_of,
    plain_parts,
)

NAME_LENGTH_MAX = 1000
"""The longest name of a class or module that is looked up, in characters."""
COLUMN_MAX = 10_000
"""Python draws as many spaces and carets below a syntax error as it says: no line of source is longer."""


def rebuild(failure: Failure, *, chunk: int, item: int, worker: str) -> BaseException:
    """The exception, with its remote traceback as its cause, and with where it happened."""
    fault = _Rebuilding().exception(failure)
    fault.__cause__ = RemoteTraceback(failure.trace[-TEXT_LENGTH_MAX:])
    for name, value in (("chunk", chunk), ("item", item), ("worker", worker)):
        vars(fault).setdefault(name, value)
    return fault


class _Unmade(Exception):
    """This failure cannot become an exception of its class."""


class _Rebuilding:
    """Counts the exceptions of a group and of the groups in it."""

    def __init__(self) -> None:
        self._parts = 0

    def exception(self, failure: Failure, depth: int = 0) -> BaseException:
        try:
            return self._made(failure, depth)
        except (_Unmade, BadFailure):
            name = f"{failure.module[:NAME_LENGTH_MAX]}.{failure.name[:NAME_LENGTH_MAX]}"
            return RemoteError(name, failure.text[:TEXT_LENGTH_MAX])

    def _made(self, failure: Failure, depth: int) -> BaseException:
        arguments, state, fields = plain_parts(failure)
        cls = _class_of(failure)
        if not isinstance(arguments, tuple):
            raise _Unmade
        if issubclass(cls, BaseExceptionGroup):
            arguments = (*arguments[:1], list(self._exceptions(failure, depth + 1)))
        fault = _instance(cls, arguments)
        for known in (state, fields):
            if isinstance(known, dict):
                _set(fault, known)
        return fault

    def _exceptions(self, failure: Failure, depth: int) -> Iterator[BaseException]:
        self._parts += len(failure.parts)
        if depth > PARTS_DEPTH_MAX or self._parts > PARTS_MAX:
            raise _Unmade
        for part in failure.parts:
            yield self.exception(decode(part), depth)


def _class_of(failure: Failure) -> type[BaseException]:
    """The exception class of that name in a module that is loaded. No attribute is computed on the way."""
    if len(failure.name) > NAME_LENGTH_MAX:
        raise _Unmade
    found: object = sys.modules.get(failure.module)
    for part in failure.name.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    if isinstance(found, type) and issubclass(found, BaseException):
        return found
    raise _Unmade


def _instance(cls: type[BaseException], arguments: tuple[object, ...]) -> BaseException:
    """Made by the built-in class that it derives from."""
    base: Any = next(one for one in cls.__mro__ if one.__module__ == "builtins")
    try:
        fault: BaseException = base.__new__(cls, *arguments)
        base.__init__(fault, *arguments)
        fault.args = arguments
    except Exception:
        raise _Unmade from None
    _bound(fault)
    return fault


def _bound(fault: BaseException) -> None:
    """Makes numbers harmless by which the interpreter would draw or look up; `args` keep what the program said."""
    if isinstance(fault, SyntaxError):
        fault.offset, fault.end_offset = _column(fault.offset), _column(fault.end_offset)
        fault.text = fault.text if isinstance(fault.text, str) else None
    elif isinstance(fault, UnicodeDecodeError | UnicodeEncodeError | UnicodeTranslateError):
        # The interpreter looks up what stands at `start` without asking whether that is within the object.
        fault.start, fault.end = (max(0, min(at, len(fault.object))) for at in (fault.start, fault.end))


def _column(offset: int | None) -> int | None:
    """An offset as `traceback` may have it."""
    return max(-1, min(offset, COLUMN_MAX)) if isinstance(offset, int) else None


def _set(fault: BaseException, known: dict[object, object]) -> None:
    """Each where this program's class keeps it: a copy of the class, in the jail, may have no slots."""
    fields = fields_of(type(fault))
    for name, value in known.items():
        if type(name) is str and name in fields:
            fields[name].__set__(fault, value)
        elif type(name) is str:
            vars(fault)[name] = value
