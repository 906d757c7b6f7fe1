"""Stories of credit: who gets how much, and who first."""

from __future__ import annotations

from marx.core.events import (
    GrantUnsent,
    JobCancelled,
    JobSubmitted,
    RegionClosed,
    RegionOpened,
    WorkerBeat,
    WorkerJoined,
    WorkerLost,
    WorkerReady,
)
from marx.core.instructions import GrantDriver, Story

from .play import MS, SECOND, Play, driver, ended, grants, number, with_driver


def test_grants_that_a_worker_had_not_seen_count_against_what_it_says() -> None:
    play = with_driver(workers="a", slots=4)
    play.tell(WorkerReady("a", 2, 0, number(1)))
    play.tell(RegionOpened(driver(1), 0, 0, 1_000_000, MS))
    # Leases 2 and 3 are on their way when the worker says, not knowing of 3, that it takes two more: that is one.
    assert [word.lease.number - number(0) for word in grants(play.tell(WorkerReady("a", 2, 0, number(2))))] == [4]
    # Now it knows of all of them.
    assert len(grants(play.tell(WorkerReady("a", 2, 0, number(4))))) == 2
    # Less than what is on its way is nothing, not a debt.
    assert grants(play.tell(WorkerReady("a", 1, 0, number(4)))) == []
    assert len(grants(play.tell(WorkerReady("a", 1, 0, number(6))))) == 1


def test_a_grant_that_was_never_sent_costs_no_credit() -> None:
    play = with_driver(workers="ab")
    play.tell(WorkerReady("b", 0, 1, 0))
    assert play.tell(JobSubmitted("next", "ann", "3.11")) == [GrantDriver("b", driver(2, job="next"), 2)]
    # Its job is cancelled before the distributor's record of the grant is on disk: nobody tells the worker of it.
    play.tell(JobCancelled("next"))
    assert play.tell(JobSubmitted("last", "ann", "3.11")) == []
    assert play.tell(GrantUnsent("b", driver(2, job="next"))) == [GrantDriver("b", driver(3, job="last"), 2)]
    # Said twice, or after the worker has said anew what it takes, it gives nothing.
    play.tell(JobSubmitted("more", "ann", "3.11"))
    assert play.tell(GrantUnsent("b", driver(2, job="next"))) == []


def test_idle_slots_come_before_chunks_to_have_at_hand_and_workers_take_turns() -> None:
    play = with_driver(workers="abc", slots=1)
    for name in "abc":
        play.tell(WorkerReady(name, 3, 0, number(1)))
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 1_000_000, MS)))
    assert [word.worker for word in granted] == ["a", "b", "c", "a", "b", "c", "a", "b", "c"]


def test_near_the_end_no_chunk_waits_at_a_busy_worker_while_another_may_fall_idle() -> None:
    play = with_driver(workers="ab", slots=1)
    for name in "ab":
        play.tell(WorkerReady(name, 3, 0, number(1)))
    # Six items of 400 ms. Each worker gets one, and more only as long as one stays for each slot.
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 6, 400 * MS)))
    assert [(word.worker, word.start) for word in granted] == [("a", 0), ("b", 1), ("a", 2), ("b", 3)]
    # `b` is quick: the rest is its.
    assert [(word.worker, word.start) for word in grants(play.tell(ended(granted[1], MS)))] == []
    assert [(word.worker, word.start) for word in grants(play.tell(ended(granted[3], MS)))] == [("b", 4)]


def test_dear_items_are_never_sent_ahead() -> None:
    play = with_driver(workers="a", slots=1)
    play.tell(WorkerReady("a", 3, 0, number(1)))
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 1_000, 60 * SECOND)))
    assert [(word.start, word.stop) for word in granted] == [(0, 1)]


def test_a_draining_worker_gets_nothing_more() -> None:
    play = with_driver(workers="a")
    play.tell(RegionOpened(driver(1), 0, 0, 10, SECOND))
    assert play.tell(WorkerReady("a", 5, 5, number(1), draining=True)) == [
        Story("a", "draining: ends what it runs and takes nothing more"),
    ]
    assert [(state.state, state.reason) for state in play.scheduler.workers()] == [
        ("draining", "it takes nothing more")
    ]
    assert len(grants(play.tell(WorkerReady("a", 1, 0, number(1))))) == 1


def test_only_the_right_python_will_do() -> None:
    play = Play()
    play.tell(WorkerJoined("old", 1, 1, "3.10.2"))
    play.tell(WorkerReady("old", 1, 1, 0))
    assert play.tell(JobSubmitted("job", "ann", "3.11")) == []
    play.tell(WorkerJoined("new", 1, 1, "3.11"))
    assert play.tell(WorkerReady("new", 1, 1, 0)) == [GrantDriver("new", driver(1), 1)]


def test_a_chunk_that_came_back_waits_for_a_free_slot() -> None:
    play = with_driver(workers="ab", slots=1)
    play.tell(WorkerReady("b", 1, 0, 0))
    play.tell(RegionOpened(driver(1), 0, 0, 10_000, 10 * MS))
    # `a` runs one and has one at hand.
    assert [word.start for word in grants(play.tell(WorkerReady("a", 2, 0, number(2))))] == [10, 20]
    # What `b` leaves behind is what the driver waits for. `a` would queue it behind another: that is no help.
    play.tell(WorkerLost("b"))
    assert grants(play.tell(WorkerReady("a", 1, 0, number(4)))) == []
    play.tell(WorkerJoined("b", 1, 2, "3.11"))
    granted, _ = grants(play.tell(WorkerReady("b", 1, 0, number(4))))
    assert (granted.worker, granted.start) == ("b", 0)


def test_the_innermost_region_goes_first() -> None:
    play = with_driver(workers="a")
    play.tell(RegionOpened(driver(1), 0, 0, 100, SECOND))
    play.tell(RegionOpened(driver(1), 1, 0, 100, SECOND))
    assert [word.lease.region for word in grants(play.tell(WorkerReady("a", 1, 0, number(1))))] == [1]
    play.tell(RegionClosed(driver(1), 1))
    assert [word.lease.region for word in grants(play.tell(WorkerReady("a", 1, 0, number(2))))] == [0]


def test_what_was_under_way_to_a_silent_worker_counts_when_it_is_heard_of_again() -> None:
    play = with_driver()
    play.tell(WorkerReady("b", 2, 0, 0))
    assert len(grants(play.tell(RegionOpened(driver(1), 0, 0, 100, SECOND)))) == 2
    play.tell(WorkerBeat("a", (number(1),)), 9_000)
    play.tick_until(10_000)
    assert [state.state for state in play.scheduler.workers()] == ["ready", "lost"]
    # It said this before it saw the grants, which it will get, and the word to stop them, before all others.
    assert grants(play.tell(WorkerReady("b", 2, 0, 0))) == []
    assert len(grants(play.tell(WorkerReady("b", 2, 0, number(3))))) == 1


def test_what_never_arrived_gives_back_no_more_than_the_worker_says_it_takes() -> None:
    play = with_driver()
    play.tell(WorkerReady("b", 2, 0, 0))
    assert len(grants(play.tell(RegionOpened(driver(1), 0, 0, 100, SECOND)))) == 2
    # It takes nothing any more, and said so before it could see the two, which never come.
    play.tell(WorkerReady("b", 0, 0, number(1)))
    for at in (4_000, 8_000):
        play.tell(WorkerBeat("a", (number(1),)), at)
        play.tell(WorkerBeat("b", ()), at)
    assert grants(play.tick_until(12_000)) == []
    assert len(grants(play.tell(WorkerReady("b", 1, 0, number(3))))) == 1
