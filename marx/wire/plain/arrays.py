"""numpy's arrays and scalars as a description and raw bytes, and back. Part of plain data.

    ["<f8", [3, 4], "C"] as msgpack, its length in two bytes before it, the elements after it

Elements are numbers, truth values, times or text of fixed width; never objects, whose bytes would be addresses, nor
records. The description is checked against the number of bytes before numpy hears of it. numpy is not imported unless
there is an array: a value can only be one where it was imported already.
"""

from __future__ import annotations

import math
import re
import sys
from importlib import import_module
from typing import Any, Final

import msgspec

DIMENSIONS_MAX: Final = 32
"""As many as every numpy takes."""
SIDE_MAX: Final = 1 << 40
"""The longest dimension, also where another is 0 and there are no elements."""

C_ORDER, F_ORDER, SCALAR = "C", "F", "S"
"""How the elements lie; SCALAR: not an array of no dimensions, but its element."""

_KINDS = re.compile(
    r"\|b1|\|i1|\|u1|[<>](i[248]|u[248]|f[248]|c8|c16|U\d{1,9})|\|S\d{1,9}"
    r"|[<>][mM]8(\[([1-9]\d{0,8})?(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?",
    re.ASCII,
)
"""The types by the names that numpy has for them. Long doubles are missing: they differ between machines."""
_LETTER_MAX = 0x10FFFF
_LENGTH_BYTES = 2


class BadArray(ValueError):
    """An array that is not plain data, or bytes that are no array."""


class _Shape(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    type: str
    sides: tuple[int, ...]
    order: str


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Shape)


def encode(value: object) -> bytes | None:
    """The bytes of an array or array scalar; None for anything else. Raises `BadArray` for one that is not plain."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not (type(value) is numpy.ndarray or isinstance(value, numpy.generic)):
        return None
    is_scalar = type(value) is not numpy.ndarray
    array = numpy.asarray(value)
    name = array.dtype.str
    if not _KINDS.fullmatch(name) or (is_scalar and type(array[()]) is not type(value)):
        raise BadArray(f"is an array of {array.dtype}, which is not plain data; use numbers, times or fixed text")
    if is_scalar and array.dtype.kind in "SU" and array[()] != value:
        raise BadArray("is a numpy text that ends with NUL, which numpy does not keep; use str or bytes")
    is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    order = SCALAR if is_scalar else F_ORDER if is_fortran else C_ORDER
    head = _encoder.encode(_Shape(name, array.shape, order))
    raw: bytes = array.tobytes(order="F" if is_fortran else "C")
    return len(head).to_bytes(_LENGTH_BYTES, "little") + head + raw


def decode(data: bytes) -> object:
    """The array, writable and with memory of its own. Raises `BadArray` and nothing else."""
    end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
    try:
        shape = _decoder.decode(data[_LENGTH_BYTES:end])
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadArray(f"an array without a description: {fault}") from None
    _check(shape)
    try:
        numpy: Any = import_module("numpy")
    except ImportError as fault:
        raise BadArray(f"an array, and numpy is not to be had here ({fault}); install it: pip install numpy") from None
    return _build(numpy, shape, data[end:])


def _check(shape: _Shape) -> None:
    if not _KINDS.fullmatch(shape.type):
        raise BadArray(f"an array of elements {shape.type[:40]!r}, which is no type of plain data")
    if len(shape.sides) > DIMENSIONS_MAX or any(not 0 <= side <= SIDE_MAX for side in shape.sides):
        raise BadArray(f"an array with sides {shape.sides[:40]}")
    if math.prod(side for side in shape.sides if side) > SIDE_MAX:
        raise BadArray(f"an array with sides {shape.sides}")
    if shape.order not in (C_ORDER, F_ORDER, SCALAR) or (shape.order == SCALAR and shape.sides):
        raise BadArray(f"an array in order {shape.order[:10]!r}")


def _build(numpy: Any, shape: _Shape, raw: bytes) -> object:
    try:
        type_ = numpy.dtype(shape.type)
    except (TypeError, ValueError) as fault:
        raise BadArray(f"an array of elements {shape.type!r}: {fault}") from None
    if math.prod(shape.sides) * type_.itemsize != len(raw):
        raise BadArray(f"an array {shape.sides} of {shape.type!r} in {len(raw)} bytes")
    _check_elements(numpy, type_, raw)
    order = F_ORDER if shape.order == F_ORDER else C_ORDER
    array = numpy.ndarray(shape.sides, type_, raw, order=order).copy(order=order)
    return array[()] if shape.order == SCALAR else array


def _check_elements(numpy: Any, type_: Any, raw: bytes) -> None:
    """Truth values other than 0 and 1 and letters beyond Unicode would only be noticed later, in the middle of
    something else."""
    if not raw:
        return
    if type_.kind == "b" and numpy.frombuffer(raw, "u1").max() > 1:
        raise BadArray("an array of truth values that holds others")
    if type_.kind == "U" and numpy.frombuffer(raw, f"{type_.str[0]}u4").max() > _LETTER_MAX:
        raise BadArray("an array of text with letters beyond Unicode")
