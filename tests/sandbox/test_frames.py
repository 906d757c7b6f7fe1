"""Framing and fields: whatever the bytes, frames or BadFrame; and what was packed comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import BadFrame
from sandbox.frames import FrameBuffer, header, number, pack, unpack

CAP = 1000


@given(bodies=st.lists(st.binary(max_size=50), max_size=5), cut=st.integers(1, 20))
def test_frames_survive_any_cutting_of_the_stream(bodies: list[bytes], cut: int) -> None:
    stream = b"".join(header(body) + body for body in bodies)
    buffer = FrameBuffer(CAP)
    found = []
    for at in range(0, len(stream), cut):
        buffer.feed(stream[at : at + cut])
        while (body := buffer.take()) is not None:
            found.append(body)
    buffer.finish()
    assert found == bodies


def test_a_length_over_the_cap_is_refused_before_its_bytes_come() -> None:
    buffer = FrameBuffer(CAP)
    buffer.feed((CAP + 1).to_bytes(8, "little"))
    with pytest.raises(BadFrame, match="1001 bytes where at most 1000"):
        buffer.take()
    with pytest.raises(BadFrame):
        buffer.wanted()


def test_a_frame_at_the_cap_passes() -> None:
    buffer = FrameBuffer(CAP)
    buffer.feed(header(bytes(CAP)) + bytes(CAP))
    assert buffer.take() == bytes(CAP)


def test_an_end_within_a_frame_is_a_fault() -> None:
    buffer = FrameBuffer(CAP)
    buffer.feed(header(b"abc") + b"ab")
    assert buffer.take() is None
    with pytest.raises(BadFrame, match="within a frame"):
        buffer.finish()


@given(kind=st.binary(max_size=10), fields=st.lists(st.binary(max_size=30), max_size=5))
def test_fields_come_back(kind: bytes, fields: list[bytes]) -> None:
    assert unpack(pack(kind, *fields)) == (kind, fields)


@given(st.binary(max_size=60))
def test_any_bytes_are_fields_or_a_bad_frame(body: bytes) -> None:
    try:
        kind, fields = unpack(body)
    except BadFrame:
        return
    assert pack(kind, *fields) == body


@given(st.integers(-(2**63), 2**63))
def test_numbers_come_back(value: int) -> None:
    assert number(str(value).encode()) == value


@pytest.mark.parametrize("field", [b"", b"-", b"1.5", b"0x1", b" 1", b"1_0", b"\xd9\xa3", b"9" * 21])
def test_what_is_not_a_number_is_refused(field: bytes) -> None:
    with pytest.raises(BadFrame):
        number(field)
