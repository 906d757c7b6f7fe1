"""What commit() returned for is there again, what it did not is not; and one distributor at a time."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from marx.journal.errors import JournalBusy
from marx.journal.journal import Journal, MemoryJournal, open_journal
from marx.journal.records import (
    DriverOutput,
    EpochStarted,
    JobForgotten,
    JobPlanned,
    WorkerForgotten,
    WorkerNoted,
)
from tests.journal.stories import FOR_PEOPLE, STORY, keep, opened, replayed

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
