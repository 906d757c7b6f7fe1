"""Records that tests keep, and journals opened, changed and read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marx.journal.journal import Journal, open_journal
from marx.journal.records import (
    ChunkKept,
    DriverLeased,
    DriverOutput,
    EpochStarted,
    JobEnded,
    JobEstimated,
    JobNoted,
    JobPaused,
    JobPlanned,
    JobSubmitted,
    MailNoted,
    Record,
    RegionClosed,
    RegionOpened,
    ScheduleRan,
)

FIXTURES = Path(__file__).parent / "fixtures"

STORY: list[Record] = [
    JobSubmitted("7f3k2m", "ab" * 32, "ticket-1", b"program", 1_700_000_000_000),
    JobPlanned("7f3k2m", b'{"sites": []}'),
    DriverOutput("7f3k2m", 1, 0, b"hello\n"),
    RegionOpened(
        "7f3k2m", 1, "0.1", "d1", 0, 12, 3, 400, 2_000_000, -5, 3, "aa" * 32, b"captures", "bb" * 32, None, "", None
    ),
    ChunkKept("7f3k2m", 1, 3, 50, "lab-07", 1, "cc" * 32, 6, b"values", 1_000_000),
    ChunkKept("7f3k2m", 1, 50, 400, "lab-08", 2, "dd" * 32, 1 << 20, None, 1_000_000),
    RegionClosed("7f3k2m", 1, 397, 3),
    JobEnded("7f3k2m", "done", 0, "", b"files", 1_700_000_060_000),
]
FOR_PEOPLE: list[Record] = [
    JobPaused("7f3k2m", True, 1_700_000_000_500),
    ScheduleRan("7f3k2m", 1_700_000_000_600, 1_700_000_000_601),
    DriverLeased("7f3k2m", (1 << 40) + 1, 1, "cd" * 32, 1_700_000_000_700, "lab-07"),
    JobNoted("7f3k2m", "7f3k2m/1/0", "requeued", 1_700_000_000_800),
    JobEstimated("7f3k2m", 60_000, 90_000),
    JobNoted("7f3k2m", "7f3k2m/1/0", "retried", 1_700_000_000_900, again=True),
    MailNoted("7f3k2m", "end", "queued", 2, "connection refused", 1_700_000_060_000),
]
"""What is kept of a job beside its work."""


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    journal = open_journal(folder)
    try:
        yield journal
    finally:
        journal.close()


def replayed(folder: Path) -> list[Record]:
    """What a distributor that starts now would see of the earlier ones, without the epochs."""
    with opened(folder) as journal:
        return [record for record in journal.replay() if not isinstance(record, EpochStarted)]


def keep(folder: Path, *records: Record) -> None:
    with opened(folder) as journal:
        for record in records:
            journal.append(record)
        journal.commit()


# --- what cannot be read ---------------------------------------------------------------------------------------------


def change(folder: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(folder / "journal.db")
    with connection:
        assert connection.execute(statement, values).rowcount > 0
    connection.close()
