"""Stories of the last chunks of a region."""

from __future__ import annotations

from marx.core.events import ChunkEnded, RegionClosed, RegionOpened, WorkerLost, WorkerReady
from marx.core.instructions import DropOutcome, GrantChunk, KeepOutcome, StopAttempt, Story
from marx.core.settings import Settings

from .play import MS, SECOND, Play, chunk, driver, ended, grants, number, with_driver


def work_off(play: Play, grant: GrantChunk, at: int, item_ms: int) -> int:
    """The worker of this chunk does it and, one after the other, all that it is then given. When it is through."""
    left = [grant]
    while left:
        at += (left[0].stop - left[0].start) * item_ms
        answer = play.tell(ended(left[0], (left[0].stop - left[0].start) * item_ms * MS), at)
        left = grants(answer) + grants(play.tell(WorkerReady(grant.worker, 1, 0, number(99))))
    return at


def tail() -> tuple[Play, GrantChunk]:
    """Of sixteen items of 125 ms `a` has four and stands still with them. `b` is through with the others."""
    play = with_driver(Settings(first_ms=500))
    for name in "ab":
        play.tell(WorkerReady(name, 1, 0, number(1)))
    late, other = grants(play.tell(RegionOpened(driver(1), 0, 0, 16, 125 * MS)))
    assert (late.worker, late.start, late.stop) == ("a", 0, 4)
    assert work_off(play, other, 0, 125) == 1_500
    return play, late


def test_a_late_chunk_is_cut_anew_and_the_first_outcome_of_an_item_ends_the_others() -> None:
    play, late = tail()
    # Three times as long as it should: `b`, which has nothing to do, gets its items too, in chunks for a region's end.
    answer = play.tick_until(2_000)
    (piece,) = grants(answer)
    assert answer == [Story("job/0/0", "a is late with items 0..3: others try them too"), piece]
    assert (piece.worker, piece.start, piece.stop, piece.lease.attempt) == ("b", 0, 1, 1)
    assert play.tell(ended(piece, 125 * MS)) == [
        KeepOutcome("b", piece.lease, 0, 1),
        StopAttempt("a", late.lease, "another attempt was first"),
    ]
    assert [(word.start, word.stop) for word in grants(play.tell(WorkerReady("b", 1, 0, number(99))))] == [(1, 2)]
    assert play.tell(ChunkEnded("a", late.lease, "done", 9 * SECOND)) == [
        DropOutcome("a", late.lease, "stale: the lease has ended"),
    ]


def test_a_late_chunk_that_is_first_after_all_counts() -> None:
    play, late = tail()
    (piece,) = grants(play.tick_until(2_000))
    assert play.tell(ChunkEnded("a", late.lease, "done", 2 * SECOND)) == [
        KeepOutcome("a", late.lease, 0, 4),
        StopAttempt("b", piece.lease, "another attempt was first"),
    ]
    assert play.scheduler.regions("job")[0].done == 16


def test_a_late_chunk_that_ends_badly_changes_nothing() -> None:
    play, _ = tail()
    (piece,) = grants(play.tick_until(2_000))
    # Its items are with others already.
    assert play.tell(WorkerLost("a")) == [
        Story("a", "lost: it left", {"leases": 2}),
        Story("job", "driver restarts after attempt 1: lost on a: a was lost: it left"),
    ]
    assert [word.worker for word in play.tell(ended(piece, 125 * MS)) if isinstance(word, KeepOutcome)] == ["b"]


def test_a_closed_region_stops_what_is_late_and_what_overtook_it() -> None:
    play, late = tail()
    (piece,) = grants(play.tick_until(2_000))
    assert play.tell(RegionClosed(driver(1), 0)) == [
        StopAttempt("a", late.lease, "the region is closed"),
        StopAttempt("b", piece.lease, "the region is closed"),
    ]


def test_an_item_is_tried_by_three_at_most() -> None:
    """However long it takes: it may simply be dear."""
    play = with_driver(Settings(lease_ms=10**6), workers="abcde")
    for name in "bcde":
        play.tell(WorkerReady(name, 1, 0, 0))
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 1, 10 * MS)))
    granted += grants(play.tick_until(20_000))
    assert [(grant.worker, grant.start, grant.stop) for grant in granted] == [("b", 0, 1), ("c", 0, 1), ("d", 0, 1)]


def test_what_a_slow_worker_would_take_long_for_goes_to_a_fast_one_at_once() -> None:
    play = with_driver(Settings(lease_ms=10**6))
    for name in "ab":
        play.tell(WorkerReady(name, 1, 0, number(1)))
    slow, fast = grants(play.tell(RegionOpened(driver(1), 0, 0, 18, 100 * MS)))
    # `b` takes 200 ms for an item, `a` two seconds: that is known after a few.
    for at in range(2_000, 14_000, 2_000):
        play.tell(ended(fast, (fast.stop - fast.start) * 200 * MS), at)
        play.tell(ended(slow, (slow.stop - slow.start) * 2_000 * MS), at)
        (fast,) = grants(play.tell(WorkerReady("b", 1, 0, number(99))))
        (slow,) = grants(play.tell(WorkerReady("a", 1, 0, number(99))))
    at = work_off(play, fast, at, 200)
    # Nothing is left but what `a` has. It is not late for a worker of its speed, only slow.
    assert [(word.worker, word.start) for word in grants(play.tick_until(at + 250))] == [("b", slow.start)]


def test_chunks_of_a_slow_worker_are_smaller() -> None:
    play = with_driver()
    for name in "ab":
        play.tell(WorkerReady(name, 1, 0, number(1)))
    slow, fast = grants(play.tell(RegionOpened(driver(1), 0, 0, 1_000_000, MS)))
    for n in range(1, 12):
        (fast,) = grants(play.tell(ended(fast, (fast.stop - fast.start) * MS), n * 5_000)) + grants(
            play.tell(WorkerReady("b", 1, 0, number(99)))
        )
        (slow,) = grants(play.tell(ended(slow, (slow.stop - slow.start) * 10 * MS), n * 5_000)) + grants(
            play.tell(WorkerReady("a", 1, 0, number(99)))
        )
    assert 7 < (fast.stop - fast.start) / (slow.stop - slow.start) < 13


def test_a_chunk_that_waits_at_a_busy_worker_is_taken_back_for_an_idle_one() -> None:
    play = with_driver()
    play.tell(WorkerReady("b", 2, 0, 0))
    # `b` has one item running and one waiting, the other two are for `a`.
    first, second = grants(play.tell(RegionOpened(driver(1), 0, 0, 4, 200 * MS)))
    assert (first.worker, second.worker) == ("b", "b")
    (third,) = grants(play.tell(WorkerReady("a", 9, 0, number(1))))
    (fourth,) = grants(play.tell(ended(third, 200 * MS), 200))
    assert play.tell(ended(fourth, 200 * MS), 400) == [KeepOutcome("a", fourth.lease, 3, 4)]
    # `a` is idle, and what it could do waits at `b`.
    assert play.tick_until(650) == [
        StopAttempt("b", second.lease, "others have nothing to do"),
        Story("job/0/1", "taken back from b, where item 1 waited"),
        GrantChunk("a", chunk(6, 4), 1, 2, 0),
    ]
