"""Outcomes of calls: what a jail packs is what a tasker reads, and no bytes can make it read anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from marx.wire.failures import Failure, plain_parts
from marx.wire.outcomes import (
    BadOutcomes,
    Pickled,
    decode,
    decode_portion,
    encode,
    pack_failure,
    pack_mixed,
    pack_pickle,
    pack_run,
    pack_value,
)

NUMBERS: list[object] = [True, 1, -(1 << 63), 1 << 200, 0.5, 1j]
VALUES = [*NUMBERS, None, "text", "\ud800", b"bytes", (1, [2.0, {"a": {3}}]), []]


def test_values_failures_and_pickles_come_out_as_they_went_in() -> None:
    failure = Failure("builtins", "OSError", "no", "Traceback …")
    packed = [*map(pack_value, VALUES), pack_failure(failure), pack_pickle(b"never opened")]
    read = decode(encode(packed, "out", "err", 7), len(packed))
    assert read.results == [*VALUES, failure, Pickled(b"never opened")]
    assert [*map(type, read.results[:-2])] == [*map(type, VALUES)]
    assert (read.stdout, read.stderr, read.wall_ns) == ("out", "err", 7)


def test_another_number_of_outcomes_than_of_calls_is_refused() -> None:
    with pytest.raises(BadOutcomes, match="1 outcomes of 2 calls"):
        decode(encode([1], "", "", 0), 2)


@given(st.binary(max_size=200))
def test_any_bytes_are_outcomes_or_are_refused(data: bytes) -> None:
    for raw in (data, encode([Ext(kind, data) for kind in (1, 2, 3, 4)], "", "", 0)):
        try:
            read = decode(raw, 4)
        except BadOutcomes:
            continue
        assert len(read.results) == 4


FAILURE = Failure("builtins", "OSError", "no", "Traceback …")


def test_a_portion_is_its_runs_up_to_the_first_failure() -> None:
    runs = [pack_run([1, 2.5, "x", None, True]), pack_run([(1, 2), 1 << 200]), pack_run(["\ud800"])]
    read = decode_portion(encode(runs, "out", "", 7), 9)
    assert read.results == [1, 2.5, "x", None, True, (1, 2), 1 << 200, "\ud800"]
    assert not read.bare
    bare = decode_portion(encode([runs[0], pack_failure(FAILURE), runs[0]], "", "", 0), 9)
    assert (bare.results[5:], bare.bare) == ([FAILURE], True)
    mixed = pack_mixed([1, pack_failure(FAILURE), pack_pickle(b"never read")])
    assert decode_portion(encode([mixed, runs[0]], "", "", 0), 9).results == [1, FAILURE]


def test_a_portion_has_an_outcome_and_no_more_than_items() -> None:
    for runs in ([], [pack_run([1, 2])], [1], [Ext(9, b"")]):
        with pytest.raises(BadOutcomes):
            decode_portion(encode(runs, "", "", 0), 1)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_portion_or_are_refused(data: bytes) -> None:
    for raw in (data, encode([Ext(kind, data) for kind in (4, 5, 3)], "", "", 0)):
        try:
            read = decode_portion(raw, 4)
        except BadOutcomes:
            continue
        assert 0 < len(read.results) <= 4


def test_parts_of_a_failure_that_are_not_plain_are_none() -> None:
    assert list(plain_parts(Failure("m", "n", "", "", b"\xff", b"", b"\xff"))) == [None, None, None]
