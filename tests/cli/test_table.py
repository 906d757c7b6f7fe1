"""Prose and columns at a terminal of 80 columns, and in a pipe, where a line stays a line."""

from __future__ import annotations

import io

import pytest

from marx.cli.table import columns, fold


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


TEXT = "marx: 6kegkd ended after 12 s with exit code 0 and 0 files; written to marx-results/6kegkd"


def test_prose_breaks_between_words_at_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert fold(TEXT, io.StringIO()) == TEXT
    assert fold(TEXT, Terminal()).splitlines() == [
        "marx: 6kegkd ended after 12 s with exit code 0 and 0 files; written to",
        "  marx-results/6kegkd",
    ]
    assert fold("short  text", Terminal()) == "short  text"
    path = "marx: " + "/long" * 30
    assert "/long" * 30 in fold(path, Terminal()).splitlines()[-1]


def test_columns_give_way_at_their_end() -> None:
    lines = columns(("JOB", "NOTE"), [("bwd94k", "x" * 100)], 80)
    assert lines[0] == "JOB     NOTE"
    assert (len(lines[1]), lines[1][-1]) == (80, "…")
    assert len(columns(("JOB", "NOTE"), [("bwd94k", "x" * 100)])[1]) == 108
