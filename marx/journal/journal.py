"""The durable log of a distributor: append records, commit them together, replay them after a start.

    append(record) ─► waiting list ─► commit() in any thread ─► one SQLite transaction, synced ─► returns: now say it

Owns the file `journal.db` and the lock beside it. It does not know what records mean, but for `JobForgotten` and
`WorkerForgotten`, which delete. A change must keep the rule that `commit()` returns only when every record appended
before its call survives `kill -9` and a power cut (WAL with synchronous=FULL).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from marx.journal.errors import CannotCommit, JournalBusy, JournalDamaged, JournalError, JournalTooNew
from marx.journal.records import (
    BadRecord,
    EpochStarted,
    JobForgotten,
    Record,
    WorkerForgotten,
    decode,
    encode,
    kind_of,
    subject_of,
)

FILE_NAME = "journal.db"
LOCK_NAME = "journal.lock"

_FORGOTTEN = (kind_of(JobForgotten("")), kind_of(WorkerForgotten("")))
_Row = tuple[str, str, bytes, int]
"""Kind, subject, body, checksum: a record as it is written. Encoded at `append`: a bad one raises at its author."""


class Journal(Protocol):
    """What a distributor needs of a journal, durable or not."""

    @property
    def epoch(self) -> int:
        """How many times it was opened, this time included."""

    @property
    def cut(self) -> tuple[str, ...]:
        """One line for each unreadable record that was cut off the end when it was opened."""

    def append(self, record: Record) -> None:
        """Adds a record to the next commit. Does not wait."""

    def commit(self) -> None:
        """Makes everything appended so far durable; callable from any thread. On `CannotCommit` it may be repeated."""

    def replay(self) -> Iterator[Record]:
        """The committed records, oldest first. Raises `JournalDamaged` at one that cannot be read."""

    def of_job(self, job: str, after: int, limit: int) -> list[tuple[int, Record]]:
        """Committed records of a job with their numbers, those after a number, in order; callable from any thread."""

    def close(self) -> None:
        """Commits nothing: what was not committed is gone."""


class MemoryJournal:
    """For a distributor that lives and dies with its tasker: nobody could replay, so nothing is kept."""

    epoch = 1
    cut: tuple[str, ...] = ()

    def append(self, record: Record) -> None:
        pass

    def commit(self) -> None:
        pass

    def replay(self) -> Iterator[Record]:
        return iter(())

    def of_job(self, job: str, after: int, limit: int) -> list[tuple[int, Record]]:
        return []

    def close(self) -> None:
        pass


def open_journal(folder: Path) -> Journal:
    """Opens (or makes) the journal in `folder`, locks it, brings its schema up to date and starts the next epoch.

    Raises a `JournalError` that names the folder and the next step.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = lock_folder(folder)
    try:
        return _FileJournal(folder, lock)
    except BaseException:
        os.close(lock)
        raise


def lock_folder(folder: Path, fix: str = "Stop it, or serve another folder: marx serve --folder FOLDER") -> int:
    """An flock rather than SQLite's own lock: it names the other process, and ends with ours however that ends. `fix`
    is what to do about a distributor that has the folder."""
    lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise JournalBusy(f"A distributor (process {other}) has the journal in {folder} open. {fix}") from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


class _FileJournal:
    def __init__(self, folder: Path, lock: int) -> None:
        self._folder = folder
        self._lock = lock
        self._waiting: list[_Row] = []
        # Guards the swap of the waiting list only, so that append() in the hub never waits for a disk.
        self._swap = threading.Lock()
        self._writer = threading.Lock()
        self._connection = _connect(folder)
        try:
            _prepare(self._connection, folder)
            self.cut = tuple(_cut_tail(self._connection))
            self.epoch = self._start_epoch()
        except sqlite3.DatabaseError as fault:
            self._connection.close()
            raise _damaged(folder, str(fault)) from fault
        except BaseException:
            self._connection.close()
            raise

    def _start_epoch(self) -> int:
        wall_ms = time.time_ns() // 1_000_000
        with self._connection:
            inserted = self._connection.execute("INSERT INTO epoch (wall_ms) VALUES (?)", (wall_ms,))
            epoch = int(inserted.lastrowid or 0)
            _insert(self._connection, [_row(EpochStarted(epoch, wall_ms))])
        return epoch

    def append(self, record: Record) -> None:
        row = _row(record)
        with self._swap:
            self._waiting.append(row)

    def commit(self) -> None:
        with self._writer:
            with self._swap:
                rows, self._waiting = self._waiting, []
            try:
                self._write(rows)
            except (sqlite3.Error, OSError) as fault:
                with self._swap:
                    self._waiting[:0] = rows
                raise CannotCommit(
                    f"The journal in {self._folder} cannot be written: {fault}. "
                    f"Nothing is acknowledged until it can; free space or repair the disk, the commit is tried again."
                ) from fault

    def _write(self, rows: list[_Row]) -> None:
        if not rows:
            return
        with self._connection:
            start = 0
            for place, (kind, subject, _, _) in enumerate(rows):
                if kind in _FORGOTTEN:
                    _insert(self._connection, rows[start:place])
                    self._connection.execute("DELETE FROM record WHERE job = ?", (subject,))
                    start = place + 1
            _insert(self._connection, rows[start:])

    def replay(self) -> Iterator[Record]:
        rows = self._connection.execute("SELECT seq, kind, body, crc FROM record ORDER BY seq")
        try:
            for seq, kind, body, crc in rows:
                try:
                    yield read_row(body, crc)
                except BadRecord as fault:
                    raise _damaged(self._folder, f"record {seq} ({kind}) is unreadable: {fault}") from None
        except sqlite3.DatabaseError as fault:
            raise _damaged(self._folder, str(fault)) from fault

    def of_job(self, job: str, after: int, limit: int) -> list[tuple[int, Record]]:
        """By a connection of its own, so that a long story does not hold up a commit."""
        place = f"{(self._folder / FILE_NAME).absolute().as_uri()}?mode=ro"
        query = "SELECT seq, body, crc FROM record WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?"
        try:
            with closing(sqlite3.connect(place, uri=True)) as reader:
                rows = reader.execute(query, (job, after, limit)).fetchall()
            return [(seq, read_row(body, crc)) for seq, body, crc in rows]
        except (sqlite3.DatabaseError, BadRecord) as fault:
            raise _damaged(self._folder, str(fault)) from fault

    def close(self) -> None:
        with self._writer:
            self._connection.close()
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1


def _connect(folder: Path) -> sqlite3.Connection:
    try:
        # One connection for all threads; `_writer` sees to it that only one uses it for writing at a time.
        connection = sqlite3.connect(folder / FILE_NAME, check_same_thread=False)
        os.chmod(folder / FILE_NAME, 0o600)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.DatabaseError as fault:
        raise _damaged(folder, str(fault)) from fault
    return connection


def _prepare(connection: sqlite3.Connection, folder: Path) -> None:
    from sqlite_utils import Database

    from marx.journal.schema import journal_migrations, unknown_migrations

    database = Database(connection)
    if unknown := unknown_migrations(database):
        raise JournalTooNew(
            f"The journal in {folder} was written by a later version of Marx (it has {unknown[-1]}). "
            f"Install that version, or serve another folder: marx serve --folder FOLDER"
        )
    journal_migrations.apply(database)


def _insert(connection: sqlite3.Connection, rows: list[_Row]) -> None:
    connection.executemany("INSERT INTO record (kind, job, body, crc) VALUES (?, ?, ?, ?)", rows)


def _row(record: Record) -> _Row:
    body = encode(record)
    return kind_of(record), subject_of(record), body, zlib.crc32(body)


def read_row(body: Any, crc: int | None) -> Record:
    """The record of a row, or `BadRecord`."""
    if not isinstance(body, bytes):
        raise BadRecord("its body is not bytes")
    if crc is not None and zlib.crc32(body) != crc:
        raise BadRecord("its checksum does not match")
    return decode(body)


def _cut_tail(connection: sqlite3.Connection) -> Iterator[str]:
    """Deletes unreadable records from the end back to the last readable one, and tells of each.

    SQLite itself drops a half-written transaction. What is left for us is a last page that the disk did not keep as
    written. An unreadable record with readable ones after it is another matter: `replay` refuses that.
    """
    while row := connection.execute("SELECT seq, kind, body, crc FROM record ORDER BY seq DESC LIMIT 1").fetchone():
        seq, kind, body, crc = row
        try:
            read_row(body, crc)
            return
        except BadRecord as fault:
            with connection:
                connection.execute("DELETE FROM record WHERE seq = ?", (seq,))
            yield f"record {seq} ({kind}) at the end of the journal was unreadable and is cut off: {fault}"


def _damaged(folder: Path, fault: str) -> JournalError:
    return JournalDamaged(
        f"The journal {folder / FILE_NAME} is damaged: {fault}. Nothing was changed. "
        f"Put a backup in its place, or move it away to start without the jobs in it."
    )
