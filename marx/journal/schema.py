"""The tables of a journal file, as numbered migrations. Imported late: sqlite_utils costs more than a whole small run.

A migration that has been released is never edited; a change of the schema is a further one, and tests/journal/fixtures
keeps a file of every version that was ever written.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database, Migrations


def _records_and_epochs(database: Database) -> None:
    """`epoch` has a table of its own: whatever happens to records, a number is never given twice."""
    database["record"].create({"seq": int, "kind": str, "job": str, "body": bytes}, pk="seq", not_null={"kind", "body"})
    database["epoch"].create({"epoch": int, "wall_ms": int}, pk="epoch")


def _checksums(database: Database) -> None:
    """A CRC-32 of the body: a flipped bit in a value is damage, not another value. NULL in rows from before."""
    database["record"].add_column("crc", int)


def _jobs_by_index(database: Database) -> None:
    """Forgetting a job must not read all the others."""
    database["record"].create_index(["job"])


journal_migrations: Final = Migrations("journal")
for _name, _migration in (
    ("0001-records-and-epochs", _records_and_epochs),
    ("0002-checksums", _checksums),
    ("0003-jobs-by-index", _jobs_by_index),
):
    journal_migrations(name=_name)(_migration)


def unknown_migrations(database: Database) -> list[str]:
    """Names of migrations that a later version applied to this file."""
    known = {migration.name for migration in journal_migrations.pending(Database(memory=True))}
    return [migration.name for migration in journal_migrations.applied(database) if migration.name not in known]
