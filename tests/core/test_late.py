"""Stories of outcomes whose lease was lost before they came: what was computed is not computed again without need."""

from __future__ import annotations

from marx.core.events import ChunkEnded, Held, JobSubmitted, RegionOpened, WorkerBeat, WorkerJoined, WorkerReady
from marx.core.instructions import DropOutcome, GiveUpItems, GrantChunk, KeepOutcome, StopAttempt, Story
from marx.core.late import AWAITED_MAX
from marx.core.scheduler import Settings

from .play import SECOND, Play, chunk, driver, fail, grants, number, with_driver


def silent() -> Play:
    """`b` had item 0 of two and was not heard for ten seconds; `a` drives, and takes no chunks yet."""
    play = with_driver()
    play.tell(WorkerReady("b", 1, 0, 0), 0)
    assert play.tell(RegionOpened(driver(1), 0, 0, 2, SECOND)) == [GrantChunk("b", chunk(2, 0), 0, 1, 0)]
    play.tick_until(9_000)
    play.tell(WorkerBeat("a", (number(1),)), 9_000)
    play.tick_until(10_000)
    assert {state.worker: state.state for state in play.scheduler.workers()} == {"a": "ready", "b": "lost"}
    return play


def test_an_outcome_that_comes_late_counts_if_it_is_the_first() -> None:
    play = silent()
    # Its worker was killed, began anew, and found the outcome on its disk.
    assert play.tell(WorkerJoined("b", 1, 1, "3.11", holding=(chunk(2, 0),)), 12_000) == [
        Story("b", "joined: slots 1, driver seats 1, Python 3.11", {"held": 1}),
    ]
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", SECOND)) == [KeepOutcome("b", chunk(2, 0), 0, 1)]
    # Only the other item is left.
    assert [(one.start, one.stop) for one in grants(play.tell(WorkerReady("b", 2, 0, number(2))))] == [(1, 2)]


def test_whoever_tries_the_items_meanwhile_is_stopped() -> None:
    play = silent()
    assert play.tell(WorkerReady("a", 1, 0, number(1))) == [GrantChunk("a", chunk(3, 0, attempt=2), 0, 1, 0)]
    assert play.tell(WorkerJoined("b", 1, 1, "3.11", holding=(chunk(2, 0),)), 12_000)[1:] == [
        StopAttempt("b", chunk(2, 0), "not owed any more"),
    ]
    # It had finished before, so the word to stop changes nothing there.
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", SECOND)) == [
        KeepOutcome("b", chunk(2, 0), 0, 1),
        StopAttempt("a", chunk(3, 0, attempt=2), "another attempt was first"),
    ]
    assert play.tell(ChunkEnded("a", chunk(3, 0, attempt=2), "done", SECOND)) == [
        DropOutcome("a", chunk(3, 0, attempt=2), "stale: the lease has ended"),
    ]


def test_what_still_runs_goes_on_if_nobody_else_has_it() -> None:
    play = silent()
    play.tell(WorkerJoined("b", 1, 1, "3.11", holding=(chunk(2, 0),)), 12_000)
    # A machine that was suspended computes on, and renews its lease.
    play.tell(WorkerReady("a", 1, 0, number(1)))
    for at in range(14_000, 30_000, 2_000):
        play.tell(WorkerBeat("b", (number(2),)), at)
        play.tell(WorkerBeat("a", (number(1), number(3))), at)
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", SECOND)) == [KeepOutcome("b", chunk(2, 0), 0, 1)]


def test_only_the_first_outcome_counts_and_only_that_of_its_own_worker() -> None:
    play = silent()
    dropped = [DropOutcome("a", chunk(2, 0), "stale: the lease has ended")]
    assert play.tell(ChunkEnded("a", chunk(2, 0), "done", SECOND)) == dropped
    wrong = chunk(2, 1)
    assert play.tell(ChunkEnded("b", wrong, "done")) == [DropOutcome("b", wrong, "stale: the lease has ended")]
    assert play.tell(ChunkEnded("b", chunk(2, 0), "failed"))[0] == DropOutcome(
        "b", chunk(2, 0), "stale: the lease has ended"
    )
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", SECOND)) == [KeepOutcome("b", chunk(2, 0), 0, 1)]
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", SECOND)) == [
        DropOutcome("b", chunk(2, 0), "stale: the lease has ended")
    ]


def test_what_was_given_up_meanwhile_is_the_drivers() -> None:
    play = with_driver(Settings(retries=1))
    play.tell(WorkerReady("b", 1, 0, 0), 0)
    play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND))
    play.tell(WorkerBeat("a", (number(1),)), 9_000)
    play.tick_until(10_000)
    grant = play.tell(WorkerReady("a", 1, 0, number(1)))[0]
    assert isinstance(grant, GrantChunk)
    assert any(isinstance(word, GiveUpItems) for word in fail(play, grant, "failed"))
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", SECOND)) == [
        DropOutcome("b", chunk(2, 0), "stale: the lease has ended")
    ]


def test_of_another_start_it_counts_even_when_its_items_are_with_others() -> None:
    play = Play(epoch=2)
    play.tell(JobSubmitted("job", "ann", "3.11", resumed=True), 0)
    play.tell(RegionOpened(driver(1), 0, 0, 4, SECOND))
    play.tell(WorkerJoined("a", 1, 1, "3.11", held=(Held(driver(1)),)))
    play.tell(WorkerReady("a", 1, 0, number(8)))
    play.tell(WorkerBeat("a", (number(1),)), 9_000)
    assert [(one.start, one.stop) for one in grants(play.tick_until(10_000))] == [(0, 1)]
    # `b` was away for longer than anybody waits, and has items 0..2 on its disk.
    late = Held(chunk(8, 2), 0, 3)
    play.tell(WorkerJoined("b", 1, 1, "3.11", held=(late,)))
    assert play.tell(ChunkEnded("b", late.lease, "done", SECOND)) == [
        KeepOutcome("b", late.lease, 0, 3),
        StopAttempt("a", chunk(1, 4, epoch=2), "another attempt was first"),
    ]
    assert [(one.start, one.stop) for one in grants(play.tell(WorkerReady("a", 1, 0, number(9, 2))))] == [(3, 4)]
    # What it cannot have been given does not count.
    for held in (Held(chunk(9, 3), 3, 5), Held(chunk(10, 4), 3, 3), Held(chunk(11, 4, region=7), 3, 4)):
        play.tell(WorkerJoined("b", 1, 1, "3.11", held=(held,)))
        answer = play.tell(ChunkEnded("b", held.lease, "done", SECOND))
        assert [type(word) for word in answer] == [DropOutcome]


def test_one_worker_cannot_make_others_wait_for_more_than_it_may_hold() -> None:
    play = Play(epoch=2)
    play.tell(JobSubmitted("job", "ann", "3.11", resumed=True), 0)
    play.tell(RegionOpened(driver(1), 0, 0, 10 * AWAITED_MAX, SECOND))
    play.tell(WorkerJoined("a", 1, 1, "3.11", held=(Held(driver(1)),)))
    play.tick_until(60_000)
    claimed = [Held(chunk(8 + n, n), 0, 1) for n in range(2 * AWAITED_MAX)]
    play.tell(WorkerJoined("b", 1, 1, "3.11", held=tuple(claimed)))
    # The first one it goes on with, as nobody else has the item. Of the others only the last ones count.
    second, last = (play.tell(ChunkEnded("b", held.lease, "done", SECOND)) for held in (claimed[1], claimed[-1]))
    assert [type(word) for word in second] == [DropOutcome]
    assert KeepOutcome("b", claimed[-1].lease, 0, 1) in last


def test_who_lost_what_it_took_up_again_is_not_to_blame() -> None:
    """Word of its silence was on its way to it, and stopped the chunks after it had said that it has them."""
    play = with_driver(slots=3)
    play.tell(WorkerReady("b", 3, 0, 0), 0)
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 3, SECOND)))
    assert [grant.worker for grant in granted] == ["b"] * 3
    for at in range(1_000, 12_000, 1_000):
        play.tell(WorkerBeat("a", (number(1),)), at)
        play.tick_until(at)
    play.tell(WorkerJoined("b", 3, 1, "3.11", holding=tuple(grant.lease for grant in granted)), 12_000)
    for at in range(13_000, 40_000, 1_000):
        play.tell(WorkerBeat("a", (number(1),)), at)
        play.tell(WorkerBeat("b", ()), at)
        play.tick_until(at)
    assert {state.worker: state.state for state in play.scheduler.workers()} == {"a": "ready", "b": "ready"}
    assert len(grants(play.tell(WorkerReady("b", 3, 0, granted[-1].lease.number)))) == 3
