"""What commit() returned for is there again; what it did not is not; and what cannot be read is said."""

from __future__ import annotations

import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from marx.journal.errors import CannotCommit, JournalBusy, JournalDamaged, JournalTooNew
from marx.journal.journal import Journal, MemoryJournal, open_journal
from marx.journal.records import (
    ChunkKept,
    DriverLeased,
    DriverOutput,
    EpochStarted,
    JobEnded,
    JobEstimated,
    JobForgotten,
    JobNoted,
    JobPaused,
    JobPlanned,
    JobSubmitted,
    MailNoted,
    Record,
    RegionClosed,
    RegionOpened,
    ScheduleRan,
    WorkerForgotten,
    WorkerNoted,
    encode,
)
from marx.journal.schema import journal_migrations

FIXTURES = Path(__file__).parent / "fixtures"
MIGRATIONS = journal_migrations.pending(Database(memory=True))

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


# --- append, commit, replay ------------------------------------------------------------------------------------------


def test_a_replay_is_what_was_committed_in_its_order(tmp_path: Path) -> None:
    keep(tmp_path, *STORY[:3])
    keep(tmp_path, *STORY[3:])
    assert replayed(tmp_path) == STORY


def test_what_was_not_committed_is_absent(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.append(STORY[0])
        journal.commit()
        journal.append(STORY[1])
    assert replayed(tmp_path) == STORY[:1]


def test_a_commit_in_a_thread_takes_what_was_appended_before_it(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        for number in range(50):
            journal.append(DriverOutput("j", 1, number, b"x"))
            thread = threading.Thread(target=journal.commit)
            thread.start()
            journal.append(DriverOutput("j", 2, number, b"y"))
            thread.join()
        journal.commit()
    records = replayed(tmp_path)
    assert [record.offset for record in records if isinstance(record, DriverOutput) and record.stream == 1] == [
        *range(50)
    ]
    assert len(records) == 100


def test_a_forgotten_job_leaves_nothing_and_others_stay(tmp_path: Path) -> None:
    other = JobPlanned("other", b"plan")
    again = JobPlanned("7f3k2m", b"the same name later")
    keep(tmp_path, *STORY, other)
    keep(tmp_path, JobPlanned("7f3k2m", b"in the same commit"), JobForgotten("7f3k2m"), again)
    assert replayed(tmp_path) == [other, again]


def test_a_forgotten_worker_leaves_no_story_and_a_job_of_its_name_stays(tmp_path: Path) -> None:
    job, other, again = JobPlanned("desk", b"plan"), WorkerNoted("desk-2", "joined", 1), WorkerNoted("desk", "back", 3)
    keep(tmp_path, job, WorkerNoted("desk", "joined", 1), other)
    keep(tmp_path, WorkerNoted("desk", "lost", 2), WorkerForgotten("desk"), again)
    assert replayed(tmp_path) == [job, other, again]


def test_a_record_that_cannot_be_written_is_its_authors_fault(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        with pytest.raises(OverflowError):
            journal.append(DriverOutput("j", 1, 1 << 64, b""))
        journal.append(STORY[0])
        journal.commit()
    assert replayed(tmp_path) == STORY[:1]


def test_epochs_count_starts_and_are_replayed(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        with opened(tmp_path) as journal:
            assert journal.epoch == number
            epochs = [record.epoch for record in journal.replay() if isinstance(record, EpochStarted)]
            assert epochs == [*range(1, number + 1)]


def test_the_story_of_one_job_is_read_in_parts_beside_commits(tmp_path: Path) -> None:
    folder = tmp_path / "a folder? 100%"
    other = JobPlanned("x4k9pp", b"{}")
    with opened(folder) as journal:
        for record in (STORY[0], other, *FOR_PEOPLE):
            journal.append(record)
        assert journal.of_job("7f3k2m", 0, 100) == []
        journal.commit()
        first = journal.of_job("7f3k2m", 0, 3)
        rest = journal.of_job("7f3k2m", first[-1][0], 100)
        assert [record for _, record in first + rest] == [STORY[0], *FOR_PEOPLE]
        assert journal.of_job("nobody", 0, 100) == []


def test_a_memory_journal_keeps_nothing() -> None:
    journal: Journal = MemoryJournal()
    journal.append(STORY[0])
    journal.commit()
    assert journal.of_job("7f3k2m", 0, 100) == []
    assert (journal.epoch, [*journal.replay()], journal.cut) == (1, [], ())
    journal.close()


def test_a_memory_journal_does_not_load_a_database() -> None:
    code = "import sys, marx.journal.journal; print('sqlite_utils' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# --- one at a time ---------------------------------------------------------------------------------------------------


def test_a_second_distributor_is_told_who_has_it(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(JournalBusy, match=r"process \d+.*marx serve --folder") as raised:
        open_journal(tmp_path)
    assert raised.value.exit_code == 75
    assert replayed(tmp_path) == []


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


# --- what cannot be read ---------------------------------------------------------------------------------------------


def change(folder: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(folder / "journal.db")
    with connection:
        assert connection.execute(statement, values).rowcount > 0
    connection.close()


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


# --- other versions --------------------------------------------------------------------------------------------------


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
