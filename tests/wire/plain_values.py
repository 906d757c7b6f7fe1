"""Values with a plain form, and whether two of them are the same, sign and NaN included."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, deque
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID

import numpy


def same(one: Any, other: Any) -> bool:
    """Whether both are of one type and equal, throughout; NaN is itself, and -0.0 is not 0.0."""
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
