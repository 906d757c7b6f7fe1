"""Conditions on workers: what they mean, and what is refused with a reason."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marx.wire.where import LENGTH_MAX, BadCondition, Fact, condition

DESK: dict[str, Fact] = {
    "name": "desk-3",
    "cores": 8,
    "slots": 4,
    "memory": 16 << 30,
    "lent": 4 << 30,
    "load": 0.5,
    "python": "3.11.4",
    "sandbox": "isolated",
}


@pytest.mark.parametrize(
    "text",
    [
        "cores >= 8",
        "memory >= 16G and load < 1",
        "lent >= 4G and lent < 8G",
        "memory > 15.5G",
        "name == desk-*",
        "name == 'desk-?'",
        'name != "old-*"',
        "not cores < 8",
        "cores < 2 or (slots = 4 and sandbox == isolated)",
        "python == 3.11.*",
        "python >= 3.11",
        "python >= 3.9 and python < 3.12",
        "not not cores == 8",
        'name != "and"',
    ],
)
def test_what_holds_of_a_desk(text: str) -> None:
    assert condition(text)(DESK)


@pytest.mark.parametrize("text", ["cores > 8", "memory < 1T and load > 1", "name == desk", "python > 3.11", "name > 3"])
def test_what_does_not(text: str) -> None:
    assert not condition(text)(DESK)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "missing at the end: a fact"),
        ("cores", "missing at the end: =="),
        ("cores >=", "missing at the end: a number"),
        ("gpus > 1", "'gpus' is nothing that is known of a worker"),
        ("cores > 'many'", "need a number"),
        ("(cores > 1", "not closed"),
        ("cores > 1 slots > 1", "'slots' is one word too many"),
        ("cores > 1; import os", "'; import os' is not understood"),
        ("(" * 30 + "cores > 1" + ")" * 30, "too many parentheses"),
        ("not " * 30 + "cores > 1", "too many times not"),
        ("cores > 1 or " * 100, f"the limit is {LENGTH_MAX}"),
    ],
)
def test_what_is_no_condition_says_why(text: str, says: str) -> None:
    with pytest.raises(BadCondition, match=r"\w") as caught:
        condition(text)
    assert says in str(caught.value)


@given(st.text(alphabet="cores<>=!()and or not '\"16G*.x", max_size=60))
def test_any_text_is_a_condition_or_is_refused(text: str) -> None:
    with contextlib.suppress(BadCondition):
        assert condition(text)(DESK) in (True, False)
