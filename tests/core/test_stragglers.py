"""Stories of the last chunks of a region."""

from __future__ import annotations

from marx.core.events import (
    ChunkEnded,
    DropOutcome,
    GrantChunk,
    KeepOutcome,
    RegionOpened,
    StopAttempt,
    Story,
    WorkerLost,
    WorkerReady,
)

from .play import MS, SECOND, chunk, driver, ended, grants, number, with_driver


def test_a_straggler_gets_a_backup_attempt_and_the_first_outcome_wins() -> None:
    play = with_driver()
    for name in "ab":
        play.tell(WorkerReady(name, 2, 0, number(1)))
    play.tell(RegionOpened(driver(1), 0, 0, 2, 500 * MS))
    play.tell(ChunkEnded("b", chunk(3, 1), "done", 500 * MS), 500)
    # `b` has nothing to do, `a` takes long; but not yet too long.
    assert grants(play.tick_until(2_000)) == []
    answer = play.tick_until(2_250)
    assert answer == [
        GrantChunk("b", chunk(4, 0, attempt=2), 0, 1, 0),
        Story("job/0/0", "backup attempt on b: a is late with items 0..0"),
    ]
    # There are two now, that is enough.
    assert grants(play.tick_until(9_000)) == []
    assert play.tell(ChunkEnded("b", chunk(4, 0, attempt=2), "done", 500 * MS)) == [
        KeepOutcome("b", chunk(4, 0, attempt=2), 0, 1),
        StopAttempt("a", chunk(2, 0), "another attempt was first"),
    ]
    assert play.tell(ChunkEnded("a", chunk(2, 0), "done", 9 * SECOND)) == [
        DropOutcome("a", chunk(2, 0), "stale: the lease has ended"),
    ]


def test_a_straggler_outlives_its_backup() -> None:
    play = with_driver(workers="abc")
    for name in "bc":
        play.tell(WorkerReady(name, 1, 0, number(1)))
    play.tell(RegionOpened(driver(1), 0, 0, 2, 500 * MS))
    play.tell(ChunkEnded("c", chunk(3, 1), "done", 500 * MS), 500)
    play.tell(WorkerReady("c", 1, 0, number(3)))
    assert [word.worker for word in grants(play.tick_until(3_000))] == ["c"]
    # Losing one of two attempts puts nothing back.
    assert play.tell(WorkerLost("c")) == [Story("c", "lost: it left", {"leases": 1})]
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", 3 * SECOND)) == [KeepOutcome("b", chunk(2, 0), 0, 1)]


def test_a_chunk_that_waits_at_a_slow_worker_is_taken_over_by_an_idle_one() -> None:
    play = with_driver()
    play.tell(WorkerReady("b", 2, 0, 0))
    # `b` has one item running and one waiting, the other two are for `a`.
    first, second = grants(play.tell(RegionOpened(driver(1), 0, 0, 4, 200 * MS)))
    assert (first.worker, second.worker) == ("b", "b")
    (third,) = grants(play.tell(WorkerReady("a", 9, 0, number(1))))
    (fourth,) = grants(play.tell(ended(third, 200 * MS), 200))
    assert play.tell(ended(fourth, 200 * MS), 400) == [KeepOutcome("a", fourth.lease, 3, 4)]
    # `a` is idle, and what it could do waits at `b`, for longer than a chunk should take.
    assert grants(play.tick_until(500)) == []
    assert play.tick_until(750) == [
        GrantChunk("a", chunk(6, 1, attempt=2), 1, 2, 0),
        Story("job/0/1", "backup attempt on a: b is late with items 1..1"),
    ]
    assert play.tell(ChunkEnded("a", chunk(6, 1, attempt=2), "done", 200 * MS)) == [
        KeepOutcome("a", chunk(6, 1, attempt=2), 1, 2),
        StopAttempt("b", second.lease, "another attempt was first"),
    ]
