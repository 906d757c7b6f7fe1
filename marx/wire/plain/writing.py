"""Plain data to bytes: a value becomes tokens in the order in which it is read, by exact type.

What has no plain form is refused with the path that leads to it, so that a person finds it in his data."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from itertools import chain

import msgspec
from msgspec.msgpack import Ext

from marx.wire.plain import arrays, exact
from marx.wire.plain.arrays import BadArray
from marx.wire.plain.exact import BadExact
from marx.wire.plain.refusals import Refused
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

_LEAVES = frozenset({type(None), bool, int, float, str})
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
_encoder = msgspec.msgpack.Encoder()


class NotPlain(TypeError):
    """A value that has no plain form. `path` leads to it from the value that was to be encoded."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path} {why}")


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
    except Refused as refusal:
        raise NotPlain(*refusal.told()) from None
    except RecursionError:
        raise NotPlain("value", "is nested too deep for what is left of the stack") from None
    if len(tokens) > TOKENS_MAX:
        raise NotPlain("value", f"has {len(tokens)} parts; the limit is {TOKENS_MAX}. Use arrays for numbers.")
    return tokens


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
            raise Refused(_why_not(value))

    def _write_container(self, value: object, depth: int) -> None:
        if depth == DEPTH_MAX:
            raise Refused(f"is nested deeper than {DEPTH_MAX} containers")
        code = _CODES[type(value)]
        flat = list(_flat(value))
        if not self._single and _LEAVES.issuperset(map(type, flat)):
            if code != LIST:
                self._tokens.append(Ext(code, NEXT_IS_LEAVES))
            self._tokens.append(flat)  # type: ignore[arg-type]
            return
        self._tokens.append(Ext(code, _count(len(flat))))
        for index, each in enumerate(flat):
            try:
                self.write(each, depth + 1)
            except Refused as refusal:
                refusal.inside(value, _step(code, flat, index))
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
        raise Refused(str(fault)) from None


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
