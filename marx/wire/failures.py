"""An exception as data: what a jail says of one, and what a tasker may make of it again without running anything.

    Failure
      module, name      its class
      text, trace       what it says, and its traceback as Python prints it
      arguments         plain bytes of its `args`
      state             plain bytes of its `__dict__`
      fields            plain bytes of what lies beside both: an `OSError`'s file name, what `__slots__` hold
      parts             of an exception group: a failure for each of its exceptions

Neither side may run code of the program's to take a field or to put it back: `fields_of` names descriptors of the
interpreter's own making only, and of these only those whose value may be any object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MemberDescriptorType
from typing import Annotated, Any, Final

import msgspec

from marx.wire import plain

TEXT_LENGTH_MAX: Final = 10_000
"""The longest message of a failure, and the longest traceback, of which the end is kept."""
PARTS_MAX: Final = 1000
"""Exceptions in a group, those of groups in it included."""
PARTS_DEPTH_MAX: Final = 20
"""Groups in groups: Python itself shows ten."""

_BUILTIN_FIELDS: Mapping[type[BaseException], tuple[str, ...]] = {
    OSError: ("errno", "strerror", "filename", "filename2"),
    ImportError: ("msg", "name", "path"),
}
"""What these exceptions know that is in neither `args` nor `__dict__`, as their pickles have it."""


class BadFailure(ValueError):
    """Bytes of a group's exceptions that are none, or more of them than there may be."""


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """An exception that a call ended with. Bytes are empty where there is nothing, or nothing plain."""

    module: str
    name: str
    text: str
    trace: str
    arguments: bytes = b""
    state: bytes = b""
    fields: bytes = b""
    parts: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=PARTS_MAX)] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Failure)


def encode(failure: Failure) -> bytes:
    return _encoder.encode(failure)


def decode(data: bytes) -> Failure:
    """Raises `BadFailure` and nothing else."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadFailure(str(fault)) from None


def plain_parts(failure: Failure) -> Iterator[object]:
    """The failure's `args`, `__dict__` and fields; None where they were not plain."""
    for data in (failure.arguments, failure.state, failure.fields):
        try:
            yield plain.decode(data) if data else None
        except plain.BadPlain:
            yield None


def fields_of(cls: type[BaseException]) -> dict[str, Any]:
    """The descriptors of what instances hold beside `args` and `__dict__`, by name."""
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        own = type.__dict__["__dict__"].__get__(base)
        names = _BUILTIN_FIELDS.get(base, ()) or (own if "__slots__" in own else ())
        for name in names:
            if base in _BUILTIN_FIELDS or type(own[name]) is MemberDescriptorType:
                found.setdefault(name, own[name])
    return found
