"""Stories of workers: what is kept on disk of one that comes and goes for ever, and who is forgotten."""

from __future__ import annotations

import time
from pathlib import Path

from marx.distributor.stories import LINES_KEPT, LINES_SHOWN, WorkerStories
from marx.distributor.sweeping import forget_workers, miss_workers
from marx.journal.journal import open_journal
from marx.journal.records import Record, WorkerForgotten, WorkerNoted
from marx.link.keys import new_keys
from tests.distributor.model import CALM, Lab


def told(stories: WorkerStories, worker: str, times: int, first: int = 0) -> list[Record]:
    records: list[Record] = []
    for at_ms in range(first, first + times):
        for record in list(stories.noted(worker, f"line {at_ms}", at_ms, "ann")):
            stories.apply(record)
            records.append(record)
    return records


def test_a_worker_that_comes_and_goes_takes_a_few_lines_of_disk_and_of_memory(tmp_path: Path) -> None:
    journal, stories = open_journal(tmp_path), WorkerStories()
    for begun in range(0, 10 * LINES_KEPT, LINES_KEPT):
        for record in told(stories, "desk", LINES_KEPT, begun):
            journal.append(record)
        journal.commit()
        on_disk = [record for record in journal.replay() if isinstance(record, WorkerNoted)]
        assert len(on_disk) <= LINES_KEPT
        last = [f"line {at_ms}" for at_ms in range(begun + LINES_KEPT - LINES_SHOWN, begun + LINES_KEPT)]
        assert [line.text for line in stories.of("desk")] == last
        assert [record.text for record in on_disk][-LINES_SHOWN:] == last
    journal.close()


def test_who_has_not_come_back_is_known_until_any_start_would_have_forgotten_it() -> None:
    stories = WorkerStories()
    for name in ("a", "b", "c"):
        told(stories, name, 1)
    stories.begin()
    assert stories.absent() == ["a", "b", "c"]
    told(stories, "b", 1)
    told(stories, "d", 1)
    assert stories.absent() == ["a", "c"]
    # `d` was met and is not with the scheduler any more, which forgets who was lost for long.
    assert stories.expired({"b"}, 10, before_ms=100) == [WorkerForgotten("d")]
    # It is written down that `a` and `c` are missed, once. From then on their time runs, whatever is started anew.
    for record in stories.unmissed(50):
        stories.apply(record)
    assert stories.unmissed(60) == []
    assert stories.absent() == ["a", "c"]
    stories.begin()
    assert stories.expired({"b"}, 10, before_ms=50) == []
    assert stories.expired({"b"}, 10, before_ms=51) == [WorkerForgotten("a"), WorkerForgotten("c")]
    # Names that are made up for ever push out the oldest, and nobody who is here.
    assert stories.expired({"b", "d"}, 3, before_ms=50) == [WorkerForgotten("a")]
    stories.apply(WorkerForgotten("a"))
    assert stories.absent() == ["b", "c", "d"]
    assert stories.of("a") == []


def test_who_was_lost_for_long_is_forgotten_however_short_each_start_is(tmp_path: Path) -> None:
    journal, long_ms = open_journal(tmp_path), CALM.core.forget_ms
    now_ms = time.time_ns() // 1_000_000
    journal.append(WorkerNoted("sold", "forgotten: it has been lost for long", now_ms - long_ms - 60_000))
    journal.append(WorkerNoted("desk", "joined: slots 1", now_ms - 10 * long_ms))
    journal.append(WorkerNoted("new", "lost: silent for 10 s", now_ms))
    journal.commit()
    journal.close()
    lab = Lab(tmp_path)
    try:
        # Of `desk` nobody knows when it was lost.
        assert lab.distributor.shell.stories.absent() == ["desk", "new"]
        miss_workers(lab.distributor.shell)
        lab.restart()
        lab.later(long_ms + 1_000)
        forget_workers(lab.distributor.shell)
        assert lab.distributor.shell.stories.absent() == []
    finally:
        lab.close()


def test_who_is_known_to_be_gone_is_so_until_it_joins_again() -> None:
    stories = WorkerStories()
    assert stories.is_gone("a")
    for text, gone in (("joined: slots 1", False), ("lost: silent for 10 s", True), ("heard of again", False)):
        stories.apply(WorkerNoted("a", text, 1))
        assert stories.is_gone("a") == gone
    stories.apply(WorkerNoted("a", "left: it had ended what it ran", 2))
    assert stories.is_gone("a")


def test_a_name_stays_with_its_key_over_restarts_until_it_is_forgotten(durable: Lab) -> None:
    first, second = new_keys(), new_keys()
    durable.worker("pc", first).close()
    durable.restart()
    durable.worker("pc", second).close()
    names = {state.worker for state in durable.distributor.shell.scheduler.workers()}
    assert len(names) == 1 and "pc" not in names
    miss_workers(durable.distributor.shell)
    assert durable.distributor.shell.stories.keys()["pc"] == first.public.hex()
    durable.later(CALM.core.forget_ms + 1_000)
    forget_workers(durable.distributor.shell)
    durable.worker("pc", second)
    assert "pc" in {state.worker for state in durable.distributor.shell.scheduler.workers()}
