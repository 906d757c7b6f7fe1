"""Plain data: what goes in comes out, what has no plain form is named by its path, and no bytes do any harm."""

from __future__ import annotations

import math
import random
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Hashable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from marx.wire.plain import (
    DEPTH_MAX,
    PLAIN_BYTES_MAX,
    TOKENS_MAX,
    BadPlain,
    NotPlain,
    decode,
    encode,
)
from marx.wire.plain.exact import DIGITS_MAX
from marx.wire.plain.reading import SAME_HASH_MAX
from marx.wire.plain.tokens import (
    ARRAY,
    BYTES,
    COMPLEX,
    DEQUE,
    DICT,
    EXACT,
    FROZENSET,
    INT,
    LIST,
    SET,
    TEXT,
    TUPLE,
)

# --- what goes in comes out -------------------------------------------------------------------------------------------

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=9),
    st.text(st.sampled_from("aä€😀\ud800\udfff"), max_size=9),
    st.binary(max_size=9),
)
keys = st.recursive(
    leaves, lambda inner: st.one_of(st.tuples(inner, inner), st.frozensets(inner, max_size=3)), max_leaves=4
)
values: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(keys, inner),
        st.sets(keys, max_size=5),
        st.frozensets(keys, max_size=5),
    ),
    max_leaves=20,
)


def same(one: Any, other: Any) -> bool:
    """Of one type, equal, and so throughout; NaN is itself, and -0.0 is not 0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or (
            one == other and math.copysign(1, one) == math.copysign(1, other)
        )
    if isinstance(one, complex):
        return same(one.real, other.real) and same(one.imag, other.imag)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same([*one.items()], [*other.items()])
    if isinstance(one, set | frozenset):
        return len(one) == len(other) and all(any(same(each, twin) for twin in other) for each in one)
    return bool(one == other)


EXACT_VALUES = [
    date(2026, 3, 1),
    time(1, 2, 3, 4, fold=1),
    datetime(2026, 3, 1, 23, 59, 59, 999_999, fold=1),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=-3, microseconds=1), "here")),
    timezone(timedelta(hours=2)),
    timedelta(-3, 5, 7),
    *map(Decimal, ("1.50", "-0", "1E+1000", "Infinity")),
    Fraction(-(3**200), 2**99),
    UUID(int=1 << 127),
    Path("/a/b"),
    Path("\udc80"),
    PurePosixPath("a"),
    PureWindowsPath("C:/a"),
    Counter("banana"),
    OrderedDict(b=1, a=2),
    deque([1, [2]]),
    deque([1, 2], maxlen=3),
    deque(maxlen=0),
]


@pytest.mark.parametrize("value", EXACT_VALUES, ids=repr)
def test_values_of_python_s_own_library_come_back(value: Any) -> None:
    for whole in (value, {"there": [value]}):
        back = decode(encode(whole))
        assert back == whole
        assert repr(back) == repr(whole)
    if isinstance(value, Hashable):
        assert decode(encode({value: 1})) == {value: 1}


@given(values)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert same(decode(encode(value)), value)


@pytest.mark.parametrize("edge", [2**63, 2**64, -(2**63), 255, 256])
def test_numbers_at_the_edges_of_their_forms(edge: int) -> None:
    numbers = [sign * (edge + offset) for sign in (1, -1) for offset in (-1, 0, 1)]
    assert decode(encode(numbers)) == numbers


ARRAYS = [
    numpy.arange(12.0).reshape(3, 4),
    numpy.arange(12, dtype="i2").reshape(3, 4).T,
    numpy.arange(24).reshape(2, 3, 4)[:, ::2],
    numpy.array(7, dtype=">u4"),
    numpy.zeros((0, 5)),
    numpy.array([True, False]),
    numpy.array([1 + 2j], dtype="c8"),
    numpy.array(["ä", ""]),
    numpy.array([b"ab", b""]),
    numpy.array(["2020-01-01T12:00", "NaT"], dtype="M8[us]"),
    numpy.array([3], dtype="m8[25s]"),
]
SCALARS = [numpy.float64("nan"), numpy.int8(-3), numpy.bool_(True), numpy.datetime64("2020-01"), numpy.str_("ä")]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: array.dtype.str)
def test_an_array_comes_back_as_it_was(array: Any) -> None:
    back: Any = decode(encode({"there": [array]}))
    found = back["there"][0]
    assert (type(found), found.dtype.str, found.shape) == (numpy.ndarray, array.dtype.str, array.shape)
    assert found.tobytes() == array.tobytes()
    assert found.flags.f_contiguous >= array.flags.f_contiguous
    assert found.flags.writeable and found.flags.owndata


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: scalar.dtype.str)
def test_an_array_scalar_comes_back_as_it_was(scalar: Any) -> None:
    back: Any = decode(encode((scalar,)))
    assert type(back[0]) is type(scalar)
    assert back[0].tobytes() == scalar.tobytes()


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_the_deepest_value_comes_back() -> None:
    assert decode(encode(nested(DEPTH_MAX))) == nested(DEPTH_MAX)


# --- what has no plain form -------------------------------------------------------------------------------------------


class Number(int):
    pass


Pretender = type("date", (), {"__module__": "datetime"})

itself: list[Any] = []
itself.append(itself)


@pytest.mark.parametrize(
    ("value", "path", "why"),
    [
        (object(), "value", "builtins.object, which is not plain data"),
        (defaultdict(int), "value", "collections.defaultdict, which is not plain data; dict(…) of it is"),
        (deque([1, print]), "value[1]", "builtin_function"),
        ([datetime(2026, 3, 1, tzinfo=ZoneInfo("UTC"))], "value[0]", "use .astimezone(datetime.timezone.utc)"),
        (Fraction(1, 1 << 50_000), "value", "a fraction of numbers with more than 10000 digits"),
        (Pretender(), "value", "datetime.date, which is not plain data"),
        ([1, Number(3)], "value[1]", "int(…) of it is"),
        ({"rows": [0, {7: (print,)}]}, "value['rows'][1][7][0]", "builtin_function"),
        ({(1, print): 2}, "value{a key}[1]", "builtin_function"),
        ([{frozenset([print])}], "value[0]{…}{…}", "builtin_function"),
        ({"x" * 100: print}, "value['" + "x" * 56 + "…]", "builtin_function"),
        ([numpy.array([None])], "value[0]", "an array of object"),
        (numpy.zeros(3, dtype=[("a", "i4")]), "value", "an array of"),
        (numpy.longdouble(1), "value", "an array of"),
        (numpy.str_("a\0"), "value", "ends with NUL"),
        (numpy.ma.masked_array([1]), "value", "MaskedArray"),
        (bytearray(), "value", "bytearray"),
        (nested(DEPTH_MAX + 1), "value" + "[0]" * 6 + "…" + "[0]" * 6, "nested deeper than 100"),
        (itself, "value", "holds itself, as value[0]"),
        ({"a": [1, (itself,)]}, "value['a'][1][0]", "holds itself, as value['a'][1][0][0]"),
    ],
    ids=lambda part: part[:40] if isinstance(part, str) else "",
)
def test_what_is_not_plain_is_refused_by_its_path(value: Any, path: str, why: str) -> None:
    with pytest.raises(NotPlain) as refusal:
        encode(value)
    assert refusal.value.path == path
    assert why in refusal.value.why


def test_a_value_that_is_too_large_is_refused() -> None:
    with pytest.raises(NotPlain, match=r"takes 10\d\d bytes; the limit is 1000"):
        encode(b"x" * 1000, bytes_max=1000)
    with pytest.raises(BadPlain, match="the limit is 10"):
        decode(encode("x" * 10), bytes_max=10)


# --- what others may not say ------------------------------------------------------------------------------------------


def said(*tokens: object) -> bytes:
    return msgspec.msgpack.encode(list(tokens))


def counted(code: int, number: int) -> Ext:
    return Ext(code, number.to_bytes(4, "little"))


def array(head: object, raw: bytes) -> bytes:
    described = msgspec.msgpack.encode(head)
    return said(Ext(ARRAY, len(described).to_bytes(2, "little") + described + raw))


def exactly(what: object) -> bytes:
    return said(Ext(EXACT, msgspec.msgpack.encode(what)))


COLLIDING = [counted(FROZENSET, 60), *(Ext(INT, (n * (2**61 - 1)).to_bytes(16, "little")) for n in range(1, 61))]

REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not an array"),
    "no value": (said(), "ends early"),
    "two values": (said(1, 2), "1 parts after"),
    "a map": (said({1: 2}), "got `object`"),
    "a map instead of parts": (b"\x80", "not an array"),
    "an array in an array in an array": (said([[1]]), "got `array`"),
    "raw msgpack bytes": (said(b"x"), "got `bytes`"),
    "a time stamp": (said(Ext(-1, bytes(4))), "unknown code -1"),
    "an unknown code": (said(Ext(99, b"")), "unknown code 99"),
    "more parts than there can be": (b"\xdd\xff\xff\xff\xff", "4294967295 parts"),
    "more parts than allowed": (b"\xdd" + (TOKENS_MAX + 1).to_bytes(4, "big"), "4000001 parts"),
    "more parts than there are": (b"\xdd\x00\x10\x00\x00", "truncated"),
    "bytes after the parts": (said(1) + b"\0", "trailing"),
    "text that is not UTF-8": (b"\x91\xa1\xff", "utf-8"),
    "text of another form that is not": (said(Ext(TEXT, b"\xff")), "utf-8"),
    "a list that ends early": (said(counted(LIST, 2), 1), "2 in a value with 1"),
    "a list of billions": (said(counted(LIST, 2**32 - 1), 1), "4294967295 in"),
    "a count of three bytes": (said(Ext(LIST, bytes(3))), "a container of 0"),
    "a count of nine bytes": (said(Ext(LIST, bytes(9))), "a container of 0"),
    "a container without leaves": (said(Ext(TUPLE, b""), 1), "without its leaves"),
    "a container without anything": (said(Ext(TUPLE, b"")), "ends early"),
    "a list as an element": (said(counted(SET, 1), [1]), "unhashable"),
    "a list in a tuple as a key": (said(counted(DICT, 2), counted(TUPLE, 1), [], 1), "unhashable"),
    "an element twice": (said(Ext(SET, b""), [1, True]), "twice"),
    "a key twice": (said(Ext(DICT, b""), ["a", 1, "a", 2]), "twice"),
    "a key without a value": (said(Ext(DICT, b""), ["a", 1, "b"]), "without a value"),
    "keys of one hash": (said(*COLLIDING), "of one hash"),
    "very deep nesting": (said(*[counted(LIST, 1)] * 100_000, 1), "deeper than"),
    "very deep nesting of tuples": (said(*[counted(TUPLE, 1)] * 101, 1), "deeper than"),
    "a complex number of one part": (said(Ext(COMPLEX, msgspec.msgpack.encode([1.0]))), "length"),
    "a value of no type": (exactly(["print", ["x"]]), "unknown type 'print'"),
    "a value of another module": (exactly(["os.system", ["x"]]), "unknown type"),
    "a date that is none": (exactly(["date", [2026, 2, 30]]), "day is out of range"),
    "a date of one part": (exactly(["date", [2026]]), "no value of its type"),
    "a time span without end": (exactly(["timedelta", [10**18, 0, 0]]), "no value of its type"),
    "a number that is none": (exactly(["Decimal", ["x"]]), "no value of its type"),
    "a number of many digits": (exactly(["Decimal", ["1" * (DIGITS_MAX + 1)]]), "too long"),
    "a fraction of nothing": (exactly(["Fraction", ["1", "0"]]), "Fraction"),
    "a fraction of much": (exactly(["Fraction", ["1" * 20_000, "1"]]), "too large"),
    "a path that is a number": (exactly(["PosixPath", [1]]), "no value of its type"),
    "a value within a value": (exactly(["date", [[1], 2, 3]]), "Expected"),
    "a deque longer than it may be": (said(counted(DEQUE, 3), 1, 2, 3), "greatest length"),
    "a deque of a strange length": (said(counted(DEQUE, 1), "x"), "greatest length"),
    "an array without a description": (said(Ext(ARRAY, b"")), "without a description"),
    "an array of objects": (array(["|O", [1], "C"], bytes(8)), "no type of plain data"),
    "an array of records": (array(["i4,O", [1], "C"], bytes(12)), "no type of plain data"),
    "an array of Python": (array(["<f8\n", [1], "C"], bytes(8)), "no type of plain data"),
    "an array of times of no unit": (array(["<M8[x]", [1], "C"], bytes(8)), "no type of plain data"),
    "an array of times of unit 0": (array(["<M8[0s]", [1], "C"], bytes(8)), "no type of plain data"),
    "an array with fewer bytes": (array(["<f8", [3], "C"], bytes(16)), "in 16 bytes"),
    "an array with more bytes": (array(["<f8", [3], "C"], bytes(32)), "in 32 bytes"),
    "an array whose size wraps": (array(["<f8", [2**32, 2**32, 2**32], "C"], b""), "sides"),
    "an array of no elements, of great size": (array(["<f8", [0, 2**62], "C"], b""), "sides"),
    "an array with a negative side": (array(["<f8", [-1], "C"], b""), "sides"),
    "an array of 40 dimensions": (array(["<f8", [1] * 40, "C"], bytes(8)), "sides"),
    "an array in a strange order": (array(["<f8", [1], "K"], bytes(8)), "order"),
    "a scalar of dimensions": (array(["<f8", [1], "S"], bytes(8)), "order"),
    "truth beyond true": (array(["|b1", [2], "C"], b"\1\2"), "truth values"),
    "letters beyond Unicode": (array(["<U1", [1], "C"], b"\xff" * 4), "beyond Unicode"),
    "letters of billions": (array(["<U999999999", [1], "C"], b""), "letters|in 0 bytes|not understood"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_plain_value_is_refused(name: str) -> None:
    data, why = REFUSED[name]
    with pytest.raises(BadPlain, match=why):
        decode(data)


def test_a_few_keys_of_one_hash_are_honest() -> None:
    keys: list[Hashable] = [n * (2**61 - 1) for n in range(SAME_HASH_MAX)]
    assert decode(encode(dict.fromkeys(keys))) == dict.fromkeys(keys)


SEEDS = [encode(value) for value in ([1, (2.5, "x"), {3: b"y"}], {"a": {1, 2}}, 2**99, *ARRAYS, *EXACT_VALUES)] + [
    data for data, _ in REFUSED.values() if len(data) < 500
]


def test_no_bytes_raise_anything_else() -> None:
    chance = random.Random(20)
    for _ in range(20_000):
        data = bytearray(chance.choice(SEEDS))
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(data) + 1)
            data[place : place + chance.choice((0, 1, 1, 4))] = chance.randbytes(chance.choice((0, 1, 1, 4)))
        try:
            value = decode(bytes(data))
        except BadPlain:
            continue
        again = decode(encode(value))
        assert type(again) is type(value)


@given(st.binary(max_size=200), st.sampled_from([LIST, SET, DICT, DEQUE, INT, COMPLEX, BYTES, TEXT, ARRAY, EXACT]))
def test_no_extension_raises_anything_else(data: bytes, code: int) -> None:
    with suppress(BadPlain):
        decode(said(Ext(code, data), 1, "x", None))


@pytest.mark.parametrize("part", [b"\x90", b"\xa1x", b"\xc0", b"\xd6\x01\x00\x00\x00\x00", b"\xcd\xff\xff"])
def test_memory_is_bounded_by_the_bytes(part: bytes) -> None:
    """The parts that cost most for their bytes, as many as 200 kB hold."""
    number = 200_000 // len(part)
    data = b"\xdd" + (number + 1).to_bytes(4, "big") + msgspec.msgpack.encode(counted(LIST, number)) + part * number
    tracemalloc.start()
    try:
        decode(data)
        assert tracemalloc.get_traced_memory()[1] < 120 * len(data)
    finally:
        tracemalloc.stop()
    assert len(data) < PLAIN_BYTES_MAX
