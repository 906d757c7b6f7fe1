"""Arrays of numpy on their way: a copy lies in memory as the original does.

A pickle lays an array out anew, without gaps. What is computed from a column of a table then differs in the last digit:
`dot` and its kind take another path over neighbours than over what lies apart. So an array with gaps is made anew with
them; one that cannot be written stays so, and one that owns its memory owns it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marx.inside.pickles import PROTOCOL
from marx.inside.refusals import Unsendable

ROOM_MAX = 1 << 28
"""So many bytes may an array with gaps take in the copy."""


def is_array(value: object) -> bool:
    kind = type(value)
    return kind.__qualname__ == "ndarray" and kind.__module__ == "numpy"


def reduced(array: Any) -> Any:
    """What a pickler's `reducer_override` answers for an array: NotImplemented where its own pickle makes such a one.

    Raises `Unsendable` where a part of an array takes too much memory.
    """
    flags = array.flags
    close = flags.c_contiguous or flags.f_contiguous
    if array.dtype.hasobject or (close and flags.writeable and not flags.owndata):
        return NotImplemented
    if close and flags.owndata:
        return make_owner, (flags.writeable, *array.__reduce_ex__(PROTOCOL))
    low, high = _reach(array.shape, array.strides)
    if high - low > ROOM_MAX:
        raise Unsendable("MX402", f"a part of an array that spans {(high - low) >> 20} MiB")
    return make_part, (array.copy(order="F" if flags.f_contiguous else "C"), array.strides, bool(flags.writeable))


def make_owner(writeable: bool, maker: Callable[..., Any], given: tuple[Any, ...], *state: Any) -> Any:
    """A pickle's array is a view of the pickle's bytes: it says so (`base`) and cannot `resize`."""
    made = maker(*given)
    if state:
        made.__setstate__(*state)
    else:
        made = made.copy(order="K")
    made.flags.writeable = writeable
    return made


def make_part(values: Any, strides: tuple[int, ...], writeable: bool) -> Any:
    import numpy

    low, high = _reach(values.shape, strides)
    room = numpy.empty(high - low + values.itemsize, numpy.uint8)
    made = numpy.ndarray(values.shape, values.dtype, room, -low, strides)
    made[...] = values
    made.flags.writeable = writeable
    return made


def _reach(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, int]:
    """How many bytes before and behind its first element an array's elements begin."""
    spans = [(count - 1) * step for count, step in zip(shape, strides, strict=True) if count]
    return sum(span for span in spans if span < 0), sum(span for span in spans if span > 0)
