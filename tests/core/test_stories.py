"""The scheduler, told as stories: what happens, and the whole answer to it. Here: how it should be, and silence."""

from __future__ import annotations

from marx.core.answers import JobState
from marx.core.events import (
    ChunkEnded,
    DriverEnded,
    JobSubmitted,
    RegionClosed,
    RegionOpened,
    Tick,
    WorkerBeat,
    WorkerJoined,
    WorkerReady,
)
from marx.core.instructions import DropOutcome, FinishJob, GrantChunk, GrantDriver, KeepOutcome, StopAttempt, Story
from marx.core.settings import Settings

from .play import SECOND, Play, chunk, driver, number, with_driver


def test_the_way_of_a_job() -> None:
    play = Play()
    # A worker with one slot joins; it has not said yet that it takes anything.
    assert play.tell(WorkerJoined("a", 1, 2, "3.11.7"), 0) == [
        Story("a", "joined: slots 1, driver seats 2, Python 3.11", {"held": 0}),
    ]
    # A job comes and waits for a seat.
    assert play.tell(JobSubmitted("job", "ann", "3.11"), 10) == []
    assert play.scheduler.job_state("job") == JobState("job", "queued", "waits for a worker with a free driver seat")
    # The worker takes a chunk and a driver: the driver is all there is.
    assert play.tell(WorkerReady("a", 1, 1, 0), 20) == [GrantDriver("a", driver(1), 1)]
    assert play.scheduler.job_state("job") == JobState("job", "running", "", driver(1), "a")
    # The driver comes to a region of 4 items of half a second each; it has done item 0 itself.
    assert play.tell(RegionOpened(driver(1), 0, 1, 4, SECOND // 2), 30) == [GrantChunk("a", chunk(2, 0), 1, 2, 0)]
    # Its outcome counts. The worker has said nothing of more credit, so it gets nothing.
    assert play.tell(ChunkEnded("a", chunk(2, 0), "done", SECOND // 2), 530) == [KeepOutcome("a", chunk(2, 0), 1, 2)]
    # It takes two: one for its slot. The next would have to wait there, and these are the last items: it is not sent.
    assert play.tell(WorkerReady("a", 2, 0, number(2)), 531) == [GrantChunk("a", chunk(3, 1), 2, 3, 0)]
    # Now there is a slot for it, and credit is left of the two.
    assert play.tell(ChunkEnded("a", chunk(3, 1), "done", SECOND // 2), 1031) == [
        KeepOutcome("a", chunk(3, 1), 2, 3),
        GrantChunk("a", chunk(4, 2), 3, 4, 0),
    ]
    assert play.tell(ChunkEnded("a", chunk(4, 2), "done", SECOND // 2), 1531) == [KeepOutcome("a", chunk(4, 2), 3, 4)]
    assert [(state.done, state.count, state.open) for state in play.scheduler.regions("job")] == [(4, 4, True)]
    # The driver goes on, and ends.
    assert play.tell(RegionClosed(driver(1), 0), 1540) == []
    assert [(state.done, state.count, state.open) for state in play.scheduler.regions("job")] == [(4, 4, False)]
    assert play.tell(DriverEnded("a", driver(1), "done"), 1550) == [FinishJob("job", "done", ""), Story("job", "done")]
    assert play.scheduler.job_state("job") == JobState("job", "done", "")


def test_a_silent_worker_is_lost_and_its_chunk_goes_elsewhere() -> None:
    play = with_driver()
    play.tell(WorkerReady("b", 1, 0, 0), 0)
    assert play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND), 0) == [GrantChunk("b", chunk(2, 0), 0, 1, 0)]
    # Only `a` beats.
    play.tick_until(9_000)
    assert play.tell(WorkerBeat("a", (number(1),)), 9_000) == []
    # After ten seconds `b` is lost. In case it only sleeps it is told to stop.
    assert play.tick_until(9_999) == []
    assert play.tell(Tick(), 10_000) == [
        StopAttempt("b", chunk(2, 0), "the worker was silent"),
        Story("b", "lost: silent for 10 s", {"leases": 1}),
        Story("job/0/0", "requeued item 0 from b: lost: b was lost: silent for 10 s", again=True),
    ]
    assert play.scheduler.requeued("job") == {0: 1}
    # The item goes to `a`, which takes it now.
    assert play.tell(WorkerReady("a", 1, 0, number(1))) == [GrantChunk("a", chunk(3, 0, attempt=2), 0, 1, 0)]
    assert play.tell(ChunkEnded("a", chunk(3, 0, attempt=2), "done", SECOND), 10_500) == [
        KeepOutcome("a", chunk(3, 0, attempt=2), 0, 1),
    ]
    # `b` wakes up and delivers: too late, whatever it has.
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", SECOND), 11_000) == [
        DropOutcome("b", chunk(2, 0), "stale: the lease has ended"),
    ]
    assert play.scheduler.counts["stale outcome"] == 1
    # It is not lost for ever.
    assert play.tell(WorkerReady("b", 1, 0, number(2)), 11_000) == [Story("b", "heard of again")]


def test_a_grant_that_never_arrives_ends_by_not_being_in_the_beats() -> None:
    play = with_driver(workers="a")
    play.tell(WorkerReady("a", 1, 0, number(1)))
    assert play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND), 0) == [GrantChunk("a", chunk(2, 0), 0, 1, 0)]
    play.tell(WorkerBeat("a", (number(1),)), 5_000)
    # The lease ends, and the credit that the worker still believes in is good for the same chunk again.
    play.tick_until(9_999)
    assert play.tell(Tick(), 10_000) == [
        StopAttempt("a", chunk(2, 0), "the lease ended"),
        Story("job/0/0", "requeued item 0 from a: lost: in no heartbeat of a for 10 s", again=True),
        GrantChunk("a", chunk(3, 0, attempt=2), 0, 1, 0),
    ]


def test_beats_keep_a_lease_for_as_long_as_it_takes() -> None:
    play = with_driver(workers="a")
    play.tell(WorkerReady("a", 1, 0, number(1)))
    play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND), 0)
    for at in range(5_000, 3_600_000, 5_000):
        assert play.tick_until(at) == []
        play.tell(WorkerBeat("a", (number(1), number(2))), at)
    assert play.tell(ChunkEnded("a", chunk(2, 0), "done", 3_600 * SECOND)) == [KeepOutcome("a", chunk(2, 0), 0, 1)]


def test_what_does_not_match_its_lease_changes_nothing() -> None:
    play = with_driver()
    play.tell(WorkerReady("b", 1, 0, 0))
    play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND))
    stale = {
        ("a", chunk(2, 0)): "stale: the lease is another worker's",
        ("b", chunk(2, 0, attempt=2)): "stale: the lease does not match its number",
        ("b", chunk(2, 1)): "stale: the lease does not match its number",
        ("b", chunk(2, 0, region=1)): "stale: the lease does not match its number",
        ("b", chunk(3, 0)): "stale: the lease has ended",
        ("a", driver(1)): "stale: the lease is a driver's",
        ("nobody", chunk(2, 0)): "stale: the lease is another worker's",
    }
    for (worker, lease), why in stale.items():
        assert play.tell(ChunkEnded(worker, lease, "done", 1)) == [DropOutcome(worker, lease, why)]
    assert play.tell(DriverEnded("b", chunk(2, 0), "done")) == [
        DropOutcome("b", chunk(2, 0), "stale: the lease is a chunk's"),
    ]
    assert play.scheduler.counts["stale outcome"] == len(stale) + 1
    # The same outcome twice: the second is stale.
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", 1)) == [KeepOutcome("b", chunk(2, 0), 0, 1)]
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", 1)) == [
        DropOutcome("b", chunk(2, 0), "stale: the lease has ended"),
    ]


def test_regions_of_another_driver_are_not_opened_or_closed() -> None:
    play = with_driver()
    assert play.tell(RegionOpened(driver(9), 0, 0, 1, SECOND)) == []
    assert play.tell(RegionClosed(driver(9), 0)) == []
    assert play.tell(RegionClosed(driver(1), 7)) == []
    assert play.tell(RegionOpened(driver(1, job="other"), 0, 0, 1, SECOND)) == []
    assert play.scheduler.counts["stale region"] == 4 and play.scheduler.regions("job") == []


def test_a_lost_worker_is_listed_for_a_day_and_then_forgotten() -> None:
    play = Play(Settings(lease_ms=2_000, forget_ms=60_000))
    play.tell(WorkerJoined("a", 1, 1, "3.11"), 0)
    play.tell(WorkerJoined("b", 1, 1, "3.11"))

    def listed(until_ms: int) -> dict[str, str]:
        """Only `b` is heard of."""
        for now_ms in range(play.at + 1_000, until_ms + 1, 1_000):
            play.tick_until(now_ms)
            play.tell(WorkerReady("b", 1, 1, 0), now_ms)
        return {worker.worker: worker.state for worker in play.scheduler.workers()}

    assert listed(1_000) == {"a": "ready", "b": "ready"}
    assert listed(61_000) == {"a": "lost", "b": "ready"}
    assert listed(63_000) == {"b": "ready"}
    # It may come again at any time.
    play.tell(WorkerJoined("a", 1, 1, "3.11"), 70_000)
    assert "a" in {worker.worker for worker in play.scheduler.workers()}
