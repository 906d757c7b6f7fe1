"""A journal file, looked into without changing a byte of it: for checks of a folder that no distributor serves.

Owns a read-only connection and the folder's lock. What the records mean is not known here.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from marx.journal.errors import JournalDamaged
from marx.journal.journal import FILE_NAME, lock_folder, read_row
from marx.journal.records import BadRecord, Record


class Inspection:
    """Raises `JournalBusy` where a distributor has the folder, `JournalDamaged` where there is no journal in it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME
        if not self._file.is_file():
            raise JournalDamaged(f"There is no journal in {folder}. Name the folder of a distributor: marx fsck FOLDER")
        self._lock = lock_folder(folder, "Stop it, or check a copy of the folder: marx fsck COPY")
        try:
            self._connection = sqlite3.connect(f"file:{quote(str(self._file))}?mode=ro", uri=True)
        except sqlite3.Error:
            os.close(self._lock)
            raise

    def damage(self) -> list[str]:
        """What SQLite itself finds wrong with the file; empty if it is sound."""
        try:
            lines = [str(line) for (line,) in self._connection.execute("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as fault:
            return [str(fault)]
        return [line for line in lines if line != "ok"]

    def records(self) -> Iterator[tuple[int, str, Record | BadRecord]]:
        """Number, kind and content of each row, oldest first; what cannot be read comes as its fault."""
        columns = {row[1] for row in self._connection.execute("PRAGMA table_info(record)")}
        crc = "crc" if "crc" in columns else "NULL"
        rows = self._connection.execute(f"SELECT seq, kind, body, {crc} FROM record ORDER BY seq")
        for seq, kind, body, checksum in rows:
            try:
                yield seq, kind, read_row(body, checksum)
            except BadRecord as fault:
                yield seq, kind, fault

    def close(self) -> None:
        self._connection.close()
        os.close(self._lock)
