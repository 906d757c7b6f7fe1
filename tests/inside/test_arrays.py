"""Arrays lie in memory as they lay: what travels of one, and what is made of that."""

from __future__ import annotations

import io
import pickle
from typing import Any

import pytest

from marx.inside import arrays
from marx.inside.arrays import reduced
from marx.inside.pickles import PROTOCOL
from marx.inside.refusals import Unsendable

numpy = pytest.importorskip("numpy")
TABLE = numpy.arange(84.0).reshape(12, 7)


def frozen() -> Any:
    array = numpy.arange(5)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "array",
    [
        pytest.param(TABLE[:, 3], id="column"),
        pytest.param(TABLE[::-1, ::2], id="backwards"),
        pytest.param(TABLE.reshape(3, 4, 7).transpose(2, 0, 1)[1:], id="turned"),
        pytest.param(numpy.broadcast_to(numpy.arange(3), (4, 3)), id="repeated"),
        pytest.param(TABLE.astype(">f4")[:, 2:5], id="other byte order"),
        pytest.param(frozen(), id="not to be written"),
        pytest.param(TABLE.copy(), id="whole"),
        pytest.param(TABLE.T.copy(order="K"), id="columns first"),
        pytest.param(TABLE[3], id="row"),
        pytest.param(numpy.empty((0, 3)), id="empty"),
        pytest.param(numpy.array(5.0), id="one"),
        pytest.param(numpy.array(["a", "bc"]), id="texts"),
        pytest.param(numpy.array(["2026-11-22"], dtype="M8[D]"), id="dates"),
        pytest.param(numpy.zeros(3, dtype=[("a", "i4"), ("b", "f8")]), id="fields"),
        pytest.param(numpy.array([[1], [2]], dtype=object), id="objects"),
    ],
)
def test_its_copy_lies_as_it_does(array: Any) -> None:
    file = io.BytesIO()
    _Pickler(file, PROTOCOL).dump(array)
    made = pickle.loads(file.getvalue())
    assert (made.strides, made.dtype) == (array.strides, array.dtype)
    assert (made.flags.writeable, made.flags.owndata) == (array.flags.writeable, array.flags.owndata)
    assert numpy.array_equal(made, array)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        return reduced(value) if type(value) is numpy.ndarray else NotImplemented


def test_a_part_that_spans_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "ROOM_MAX", 300)
    with pytest.raises(Unsendable, match="spans"):
        reduced(TABLE[:, 3])
