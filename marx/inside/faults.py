"""An exception as data (`wire/failures.py`), in the jail that it happened in.

What is plain goes as it is. An argument that is not goes as its text, an attribute that is not stays behind: whoever
catches the exception needs its class more than all of its details.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from types import TracebackType

from marx.wire import failures
from marx.wire.failures import PARTS_DEPTH_MAX, PARTS_MAX, TEXT_LENGTH_MAX, Failure
from marx.wire.plain import NotPlain, encode

_OUR_FRAMES = 1
"""Frames of ours at the top of each traceback of a call."""
_BYTES_MAX = 8 << 20
"""The most that arguments, attributes or fields may take, each."""


def failure_of(fault: BaseException) -> Failure:
    """The exception with its traceback."""
    return _failure(fault, _trace(fault)[-TEXT_LENGTH_MAX:])


def _failure(fault: BaseException, trace: str, depth: int = 0) -> Failure:
    """The exceptions of a group come without a traceback: they are in that of the group."""
    group = fault if isinstance(fault, BaseExceptionGroup) else None
    fields = dict(_fields(fault))
    return Failure(
        module=_writable(str(type(fault).__module__)),
        name=type(fault).__qualname__,
        text=_text(fault)[:TEXT_LENGTH_MAX],
        trace=_writable(trace),
        arguments=_plain(tuple(map(_argument, fault.args if group is None else (group.message,)))),
        state=_plain(_plain_ones(vars(fault))),
        fields=_plain(_plain_ones(fields)) if fields else b"",
        parts=() if group is None else tuple(_parts(group, depth + 1)),
    )


def _parts(group: BaseExceptionGroup[BaseException], depth: int) -> Iterator[bytes]:
    if depth <= PARTS_DEPTH_MAX and len(group.exceptions) <= PARTS_MAX:
        for fault in group.exceptions:
            yield failures.encode(_failure(fault, "", depth))


def _text(fault: BaseException) -> str:
    """What it says is asked of its class, which may itself fail."""
    try:
        return _writable(str(fault))
    except BaseException as second:
        return f"<its text cannot be had: {type(second).__name__}>"


def _writable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _trace(fault: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(type(fault), fault, _without_ours(fault.__traceback__)))
    except BaseException as second:
        return f"<its traceback cannot be shown: {type(second).__name__}>\n"


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    for _ in range(_OUR_FRAMES):
        trace = trace.tb_next if trace is not None else None
    return trace


def _fields(fault: BaseException) -> Iterator[tuple[str, object]]:
    for name, field in failures.fields_of(type(fault)).items():
        try:
            value = field.__get__(fault)
        except AttributeError:
            continue
        # A built-in class says None where nothing was set, and means something else where None was.
        if value is not None or field.__objclass__.__module__ != "builtins":
            yield name, value


def _plain_ones(named: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in named.items() if type(name) is str and _plain(value)}


def _argument(value: object) -> object:
    if _plain(value):
        return value
    try:
        return repr(value)[:TEXT_LENGTH_MAX]
    except BaseException as second:
        return f"<its text cannot be had: {type(second).__name__}>"


def _plain(value: object) -> bytes:
    try:
        return encode(value, bytes_max=_BYTES_MAX)
    except NotPlain:
        return b""
