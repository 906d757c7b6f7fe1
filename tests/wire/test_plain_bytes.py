"""Bytes that are no plain value: refused, without an exception of another kind and in bounded memory."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Hashable
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from marx.wire.plain import (
    PLAIN_BYTES_MAX,
    TOKENS_MAX,
    BadPlain,
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
from tests.wire.plain_values import ARRAYS, EXACT_VALUES


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
