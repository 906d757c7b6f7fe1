"""Outcomes of calls as bytes: what a jail says of a chunk of calls, and what a tasker reads without running anything.

    [ outcomes, printed to stdout, printed to stderr, nanoseconds ]          (msgpack)

An outcome is a value or a failure. A number that fits 64 bits, a text, True, False and None stand for themselves; all
else is an extension: plain data (plain.py), a pickle (only ever opened where the tasker asked for pickles), or a
`Failure` (failures.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec.msgpack import Ext

from marx.wire import failures, plain
from marx.wire.failures import Failure

VALUE, PICKLE, FAILURE = 1, 2, 3

_LEAVES = frozenset({type(None), bool, int, float, str})


class BadOutcomes(ValueError):
    """Bytes that are not the outcomes of as many calls as were asked for."""


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


def pack_value(value: object) -> object:
    """A value's place in the list. Raises `plain.NotPlain`."""
    return value if type(value) in _LEAVES else Ext(VALUE, plain.encode(value))


def pack_pickle(data: bytes) -> object:
    return Ext(PICKLE, data)


def pack_failure(failure: Failure) -> object:
    return Ext(FAILURE, failures.encode(failure))


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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, plain.BadPlain, failures.BadFailure) as fault:
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
        return failures.decode(data)
    raise BadOutcomes("an outcome of unknown kind")
