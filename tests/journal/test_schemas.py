"""Journals of other versions: earlier ones are brought up to date, later ones refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from marx.journal.errors import JournalTooNew
from marx.journal.journal import open_journal
from marx.journal.records import (
    JobForgotten,
    JobPlanned,
    encode,
)
from marx.journal.schema import journal_migrations
from tests.journal.stories import FIXTURES, STORY, change, keep, opened, replayed

MIGRATIONS = journal_migrations.pending(Database(memory=True))


def test_a_journal_of_the_first_schema_is_read_and_continued(tmp_path: Path) -> None:
    """fixtures/journal-0001.db was written before records had checksums."""
    shutil.copy(FIXTURES / "journal-0001.db", tmp_path / "journal.db")
    with opened(tmp_path) as journal:
        assert journal.epoch == 2
        journal.append(JobForgotten("gone"))
        journal.append(JobPlanned("new", b"plan"))
        journal.commit()
    assert replayed(tmp_path) == [*STORY, JobPlanned("new", b"plan")]


@pytest.mark.parametrize("known", range(len(MIGRATIONS) + 1))
def test_a_journal_of_any_earlier_schema_is_brought_up_to_date(tmp_path: Path, known: int) -> None:
    """As a version left it that knew only the first so many migrations, or none: then the file is empty."""
    database, earlier = Database(tmp_path / "journal.db"), Migrations("journal")
    for migration in MIGRATIONS[:known]:
        earlier(name=migration.name)(migration.fn)
    earlier.apply(database)
    if known:
        row = {"kind": "jobplanned", "job": "7f3k2m", "body": encode(STORY[1])}
        database["record"].insert(row)
    database.close()
    keep(tmp_path, STORY[2])
    assert replayed(tmp_path) == [STORY[1], STORY[2]][not known :]


def test_a_journal_of_a_later_version_is_refused(tmp_path: Path) -> None:
    keep(tmp_path, STORY[0])
    change(
        tmp_path,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('journal', '0099-later', ?)",
        "2030-01-01",
    )
    with pytest.raises(JournalTooNew, match="0099-later"):
        open_journal(tmp_path)
