"""Outcomes of calls as bytes: what a jail says of a chunk of calls, and what a tasker reads without running anything.

    [ outcomes, printed to stdout, printed to stderr, nanoseconds ]          (msgpack)

An outcome is a value or a failure. A number that fits 64 bits, a text, True, False and None stand for themselves; all
else is an extension: plain data (plain.py), a pickle (only ever opened where the tasker asked for pickles), or a
`Failure`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.msgpack import Ext

from marx.wire import plain

VALUE, PICKLE, FAILURE = 1, 2, 3
TEXT_LENGTH_MAX: Final = 10_000
"""Of a failure's message and of its traceback, whose end is kept."""

_LEAVES = frozenset({type(None), bool, int, float, str})


class BadOutcomes(ValueError):
    """Bytes that are not the outcomes of as many calls as were asked for."""


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """An exception that a call ended with.

    `module` and `name` say its class; `arguments` and `state` are the plain bytes of its `args` and `__dict__` where
    these are plain data, else empty. `text` is what it says, `trace` its traceback as Python prints it.
    """

    module: str
    name: str
    text: str
    trace: str
    arguments: bytes = b""
    state: bytes = b""


@dataclass(frozen=True, slots=True)
class Pickled:
    """A value as a pickle, for a tasker that opens them."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of one chunk: plain values as they are, `Failure`s and `Pickled`s among them."""

    results: list[object]
    stdout: str
    stderr: str
    wall_ns: int


_Wire = tuple[list[bool | int | float | str | Ext | None], str, str, int]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Wire)
_failure_decoder = msgspec.msgpack.Decoder(Failure)


def pack_value(value: object) -> object:
    """A value's place in the list. Raises `plain.NotPlain`."""
    return value if type(value) in _LEAVES else Ext(VALUE, plain.encode(value))


def pack_pickle(data: bytes) -> object:
    return Ext(PICKLE, data)


def pack_failure(failure: Failure) -> object:
    return Ext(FAILURE, _encoder.encode(failure))


def encode(packed: Sequence[object], stdout: str, stderr: str, wall_ns: int) -> bytes:
    """The bytes of a chunk's outcomes, each packed by one of the above."""
    try:
        return _encoder.encode((packed, stdout, stderr, wall_ns))
    except (OverflowError, UnicodeEncodeError):
        # Numbers beyond 64 bits and texts with lone surrogates have a plain form, but not one of their own.
        printed = (text.encode("utf-8", "replace").decode() for text in (stdout, stderr))
        return _encoder.encode((list(map(_not_bare, packed)), *printed, wall_ns))


def _not_bare(one: object) -> object:
    return Ext(VALUE, plain.encode(one)) if type(one) in (int, str) else one


def decode(data: bytes, count: int) -> Outcomes:
    """The outcomes of `count` calls, or `BadOutcomes` whatever the bytes are."""
    try:
        packed, stdout, stderr, wall_ns = _decoder.decode(data)
        results = [_read(one) if type(one) is Ext else one for one in packed]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, plain.BadPlain) as fault:
        raise BadOutcomes(str(fault)) from None
    if len(results) != count:
        raise BadOutcomes(f"{len(results)} outcomes of {count} calls")
    return Outcomes(results, stdout, stderr, max(0, wall_ns))


def _read(packed: Ext) -> object:
    kind, data = packed.code, bytes(packed.data)
    if kind == VALUE:
        return plain.decode(data)
    if kind == PICKLE:
        return Pickled(data)
    if kind == FAILURE:
        return _failure_decoder.decode(data)
    raise BadOutcomes("an outcome of unknown kind")


def plain_parts(failure: Failure) -> Iterator[object]:
    """The failure's `args` and `__dict__`; None where they were not plain."""
    for data in (failure.arguments, failure.state):
        try:
            yield plain.decode(data) if data else None
        except plain.BadPlain:
            yield None
