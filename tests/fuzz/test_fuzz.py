"""Hostile bytes at every decoder: the declared error or a value, within bounds of memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fuzz.decoders import Decoder
from tests.fuzz.hammer import hammer, honest_inputs_pass
from tests.sandbox.ground import TOP

INPUTS = 20_000
GROWTH_BYTES_MAX = 256 << 20
GROWTH = """
import sys
from tests.fuzz.hammer import hammer
from tests.memory import peak_bytes
hammer(100, seed=4)
before = peak_bytes()
hammer(int(sys.argv[1]), seed=4)
print(peak_bytes() - before)
"""
"""For a process of its own: the most that one ever held says nothing where other tests have held more before."""
KEEPING = """
import tests.fuzz.hammer
from tests.fuzz.decoders import Decoder
kept = []
keeps = Decoder("keeps", lambda data: kept.append(bytes(64 << 10) + data), ValueError, (b"x",))
tests.fuzz.hammer.DECODERS = (keeps,)
"""


def test_honest_bytes_are_understood() -> None:
    honest_inputs_pass()


def test_hostile_bytes_are_refused_or_understood() -> None:
    tallies, breaches = hammer(INPUTS, seed=4)
    assert breaches == []
    for tally in tallies:
        assert 0 < tally.refused < tally.inputs, f"{tally.decoder}: mutations all do the same"


def growth_bytes(script: str, inputs: int) -> int:
    done = subprocess.run([sys.executable, "-c", script, str(inputs)], cwd=TOP, stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def test_hostile_bytes_do_not_fill_the_memory() -> None:
    assert growth_bytes(GROWTH, INPUTS) < GROWTH_BYTES_MAX


def test_a_decoder_that_keeps_what_it_reads_is_noticed() -> None:
    assert growth_bytes(GROWTH.replace("before =", f"{KEEPING}\nbefore ="), INPUTS // 2) > GROWTH_BYTES_MAX


def test_a_decoder_with_a_hole_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    hole = Decoder("hole", lambda data: data[100], ValueError, (b"x" * 100,))
    monkeypatch.setattr("tests.fuzz.hammer.DECODERS", (hole,))
    _, breaches = hammer(100, seed=0)
    assert breaches and "IndexError" in breaches[0].story
