"""What a machine that stops leaves in a journal: whole commits only; and what cannot be read is said."""

from __future__ import annotations

import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from marx.journal.errors import CannotCommit, JournalBusy, JournalDamaged
from marx.journal.journal import open_journal
from marx.journal.records import (
    DriverOutput,
    EpochStarted,
    Record,
)
from tests.journal.stories import STORY, change, keep, opened, replayed


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    with writer(tmp_path) as process:
        assert process.stdout.readline()
        with pytest.raises(JournalBusy, match=f"process {process.pid}"):
            open_journal(tmp_path)
        process.kill()
        process.wait()
    assert replayed(tmp_path)


# --- kill -9 ---------------------------------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from marx.journal.journal import open_journal
from marx.journal.records import DriverOutput

journal = open_journal(Path(sys.argv[1]))
offset = max((record.offset + 1 for record in journal.replay() if isinstance(record, DriverOutput)), default=0)
while True:
    for _ in range(1 + offset % 7):
        journal.append(DriverOutput("j", 1, offset, bytes([offset % 251]) * (offset * 37 % 9000)))
        offset += 1
    journal.commit()
    print(offset, flush=True)
"""


@contextmanager
def writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that commits outputs numbered from 0 and prints, after each commit, how many are committed."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def outputs(records: list[Record]) -> int:
    """How many outputs there are; each must be whole and in its place."""
    for offset, record in enumerate(records):
        assert record == DriverOutput("j", 1, offset, bytes([offset % 251]) * (offset * 37 % 9000))
    return len(records)


def test_killing_the_writer_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    """Killed again and again, each time after another number of commits, with one under way; then read."""
    for commits in (1, 2, 3, 5, 8, 40, 150):
        with writer(tmp_path) as process:
            assert process.stdout
            for _ in range(commits):
                said = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            process.wait()
            said = max([said, *map(int, process.stdout.read().split("\n")[:-1])])
        assert outputs(replayed(tmp_path)) >= said


def test_a_torn_end_of_the_log_gives_whole_commits_only(tmp_path: Path) -> None:
    """The log is cut at many places, as a disk without power may leave it: whole commits from the beginning remain."""
    live = tmp_path / "live"
    sizes: list[int] = []
    with opened(live) as journal:
        for commit in range(12):
            for part in range(3):
                offset = 3 * commit + part
                journal.append(DriverOutput("j", 1, offset, bytes([offset % 251]) * (offset * 37 % 9000)))
            journal.commit()
            sizes.append((live / "journal.db-wal").stat().st_size)
        database, log = (live / "journal.db").read_bytes(), (live / "journal.db-wal").read_bytes()
    found = set()
    for step, cut in enumerate([*range(sizes[0], len(log), len(log) // 60), *sizes, *(size - 1 for size in sizes)]):
        torn = tmp_path / f"torn{step}"
        torn.mkdir()
        (torn / "journal.db").write_bytes(database)
        (torn / "journal.db-wal").write_bytes(log[:cut])
        count = outputs(replayed(torn))
        assert count == 3 * sum(size <= cut for size in sizes)
        found.add(count)
    assert len(found) > 6


def last_seq(folder: Path) -> int:
    connection = sqlite3.connect(folder / "journal.db")
    (seq,) = connection.execute("SELECT max(seq) FROM record").fetchone()
    connection.close()
    return int(seq)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE record SET body = x'ff00' WHERE seq > ?", "checksum does not match"),
        ("UPDATE record SET body = x'ff00', crc = NULL WHERE seq > ?", "unreadable and is cut off"),
        ("UPDATE record SET crc = crc + 1 WHERE seq > ?", "checksum does not match"),
        ("UPDATE record SET body = 'text' WHERE seq > ?", "not bytes"),
    ],
)
def test_an_unreadable_end_is_cut_and_reported(tmp_path: Path, statement: str, says: str) -> None:
    keep(tmp_path, *STORY)
    change(tmp_path, statement, last_seq(tmp_path) - 2)
    with opened(tmp_path) as journal:
        assert len(journal.cut) == 2
        assert all(says in line for line in journal.cut)
        assert [record for record in journal.replay() if not isinstance(record, EpochStarted)] == STORY[:-2]
        assert journal.epoch == 2
    with opened(tmp_path) as journal:
        assert journal.cut == ()


def test_an_unreadable_record_in_the_middle_is_not_guessed_away(tmp_path: Path) -> None:
    keep(tmp_path, *STORY)
    change(tmp_path, "UPDATE record SET body = x'ff' WHERE seq = ?", last_seq(tmp_path) - 3)
    with opened(tmp_path) as journal, pytest.raises(JournalDamaged, match=r"record 6 \(chunkkept\).*backup"):
        list(journal.replay())
    assert last_seq(tmp_path) == 10


def test_a_file_that_is_no_journal_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"my only copy of the thesis" * 100)
    with pytest.raises(JournalDamaged, match="not a database") as raised:
        open_journal(tmp_path)
    assert raised.value.exit_code == 78
    assert (tmp_path / "journal.db").read_bytes().startswith(b"my only copy")


def test_a_full_disk_refuses_the_commit_and_a_later_one_takes_it_all(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with opened(tmp_path) as journal:
            journal.append(STORY[0])
            journal.commit()
            journal.append(DriverOutput("7f3k2m", 1, 0, b"x" * 1_000_000))
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, old[1]))
            with pytest.raises(CannotCommit, match=str(tmp_path)):
                journal.commit()
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
            journal.append(STORY[1])
            journal.commit()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, previous)
    assert replayed(tmp_path) == [STORY[0], DriverOutput("7f3k2m", 1, 0, b"x" * 1_000_000), STORY[1]]
