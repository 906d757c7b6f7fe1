"""Outcomes of calls as bytes: what a jail says of a chunk of calls, and what a tasker reads without running anything.

    [ outcomes, printed to stdout, printed to stderr, nanoseconds ]          (msgpack)

An outcome is a value or a failure. A number that fits 64 bits, a text, True, False and None stand for themselves; all
else is an extension: plain data (`wire/plain`), a pickle (only ever opened where the tasker asked for pickles), or a
`Failure` (failures.py). A call that stands for a portion of a map has runs instead, extensions that hold the outcomes
of neighbouring items, as far as it came: up to the first failure, or until its time was up.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.msgpack import Ext

from marx.wire import failures, plain
from marx.wire.failures import Failure

VALUE, PICKLE, FAILURE = 1, 2, 3
LEAVES, MIXED = 4, 5
"""Runs: of values that all stand for themselves, which nobody has to look at one by one, and of any outcomes."""

_LEAVES = frozenset({type(None), bool, int, float, str})


class BadOutcomes(ValueError):
    """Bytes that are not the outcomes of as many calls as were asked for."""


@dataclass(frozen=True, slots=True)
class Pickled:
    """A value as a pickle, for a tasker that opens them."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of one chunk: plain values as they are, `Failure`s and `Pickled`s among them."""

    results: list[object]
    stdout: str
    stderr: str
    wall_ns: int
    bare: bool = False
    """All values stand for themselves, so that there are no `Pickled`s to look for."""


_Wire = tuple[list[bool | int | float | str | Ext | None], str, str, int]
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, plain.BadPlain, failures.BadFailure)
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Wire)
_leaves_decoder = msgspec.msgpack.Decoder(list[bool | int | float | str | None])
_mixed_decoder = msgspec.msgpack.Decoder(list[bool | int | float | str | Ext | None])


def pack_value(value: object) -> object:
    """A value's place in the list. Raises `plain.NotPlain`."""
    return value if type(value) in _LEAVES else Ext(VALUE, plain.encode(value))


def pack_pickle(data: bytes) -> object:
    return Ext(PICKLE, data)


def pack_failure(failure: Failure) -> object:
    return Ext(FAILURE, failures.encode(failure))


def pack_run(values: list[object]) -> Ext:
    """Values of neighbouring items. Raises `plain.NotPlain`."""
    if _LEAVES.issuperset(map(type, values)):
        with suppress(OverflowError, UnicodeEncodeError):
            return Ext(LEAVES, _encoder.encode(values))
    return pack_mixed(list(map(pack_value, values)))


def pack_mixed(packed: list[object]) -> Ext:
    """Outcomes of neighbouring items, each packed by one of the above."""
    try:
        return Ext(MIXED, _encoder.encode(packed))
    except (OverflowError, UnicodeEncodeError):
        return Ext(MIXED, _encoder.encode(list(map(_not_bare, packed))))


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
    except _UNREADABLE as fault:
        raise BadOutcomes(str(fault)) from None
    if len(results) != count:
        raise BadOutcomes(f"{len(results)} outcomes of {count} calls")
    return Outcomes(results, stdout, stderr, max(0, wall_ns))


def decode_portion(data: bytes, most: int) -> Outcomes:
    """The outcomes of a portion's first items, of `most` at most: the last one may be a failure, no other."""
    results: list[object] = []
    bare = True
    try:
        packed, stdout, stderr, wall_ns = _decoder.decode(data)
        for run in packed:
            results += _read_run(run)
            bare = bare and run.code != MIXED
            if results and type(results[-1]) is Failure:
                break
    except _UNREADABLE as fault:
        raise BadOutcomes(str(fault)) from None
    if not 0 < len(results) <= most:
        raise BadOutcomes(f"{len(results)} outcomes of {most} items")
    return Outcomes(results, stdout, stderr, max(0, wall_ns), bare)


def _read_run(run: object) -> list[Any]:
    """Up to the first failure."""
    if type(run) is not Ext:
        raise BadOutcomes("a portion without runs")
    if run.code == LEAVES:
        return _leaves_decoder.decode(run.data)
    if run.code == FAILURE:
        return [_read(run)]
    if run.code != MIXED:
        raise BadOutcomes("a run of unknown kind")
    results = [_read(one) if type(one) is Ext else one for one in _mixed_decoder.decode(run.data)]
    first = next((at for at, one in enumerate(results) if type(one) is Failure), len(results))
    return results[: first + 1]


def _read(packed: Ext) -> object:
    kind, data = packed.code, bytes(packed.data)
    if kind == VALUE:
        return plain.decode(data)
    if kind == PICKLE:
        return Pickled(data)
    if kind == FAILURE:
        return failures.decode(data)
    raise BadOutcomes("an outcome of unknown kind")
