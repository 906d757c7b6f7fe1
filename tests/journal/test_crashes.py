"""A journal whose process stops after any statement, and whose disk keeps any part of the last write.

What was acknowledged is there; of what was not, all or nothing.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from marx.journal import journal as module
from marx.journal.journal import FILE_NAME, open_journal
from marx.journal.records import DriverOutput, EpochStarted, JobForgotten, Record

LOG_NAME = f"{FILE_NAME}-wal"
FIRST = [DriverOutput("a", 1, 0, b"x" * 3_000), DriverOutput("b", 1, 0, b"y" * 3_000)]
SECOND = [DriverOutput("a", 1, 3_000, b"x" * 9_000), DriverOutput("b", 1, 3_000, b"y" * 5)]


def records(folder: Path) -> list[Record]:
    """What a start after the crash finds."""
    journal = open_journal(folder)
    try:
        assert journal.cut == ()
        return [record for record in journal.replay() if not isinstance(record, EpochStarted)]
    finally:
        journal.close()


def copy(folder: Path, to: Path, log_bytes: int | None = None) -> Path:
    """The files as they are now; of the log only its beginning, if a size is given."""
    to.mkdir()
    shutil.copy(folder / FILE_NAME, to)
    log = (folder / LOG_NAME).read_bytes() if (folder / LOG_NAME).exists() else b""
    (to / LOG_NAME).write_bytes(log[:log_bytes])
    return to


class Stopping:
    """Makes connections that copy their folder before each statement: as it would be if the process stopped there."""

    def __init__(self, folder: Path, copies: Path) -> None:
        self.copies: list[Path] = []
        self.statements: list[str] = []
        self._folder, self._to = folder, copies
        self._connect = sqlite3.connect

    def connect(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = self._connect(*arguments, **options)
        connection.set_trace_callback(self.snapshot)
        return connection

    def snapshot(self, statement: str) -> None:
        self.statements.append(statement)
        self.copies.append(copy(self._folder, self._to / str(len(self.copies))))


def test_a_process_that_stops_after_any_statement_of_a_commit_leaves_whole_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, copies = tmp_path / "live", tmp_path / "copies"
    copies.mkdir()
    open_journal(live).close()
    stopping = Stopping(live, copies)
    with monkeypatch.context() as patched:
        patched.setattr(module.sqlite3, "connect", stopping.connect)
        journal = open_journal(live)
    starts = len(stopping.copies)
    marks: list[tuple[int, list[Record]]] = [(0, [])]
    for batch, left in ((FIRST, FIRST), (SECOND, FIRST + SECOND), ([JobForgotten("a")], [FIRST[1], SECOND[1]])):
        for record in batch:
            journal.append(record)
        journal.commit()
        marks.append((len(stopping.copies), [*left]))
    last = copy(live, tmp_path / "last")
    journal.close()
    assert len(stopping.copies) - starts >= 10, stopping.statements
    for number, folder in enumerate(stopping.copies):
        acknowledged = [left for at, left in marks if at <= number][-1]
        next_ones = [left for at, left in marks if at > number][:1]
        assert records(folder) in [acknowledged, *next_ones], stopping.statements[number]
    assert records(last) == [FIRST[1], SECOND[1]]


def test_any_part_of_the_last_write_gives_whole_commits(tmp_path: Path) -> None:
    """All places near the ends of what is written at once, and many between, as a disk without power may leave them."""
    live = tmp_path / "live"
    journal = open_journal(live)
    for record in FIRST:
        journal.append(record)
    journal.commit()
    acknowledged = (live / LOG_NAME).stat().st_size
    for record in SECOND:
        journal.append(record)
    journal.commit()
    size = (live / LOG_NAME).stat().st_size
    frame = 24 + 4_096
    ends = range(acknowledged, size + 1, frame)
    assert len(ends) >= 3 and ends[-1] == size
    places = {end + near for end in ends for near in (-1, 0, 1, 23, 24, 25)} | {*range(acknowledged, size, 509)}
    whole = 0
    for place in sorted(places):
        if acknowledged <= place <= size:
            found = records(copy(live, tmp_path / str(place), place))
            assert found == (FIRST + SECOND if place == size else FIRST), place
            whole += place == size
    journal.close()
    assert whole == 1


def test_commits_are_synced(tmp_path: Path) -> None:
    """On these two settings rests that a commit survives a power cut."""
    journal = open_journal(tmp_path)
    connection = journal._connection  # type: ignore[attr-defined]
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    journal.close()


def test_a_failed_commit_that_left_half_of_itself_in_the_log_is_not_there_after_a_crash(tmp_path: Path) -> None:
    """Then the commit is made again, behind the half: it counts once."""
    live = tmp_path / "live"
    journal = open_journal(live)
    for record in FIRST:
        journal.append(record)
    journal.commit()
    before = (live / LOG_NAME).stat().st_size
    for record in SECOND:
        journal.append(record)
    journal.commit()
    after = (live / LOG_NAME).stat().st_size
    torn = copy(live, tmp_path / "torn", (before + after) // 2)
    journal.close()
    again = open_journal(torn)
    for record in SECOND:
        again.append(record)
    again.commit()
    crashed = copy(torn, tmp_path / "crashed")
    again.close()
    assert records(crashed) == FIRST + SECOND
