"""Plain data: what goes in comes out, and what has no plain form is named by its path."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marx.wire.plain import (
    DEPTH_MAX,
    BadPlain,
    NotPlain,
    decode,
    encode,
)
from tests.wire.plain_values import ARRAYS, EXACT_VALUES, SCALARS, same

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
