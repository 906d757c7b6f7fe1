"""Stories of drivers: lost, killed, failed, cancelled."""

from __future__ import annotations

from marx.core.events import (
    ChunkEnded,
    DriverEnded,
    JobCancelled,
    JobSubmitted,
    RegionClosed,
    RegionOpened,
    Tick,
    WorkerJoined,
    WorkerLost,
    WorkerReady,
)
from marx.core.instructions import (
    DropOutcome,
    FinishJob,
    GiveUpItems,
    GrantDriver,
    InterruptDriver,
    KeepOutcome,
    StopAttempt,
    Story,
)
from marx.core.scheduler import Settings

from .play import MS, SECOND, Play, chunk, driver, ended, fail, grants, number, with_driver


def test_a_lost_driver_is_replayed_while_its_chunks_go_on() -> None:
    play = with_driver()
    play.tell(WorkerReady("b", 2, 0, 0))
    first, second = grants(play.tell(RegionOpened(driver(1), 0, 2, 1000, 10 * MS)))
    assert [(word.start, word.stop) for word in (first, second)] == [(2, 12), (12, 22)]
    # The driver's worker is gone. Nothing new is cut, but what runs goes on, and its outcome is kept.
    assert play.tell(WorkerLost("a")) == [
        Story("a", "lost: it left", {"leases": 1}),
        Story("job", "driver restarts after attempt 1: lost on a: a was lost: it left"),
    ]
    assert play.tell(ended(first, 100 * MS), 100) == [KeepOutcome("b", first.lease, 2, 12)]
    assert grants(play.tell(WorkerReady("b", 2, 0, number(3)))) == []
    # The next driver begins at the beginning.
    assert play.tell(WorkerReady("b", 2, 1, number(3))) == [GrantDriver("b", driver(4, attempt=2), 1)]
    # It comes to the region again, having done three items itself: the rest is cut, not what is done or running.
    granted = grants(play.tell(RegionOpened(driver(4, attempt=2), 0, 3, 1000, 10 * MS, done=((2, 12),))))
    assert [(word.worker, word.start, word.stop) for word in granted] == [("b", 22, 72), ("b", 72, 122)]
    assert play.tell(ended(second, 100 * MS))[0] == KeepOutcome("b", second.lease, 12, 22)


def test_items_given_up_are_given_up_to_the_next_driver_too() -> None:
    play = with_driver(Settings(retries=1))
    play.tell(WorkerReady("b", 1, 1, 0))
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND)))
    fail(play, granted[0], "failed", "bad frame")
    play.tell(WorkerLost("a"))
    again = GiveUpItems("job", 0, 0, 1, "failed 1 times, last: failed: bad frame")
    assert play.tell(RegionOpened(driver(3, attempt=2), 0, 0, 1, SECOND)) == [again]


def test_a_region_that_opens_again_without_some_running_items_stops_them() -> None:
    play = with_driver()
    play.tell(WorkerReady("b", 1, 0, 0))
    play.tell(RegionOpened(driver(1), 0, 0, 10, SECOND))
    # The journal has item 0 after all.
    assert play.tell(RegionOpened(driver(1), 0, 0, 10, SECOND, done=((0, 1),))) == [
        StopAttempt("b", chunk(2, 0), "the region was opened again without these items"),
    ]
    assert play.scheduler.regions("job")[0].done == 1


def test_a_driver_that_kills_its_sandbox_three_times_fails_the_job() -> None:
    play = with_driver(workers="a")
    play.tell(WorkerReady("a", 0, 9, number(1)))
    for attempt in (1, 2):
        assert play.tell(DriverEnded("a", driver(attempt, attempt=attempt), "memory", "over 2 GiB")) == [
            Story("job", f"driver restarts after attempt {attempt}: memory on a: over 2 GiB"),
            DropOutcome("a", driver(attempt, attempt=attempt), "attempt ended as memory"),
            GrantDriver("a", driver(attempt + 1, attempt=attempt + 1), 1),
        ]
    because = "3 attempts at its driver killed their sandbox (memory); last: over 2 GiB"
    assert play.tell(DriverEnded("a", driver(3, attempt=3), "memory", "over 2 GiB")) == [
        FinishJob("job", "failed", because),
        Story("job", f"failed: {because}"),
    ]


def test_a_driver_that_fails_fails_the_job_at_once() -> None:
    play = with_driver()
    assert play.tell(DriverEnded("a", driver(1), "failed", "no such file: prog.py"))[0] == FinishJob(
        "job", "failed", "no such file: prog.py"
    )


def test_a_driver_that_a_worker_cannot_start_goes_to_another() -> None:
    play = with_driver()
    play.tell(WorkerReady("a", 0, 1, number(1)))
    play.tell(WorkerReady("b", 0, 1, 0))
    assert play.tell(DriverEnded("a", driver(1), "sandbox", "no user namespaces"))[-1] == GrantDriver(
        "b", driver(2, attempt=2), 2
    )


def test_cancelling_stops_everything() -> None:
    play = with_driver()
    play.tell(WorkerReady("b", 1, 0, 0))
    play.tell(RegionOpened(driver(1), 0, 0, 10, SECOND))
    assert play.tell(JobCancelled("job")) == [
        StopAttempt("b", chunk(2, 0), "the job is cancelled"),
        StopAttempt("a", driver(1), "the job is cancelled"),
        FinishJob("job", "cancelled", ""),
        Story("job", "cancelled"),
    ]
    assert play.tell(JobCancelled("job")) == []
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", 1)) == [
        DropOutcome("b", chunk(2, 0), "stale: the job is cancelled"),
    ]
    # The same job is not begun twice.
    assert play.tell(JobSubmitted("job", "ann", "3.11")) == []


def test_a_job_over_its_time_fails() -> None:
    play = Play()
    play.tell(WorkerJoined("a", 1, 1, "3.11"))
    play.tell(WorkerReady("a", 1, 1, 0))
    play.tell(JobSubmitted("job", "ann", "3.11", timeout_ms=5_000), 100)
    assert play.scheduler.next_deadline_ms() == 5_100
    why = "stopped: it ran longer than its limit of 5 s"
    assert play.tell(Tick(), 5_100) == [
        InterruptDriver("a", driver(1)),
        Story("job", f"its program is interrupted: {why}"),
    ]
    end = FinishJob("job", "failed", why, timed_out=True, interrupted=True)
    assert play.tell(DriverEnded("a", driver(1), "done"), 5_200) == [end, Story("job", f"failed: {why}")]


def interrupted() -> Play:
    play = with_driver()
    play.tell(WorkerReady("b", 1, 0, 0))
    play.tell(RegionOpened(driver(1), 0, 0, 10, SECOND))
    assert play.tell(JobCancelled("job", "Ctrl-C", softly=True), 100) == [
        InterruptDriver("a", driver(1)),
        Story("job", "its program is interrupted: Ctrl-C"),
    ]
    # Whoever presses it again is not heard twice.
    assert play.tell(JobCancelled("job", "Ctrl-C", softly=True)) == []
    return play


CTRL_C = FinishJob("job", "cancelled", "Ctrl-C", interrupted=True)


def test_an_interrupted_program_may_end_by_itself() -> None:
    play = interrupted()
    assert play.tell(DriverEnded("a", driver(1), "done"), 200) == [
        StopAttempt("b", chunk(2, 0), "the job is cancelled"),
        CTRL_C,
        Story("job", "cancelled: Ctrl-C"),
    ]


def test_an_interrupted_program_that_goes_on_is_stopped() -> None:
    play = interrupted()
    grace_ms = Settings().grace_ms
    assert play.tell(Tick(), 99 + grace_ms) == []
    assert play.tell(Tick(), 100 + grace_ms)[-3:] == [
        StopAttempt("a", driver(1), "the job is cancelled"),
        CTRL_C,
        Story("job", "cancelled: Ctrl-C"),
    ]
    for ending in (WorkerLost("a"), DriverEnded("a", driver(1), "memory")):
        assert CTRL_C in interrupted().tell(ending)
    assert CTRL_C in interrupted().tell(JobCancelled("job", "at once"))


def test_a_job_without_a_driver_has_nothing_to_interrupt() -> None:
    play = Play()
    play.tell(JobSubmitted("job", "ann", "3.11"))
    assert play.tell(JobCancelled("job", "Ctrl-C", softly=True))[0] == FinishJob("job", "cancelled", "Ctrl-C")


def test_the_time_of_a_job_runs_from_its_first_driver() -> None:
    play = Play(Settings(lease_ms=1_000))
    play.tell(WorkerJoined("a", 1, 1, "3.11"))
    play.tell(WorkerReady("a", 0, 1, 0))
    play.tell(JobSubmitted("job", "ann", "3.11", timeout_ms=5_000), 0)
    play.tell(WorkerLost("a"), 3_000)
    play.tell(WorkerJoined("a", 1, 1, "3.11"), 4_000)
    assert play.tell(WorkerReady("a", 0, 1, 0)) == [GrantDriver("a", driver(2, attempt=2), 1)]
    assert [word.state for word in play.tick_until(5_000) if isinstance(word, FinishJob)] == ["failed"]


def test_only_the_latest_closed_regions_are_remembered() -> None:
    play = with_driver(Settings(closed_kept=2))
    for region in range(5):
        play.tell(RegionOpened(driver(1), region, 0, 1, SECOND))
        play.tell(RegionClosed(driver(1), region))
    assert [(state.region, state.open) for state in play.scheduler.regions("job")] == [(3, False), (4, False)]
