"""Plain data as bytes and back, for values that cross between people who do not trust each other: no pickles, no code.

Plain are None, bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, arrays (arrays.py), dates,
exact numbers and the like (exact.py), Counter, OrderedDict and deque; by exact type: an object of a subclass is
refused, not flattened. What comes out equals what went in, type by type and bit
by bit; which containers were one object is not kept.

The form is one flat msgpack array of tokens, in the order in which the value is read:

    {"n": 3, "xs": [(1, 2j)]}   →   DICT 2, "n", 3, "xs", LIST 1, TUPLE 2, 1, COMPLEX …
    (1.5, 2.5, 3.5)             →   TUPLE, [1.5, 2.5, 3.5]

A leaf stands for itself. A container is an extension with the number of what follows in it; with no number, all that
it holds are leaves, which follow as one array (a plain list of leaves is just that array). Nothing nests in msgpack
itself, so decoding is one pass in C over a type without depth, then one over the tokens with a limit to it.

`decode` is total: a value, or `BadPlain`. Its memory is bounded by a small multiple of the bytes. Keep it so: look at
counts before anything is built, and build nothing that bytes can name.
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby
from typing import Final

import msgspec
from msgspec.msgpack import Ext

from marx.wire import arrays, exact
from marx.wire.arrays import BadArray
from marx.wire.exact import BadExact

DEPTH_MAX: Final = 100
"""Containers in containers. Deeper data is a structure of its own kind, and its reader recurses."""
PLAIN_BYTES_MAX: Final = 64 * 1024 * 1024
"""Of one value, unless the caller says otherwise."""
TOKENS_MAX: Final = 4_000_000
"""Each costs its reader far more memory than the bytes that it takes; long lists of leaves are one token."""
SAME_HASH_MAX: Final = 50
"""Keys with one and the same hash. Honest data has a few; a sender who chose more wants his reader to compare all
with all. (The hash of text and bytes is keyed, so nobody can choose it.)"""

LIST, TUPLE, SET, FROZENSET, DICT = 1, 2, 3, 4, 5
COUNTER, ORDERED, DEQUE = 6, 7, 8
INT, COMPLEX, BYTES, TEXT, ARRAY, EXACT = 11, 12, 13, 14, 15, 16

Leaf = bool | int | float | str | None
Tokens = list[bool | int | float | str | Ext | list[Leaf] | None]

_LEAVES = frozenset({type(None), bool, int, float, str})
_KEYED = frozenset({str, bytes})
_CODES: dict[type, int] = {
    list: LIST,
    tuple: TUPLE,
    set: SET,
    frozenset: FROZENSET,
    dict: DICT,
    Counter: COUNTER,
    OrderedDict: ORDERED,
    deque: DEQUE,
}
_OF_PAIRS = (DICT, COUNTER, ORDERED)
_NEXT_IS_LEAVES = b""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Tokens)


class NotPlain(TypeError):
    """A value that has no plain form. `path` leads to it from the value that was to be encoded."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path} {why}")


class BadPlain(ValueError):
    """Bytes that are no plain value within the limits."""


# --- encode -----------------------------------------------------------------------------------------------------------


def encode(value: object, *, bytes_max: int = PLAIN_BYTES_MAX) -> bytes:
    """The bytes of a plain value. Raises `NotPlain` with the path of what is not, as in `value["rows"][3]`."""
    data = _in_one_go(value)
    if len(data) > bytes_max:
        raise NotPlain("value", f"takes {len(data)} bytes; the limit is {bytes_max}")
    return data


def _in_one_go(value: object) -> bytes:
    """At first without a look at single leaves, which the encoder refuses itself where they need another form."""
    try:
        return _encoder.encode(_tokens(value, single=False))
    except (OverflowError, UnicodeEncodeError):
        return _encoder.encode(_tokens(value, single=True))


def _tokens(value: object, *, single: bool) -> Tokens:
    tokens: Tokens = []
    try:
        _Writer(tokens, single).write(value, 0)
    except _Refused as refusal:
        raise NotPlain("value" + "".join(reversed(refusal.steps)), refusal.why) from None
    except RecursionError:
        raise NotPlain("value", "is nested too deep for what is left of the stack") from None
    if len(tokens) > TOKENS_MAX:
        raise NotPlain("value", f"has {len(tokens)} parts; the limit is {TOKENS_MAX}. Use arrays for numbers.")
    return tokens


class _Refused(Exception):
    """On its way out, it learns the path to the value, last step first."""

    def __init__(self, why: str) -> None:
        self.why = why
        self.steps: list[str] = []


class _Writer:
    """`single`: each leaf is looked at, and those beyond msgpack get a form of their own."""

    __slots__ = ("_single", "_tokens")

    def __init__(self, tokens: Tokens, single: bool) -> None:
        self._tokens = tokens
        self._single = single

    def write(self, value: object, depth: int) -> None:
        kind = type(value)
        if kind in _LEAVES:
            self._tokens.append(_leaf(value) if self._single else value)  # type: ignore[arg-type]
        elif kind in _CODES:
            self._write_container(value, depth)
        elif kind is bytes:
            self._tokens.append(Ext(BYTES, value))  # type: ignore[arg-type]
        elif kind is complex:
            self._tokens.append(Ext(COMPLEX, _encoder.encode([value.real, value.imag])))  # type: ignore[attr-defined]
        elif (other := _other(value)) is not None:
            self._tokens.append(other)
        else:
            raise _Refused(_why_not(value))

    def _write_container(self, value: object, depth: int) -> None:
        if depth == DEPTH_MAX:
            raise _Refused(f"is nested deeper than {DEPTH_MAX} containers (or holds itself)")
        code = _CODES[type(value)]
        flat = list(_flat(value))
        if not self._single and _LEAVES.issuperset(map(type, flat)):
            if code != LIST:
                self._tokens.append(Ext(code, _NEXT_IS_LEAVES))
            self._tokens.append(flat)  # type: ignore[arg-type]
            return
        self._tokens.append(Ext(code, _count(len(flat))))
        for index, each in enumerate(flat):
            try:
                self.write(each, depth + 1)
            except _Refused as refusal:
                refusal.steps.append(_step(code, flat, index))
                raise


def _flat(value: object) -> Iterable[object]:
    """What a container holds, in its order; of a dict key, value, key, value; of a deque its greatest length first."""
    if isinstance(value, dict):
        return chain.from_iterable(value.items())
    return chain([value.maxlen], value) if isinstance(value, deque) else value  # type: ignore[return-value]


def _leaf(value: object) -> object:
    if type(value) is int and not -(1 << 63) <= value < 1 << 64:
        return Ext(INT, value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))
    if type(value) is str and not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        return Ext(TEXT, value.encode("utf-8", "surrogatepass"))
    return value


def _other(value: object) -> Ext | None:
    try:
        if (data := arrays.encode(value)) is not None:
            return Ext(ARRAY, data)
        return None if (data := exact.encode(value)) is None else Ext(EXACT, data)
    except (BadArray, BadExact) as fault:
        raise _Refused(str(fault)) from None


def _why_not(value: object) -> str:
    kind = type(value)
    known = [base.__name__ for base in kind.__mro__ if base in _CODES or base in _LEAVES - {type(None)}]
    hint = f"; {known[0]}(…) of it is" if known else ""
    return f"is of type {kind.__module__}.{kind.__qualname__}, which is not plain data{hint}"


def _step(code: int, flat: list[object], index: int) -> str:
    if code in (SET, FROZENSET):
        return "{…}"
    if code not in _OF_PAIRS:
        return f"[{index - 1 if code == DEQUE else index}]"
    key = flat[index - index % 2]
    name = repr(key) if type(key) in _LEAVES else "…"
    name = name if len(name) <= 60 else name[:57] + "…"
    return f"[{name}]" if index % 2 else "{a key}"


def _count(number: int) -> bytes:
    return number.to_bytes(4, "little")


# --- decode -----------------------------------------------------------------------------------------------------------


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
        if count == _NEXT_IS_LEAVES:
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
