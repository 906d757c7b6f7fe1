"""A chunk knows which it is when it is asked by name, and nobody else sees it."""

from __future__ import annotations

import os
from typing import Any

import pytest

from marx.inside import whereabouts


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    held: Any = vars(os.environ)["_data"]
    monkeypatch.setitem(vars(os.environ), "_data", held)
    monkeypatch.setitem(vars(os.environb), "_data", held)


def test_it_answers_by_name_and_stands_in_no_list() -> None:
    before = dict(os.environ), len(os.environ), repr(os.environ)
    whereabouts.tell("bwd94k", 7, 2)
    whereabouts.tell("bwd94k", 8, 1)

    assert [os.environ[name] for name in ("MARX_JOB", "MARX_CHUNK", "MARX_ATTEMPT")] == ["bwd94k", "8", "1"]
    assert os.environb[b"MARX_CHUNK"] == b"8"
    assert os.environ.get("MARX_OTHER") is None
    assert (dict(os.environ), len(os.environ), repr(os.environ)) == before


def test_what_is_set_is_set() -> None:
    whereabouts.tell("bwd94k", 7, 2)
    os.environ["MARX_CHUNK"] = "mine"
    os.environ["FRUIT"] = "plum"

    assert os.environ["MARX_CHUNK"] == "mine"
    assert os.environ["FRUIT"] == "plum"
    assert "FRUIT" in list(os.environ)
    del os.environ["FRUIT"], os.environ["MARX_CHUNK"]
