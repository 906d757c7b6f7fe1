"""Hostile bytes at every decoder: the declared error or a value, within bounds of memory."""

from __future__ import annotations

import pytest

from tests.fuzz.decoders import Decoder
from tests.fuzz.hammer import hammer, honest_inputs_pass, memory_bytes

INPUTS = 20_000
GROWTH_BYTES_MAX = 256 << 20


def test_honest_bytes_are_understood() -> None:
    honest_inputs_pass()


def test_hostile_bytes_are_refused_or_understood() -> None:
    before = memory_bytes()
    tallies, breaches = hammer(INPUTS, seed=4)
    assert breaches == []
    assert memory_bytes() - before < GROWTH_BYTES_MAX
    for tally in tallies:
        assert 0 < tally.refused < tally.inputs, f"{tally.decoder}: mutations all do the same"


def test_a_decoder_with_a_hole_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    hole = Decoder("hole", lambda data: data[100], ValueError, (b"x" * 100,))
    monkeypatch.setattr("tests.fuzz.hammer.DECODERS", (hole,))
    _, breaches = hammer(100, seed=0)
    assert breaches and "IndexError" in breaches[0].story
