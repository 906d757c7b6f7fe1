"""Arrays lie in memory as they lay: what travels of one, and what is made of that."""

from __future__ import annotations

from typing import Any

import pytest

from marx.inside import arrays
from marx.inside.arrays import laid_out, make_array
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
    ],
)
def test_it_is_made_as_it_was(array: Any) -> None:
    given = laid_out(array)
    assert given is not None and given[0].flags.owndata
    made = make_array(*given)
    assert made.strides == array.strides and made.dtype == array.dtype
    assert made.flags.writeable == array.flags.writeable
    assert numpy.array_equal(made, array)


@pytest.mark.parametrize(
    "array",
    [TABLE, TABLE.T, TABLE[3], TABLE[:0, ::2], numpy.array(5.0), numpy.array([[1], [2]], dtype=object)[::2]],
    ids=["whole", "columns first", "row", "empty", "one", "objects"],
)
def test_a_plain_pickle_will_do(array: Any) -> None:
    assert laid_out(array) is None


def test_a_part_that_spans_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "ROOM_MAX", 300)
    with pytest.raises(Unsendable, match="spans"):
        laid_out(TABLE[:, 3])
