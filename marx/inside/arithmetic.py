"""Whether two machines compute the same bits: sums up what the C library's and numpy's functions give here.

IEEE 754 fixes `+ - * /` and `sqrt`. The rest (`sin`, `pow`, a matrix product) is chosen by library and processor, and
may differ in the last digit. A chunk on a machine that computes other bits than the driver's is of no use: all its
items are computed in place.
"""

from __future__ import annotations

import functools
import hashlib
import math
import struct
import sys
from typing import Any

_POINTS = tuple(0.37 + 1.61803398875 * n for n in range(24))
_ONE_ARGUMENT = (math.sin, math.cos, math.tan, math.exp, math.expm1, math.log, math.log2, math.log1p, math.cbrt)
_BOUNDED = (math.atan, math.tanh, math.asinh, math.erf, math.lgamma, math.gamma)


def fingerprint() -> tuple[str, str]:
    """The sums of the C library, and of numpy where the program has imported it."""
    return _library(), _numpy() if "numpy" in sys.modules else ""


def difference(elsewhere: tuple[str, str]) -> str:
    """The reason why this process cannot stand in for one with that fingerprint, or ""."""
    library, numeric = elsewhere
    if library != _library():
        return "MX706 this machine's C library computes other last digits than the driver's"
    if numeric and numeric != _numpy():
        return "MX706 this machine's numpy computes other last digits than the driver's"
    return ""


@functools.cache
def _library() -> str:
    values = [function(x) for function in _ONE_ARGUMENT for x in _POINTS]
    values += [function(x) for function in _BOUNDED for x in _POINTS]
    values += [math.pow(x, y) for x, y in zip(_POINTS, reversed(_POINTS), strict=True)]
    values += [math.atan2(x, y) + math.hypot(x, y) for x, y in zip(_POINTS, reversed(_POINTS), strict=True)]
    return _short(struct.pack(f"{len(values)}d", *values))


@functools.cache
def _numpy() -> str:
    """Elementary functions, sums, products, an eigenproblem, a system of equations, in sizes at which kernels differ.
    It takes milliseconds, once a process."""
    import numpy

    points = numpy.array(_POINTS * 3)
    table = numpy.sin(numpy.outer(points, points))
    with numpy.errstate(all="ignore"):
        parts: list[Any] = [numpy.sin(points), numpy.exp(points), numpy.log(points), numpy.power(points, 0.3)]
        parts += [
            table.sum(),
            table.sum(axis=0),
            table @ table,
            table @ points,
            table.astype("f4") @ table.astype("f4"),
        ]
        large = numpy.tile(table, (3, 3))  # large enough for several threads, where there are
        parts += [large @ large]
        parts += [numpy.linalg.eigvalsh(table + table.T), numpy.linalg.solve(table + numpy.eye(len(points)), points)]
    return _short(b"".join(numpy.ascontiguousarray(part).tobytes() for part in parts))


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
