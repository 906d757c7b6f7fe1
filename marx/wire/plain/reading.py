"""Bytes to plain data: total, and in memory that is bounded by a small multiple of the bytes.

The bytes are a stranger's. Whatever they announce is counted before anything is built of it."""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final

import msgspec
from msgspec.msgpack import Ext

from marx.wire.plain import arrays, exact
from marx.wire.plain.arrays import BadArray
from marx.wire.plain.exact import BadExact
from marx.wire.plain.tokens import (
    ARRAY,
    BYTES,
    COMPLEX,
    COUNTER,
    DEPTH_MAX,
    DEQUE,
    DICT,
    EXACT,
    FROZENSET,
    INT,
    LIST,
    NEXT_IS_LEAVES,
    ORDERED,
    PLAIN_BYTES_MAX,
    SET,
    TEXT,
    TOKENS_MAX,
    TUPLE,
    Tokens,
)

SAME_HASH_MAX: Final = 50
"""Keys with one and the same hash. Honest data has a few; a sender who chose more wants his reader to compare all
with all. (The hash of text and bytes is keyed, so nobody can choose it.)"""


_KEYED = frozenset({str, bytes})
_decoder = msgspec.msgpack.Decoder(Tokens)


class BadPlain(ValueError):
    """Bytes that are no plain value within the limits."""


def decode(data: bytes, *, bytes_max: int = PLAIN_BYTES_MAX) -> object:
    """The value of these bytes. Raises `BadPlain` and nothing else, whatever they are."""
    if len(data) > bytes_max:
        raise BadPlain(f"{len(data)} bytes; the limit is {bytes_max}")
    if (count := _announced(data)) > TOKENS_MAX:
        raise BadPlain(f"{count} parts; the limit is {TOKENS_MAX}")
    try:
        tokens = _decoder.decode(data)
        reader = _Reader(tokens)
        value = reader.read(0)
    except (msgspec.DecodeError, UnicodeDecodeError, BadArray, BadExact) as fault:
        raise BadPlain(str(fault)) from None
    except RecursionError:
        raise BadPlain("nested too deep for what is left of the stack") from None
    if reader.left():
        raise BadPlain(f"{reader.left()} parts after the value")
    return value


def _announced(data: bytes) -> int:
    """How many tokens the bytes say that they are, before any of them is decoded."""
    first = data[0] if data else 0
    if 0x90 <= first <= 0x9F:
        return first & 0x0F
    if first in (0xDC, 0xDD):
        return int.from_bytes(data[1 : 3 if first == 0xDC else 5], "big")
    raise BadPlain("not an array of parts")


class _Reader:
    __slots__ = ("_count", "_taken", "_tokens")

    def __init__(self, tokens: Tokens) -> None:
        self._tokens: Iterator[object] = iter(tokens)
        self._count = len(tokens)
        self._taken = 0

    def left(self) -> int:
        return self._count - self._taken

    def read(self, depth: int) -> object:
        token = self._next()
        if type(token) is not Ext:
            return token  # a leaf, or a list of leaves that the decoder made just now
        if token.code in _BUILD:
            if depth == DEPTH_MAX:
                raise BadPlain(f"nested deeper than {DEPTH_MAX} containers")
            return _BUILD[token.code](self._held(_bytes(token), depth))
        if token.code in _READ:
            return _READ[token.code](_bytes(token))
        raise BadPlain(f"an extension of unknown code {token.code}")

    def _held(self, count: bytes, depth: int) -> list[object]:
        """What a container holds."""
        if count == NEXT_IS_LEAVES:
            leaves = self._next()
            if type(leaves) is not list:
                raise BadPlain("a container without its leaves")
            return leaves
        number = int.from_bytes(count, "little")
        if len(count) != 4 or number > self.left():
            raise BadPlain(f"a container of {number} in a value with {self.left()} parts left")
        return [self.read(depth + 1) for _ in range(number)]

    def _next(self) -> object:
        if not self.left():
            raise BadPlain("it ends early")
        self._taken += 1
        return next(self._tokens)


def _set(held: list[object]) -> set[object]:
    _check_keys(held)
    made = set(held)
    if len(made) != len(held):
        raise BadPlain("a set with an element twice")
    return made


def _dict(held: list[object]) -> dict[object, object]:
    keys = held[::2]
    if len(held) % 2:
        raise BadPlain("a key without a value")
    _check_keys(keys)
    made = dict(zip(keys, held[1::2], strict=True))
    if len(made) != len(keys):
        raise BadPlain("a dict with a key twice")
    return made


def _deque(held: list[object]) -> deque[object]:
    most, *items = held or [0]
    if not (most is None or (type(most) is int and len(items) <= most <= sys.maxsize)):
        raise BadPlain("a deque without its greatest length")
    return deque(items, most)


def _check_keys(keys: list[object]) -> None:
    if _KEYED.issuperset(map(type, keys)):
        return
    try:
        hashes = sorted(map(hash, keys))
    except TypeError as fault:
        raise BadPlain(f"a key or element that cannot be one: {fault}") from None
    if len(keys) > SAME_HASH_MAX and max(sum(1 for _ in run) for _, run in groupby(hashes)) > SAME_HASH_MAX:
        raise BadPlain(f"more than {SAME_HASH_MAX} keys of one hash")


def _int(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


def _complex(data: bytes) -> complex:
    real, imaginary = _pair_decoder.decode(data)
    return complex(real, imaginary)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _same(data: bytes) -> bytes:
    return data


def _bytes(token: Ext) -> bytes:
    return bytes(token.data)


_pair_decoder = msgspec.msgpack.Decoder(tuple[float, float])
_BUILD: dict[int, Callable[[list[object]], object]] = {
    LIST: list,
    TUPLE: tuple,
    SET: _set,
    FROZENSET: lambda held: frozenset(_set(held)),
    DICT: _dict,
    COUNTER: lambda held: Counter(_dict(held)),
    ORDERED: lambda held: OrderedDict(_dict(held)),
    DEQUE: _deque,
}
_READ: dict[int, Callable[[bytes], object]] = {
    INT: _int,
    COMPLEX: _complex,
    BYTES: _same,
    TEXT: _text,
    ARRAY: arrays.decode,
    EXACT: exact.decode,
}
