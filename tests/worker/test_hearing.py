"""What a jail says is looked at before anything is made of it."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marx.inside import messages as inside
from marx.worker.hearing import WOVEN_BYTES_MAX, Nonsense, hear
from marx.worker.weighing import is_flat
from tests.sandbox.ground import TOP

LARGE = WOVEN_BYTES_MAX + 1
OPENED = inside.Opened(0, "0.0", 0, 1, 0, 2, "d", bytes(LARGE), 1, 0, 1, (0).to_bytes(8) * 3, b"")
RAN = inside.Ran(region=0, start=0, stop=5, values=bytes(LARGE), wall_ns=1, cpu_ns=1)
SITE = inside.SiteFigures(0, 1, 1, 1, 1, 1, reason="r" * 300)

GROWTH = """
import sys
from marx.worker.hearing import Nonsense, hear
from tests.memory import peak_bytes
count = 24 << 20
long = (count + 4).to_bytes(4, 'big') + b'x' * count + '🐍'.encode()
body = {body}
before = peak_bytes()
try: hear(body)
except Nonsense: print(peak_bytes() - before)
"""
HOSTILE = {
    "reasons": r"b'\x82\xa4kind\xa8declined\xa7reasons\xdd' + count.to_bytes(4, 'big') + b'\xa0' * count",
    "more than there are": r"b'\x82\xa4kind\xa8declined\xa7reasons\xdd\xff\xff\xff\xff' + b'\xa0' * count",
    "rare letter": r"b'\x82\xa4kind\xa6opened\xa3key\xdb' + long",
    "name of a field": r"b'\x82\xa4kind\xa6opened\xdb' + long",
    "figures": r"b'\x82\xa4kind\xa6judged\xa5sites\xdd' + count.to_bytes(4, 'big') + b'\x80' * count",
    "fields": r"b'\xdf' + count.to_bytes(4, 'big') + b'\xa0\xa0' * count",
}


@pytest.mark.parametrize("message", [OPENED, RAN])
def test_values_may_be_large(message: inside.FromJail) -> None:
    assert hear(inside.encode(message)) == message


@pytest.mark.parametrize(
    "message", [inside.Declined(["x" * LARGE]), inside.Judged([SITE] * 30_000), inside.Closed(0, 0, 0)]
)
def test_nothing_else_may_be(message: inside.FromJail) -> None:
    body = inside.encode(message)
    if len(body) < LARGE:  # a map with one field more, which is passed over
        body = bytes([body[0] + 1]) + body[1:] + b"\xa1x\xc6" + LARGE.to_bytes(4, "big") + bytes(LARGE)
    with pytest.raises(Nonsense, match="the limit is"):
        hear(body)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_large_frame_takes_no_more_room_than_it_has(name: str) -> None:
    """Decoded, some of these would take eight times as much, for each jail of the worker."""
    code = GROWTH.format(body=HOSTILE[name])
    said = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True)
    assert said.stderr == ""
    assert int(said.stdout) < 8 << 20


@given(st.binary(max_size=200))
def test_weighing_is_total(body: bytes) -> None:
    assert is_flat(body) in (True, False)


@given(
    st.dictionaries(
        st.text(max_size=40),
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary() | st.text() | st.floats(),
        min_size=1,
        max_size=40,
    )
)
def test_flat_maps_are_flat_and_no_others(fields: dict[str, object]) -> None:
    body = msgspec.msgpack.encode(fields)
    assert is_flat(body)
    assert not is_flat(body + b"\0")
    assert not is_flat(body[:-1])
    assert not is_flat(msgspec.msgpack.encode({**fields, "list": []}))
