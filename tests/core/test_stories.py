"""The scheduler, told as stories: what happens, and the whole answer to it."""

from __future__ import annotations

from marx.core.events import (
    ChunkEnded,
    DriverEnded,
    DropOutcome,
    FinishJob,
    GiveUpItems,
    GrantChunk,
    GrantDriver,
    Held,
    JobCancelled,
    JobState,
    JobSubmitted,
    KeepOutcome,
    RegionClosed,
    RegionOpened,
    StopAttempt,
    Story,
    Tick,
    Verdict,
    WorkerBeat,
    WorkerJoined,
    WorkerLost,
    WorkerReady,
)
from marx.core.scheduler import Settings

from .play import Answer, Play, chunk, driver, number

MS = 1_000_000
SECOND = 1_000 * MS


def with_driver(settings: Settings | None = None, workers: str = "ab", slots: int = 1) -> Play:
    """Worker `a` (and others) joined, and the job's driver, lease 1, was granted to `a`. No credit for chunks yet."""
    play = Play(settings)
    for name in workers:
        play.tell(WorkerJoined(name, slots, 2, "3.11.7"))
    play.tell(JobSubmitted("job", "ann", "3.11"))
    assert play.tell(WorkerReady("a", 0, 1, 0)) == [GrantDriver("a", driver(1), slots * len(workers))]
    return play


def test_the_way_of_a_job() -> None:
    play = Play()
    # A worker with one slot joins; it has not said yet that it takes anything.
    assert play.tell(WorkerJoined("a", 1, 2, "3.11.7"), 0) == [
        Story("a", "joined: 1 slots, 2 driver seats, Python 3.11", {"held": 0}),
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
        Story("b", "lost: silent for 10000 ms", {"leases": 1}),
        Story("job/0/0", "requeued items 0..0 from b: lost: b was lost: silent for 10000 ms"),
    ]
    # The item goes to `a`, which takes it now.
    assert play.tell(WorkerReady("a", 1, 0, number(1))) == [GrantChunk("a", chunk(3, 0, attempt=2), 0, 1, 0)]
    # `b` wakes up and delivers: too late, whatever it has.
    assert play.tell(ChunkEnded("b", chunk(2, 0), "done", SECOND), 10_500) == [
        DropOutcome("b", chunk(2, 0), "stale: the lease has ended"),
    ]
    assert play.scheduler.counts["stale outcome"] == 1
    # It is not lost for ever.
    assert play.tell(WorkerReady("b", 1, 0, number(2)), 10_500) == [Story("b", "heard of again")]
    assert play.tell(ChunkEnded("a", chunk(3, 0, attempt=2), "done", SECOND), 11_000) == [
        KeepOutcome("a", chunk(3, 0, attempt=2), 0, 1),
    ]


def test_a_grant_that_never_arrives_ends_by_not_being_in_the_beats() -> None:
    play = with_driver(workers="a")
    play.tell(WorkerReady("a", 1, 0, number(1)))
    assert play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND), 0) == [GrantChunk("a", chunk(2, 0), 0, 1, 0)]
    play.tell(WorkerBeat("a", (number(1),)), 5_000)
    # The lease ends, and the credit that the worker still believes in is good for the same chunk again.
    play.tick_until(9_999)
    assert play.tell(Tick(), 10_000) == [
        StopAttempt("a", chunk(2, 0), "the lease ended"),
        Story("job/0/0", "requeued items 0..0 from a: lost: not in the heartbeats of a"),
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


# --- credit -----------------------------------------------------------------------------------------------------------


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


# --- failures of chunks -----------------------------------------------------------------------------------------------


def fail(play: Play, grant: GrantChunk, verdict: Verdict, reason: str = "") -> Answer:
    return play.tell(ChunkEnded(grant.worker, grant.lease, verdict, MS, reason))


def test_a_chunk_that_fails_twice_is_given_up_to_the_driver() -> None:
    play = with_driver()
    for name in "ab":
        play.tell(WorkerReady(name, 2, 0, number(1)))
    first = grants(play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND)))
    # It may be `a`'s fault: the second attempt is made on `b`.
    assert fail(play, first[0], "timeout", "longer than 5000 ms") == [
        DropOutcome("a", chunk(2, 0), "no values: timeout"),
        Story("job/0/0", "retried items 0..0 from a: timeout: longer than 5000 ms"),
        GrantChunk("b", chunk(3, 0, attempt=2), 0, 1, 0),
    ]
    because = "failed 2 times, last: memory: 512 MiB"
    assert play.tell(ChunkEnded("b", chunk(3, 0, attempt=2), "memory", 1, "512 MiB")) == [
        DropOutcome("b", chunk(3, 0, attempt=2), "no values: memory"),
        GiveUpItems("job", 0, 0, 1, because),
        Story("job/0/0", f"quarantined items 0..0: {because}"),
    ]


def test_a_chunk_that_three_workers_died_of_is_quarantined() -> None:
    play = with_driver(workers="abcd")
    for name in "bcd":
        play.tell(WorkerReady(name, 1, 0, 0))
    play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND))
    assert grants(play.tell(WorkerLost("b"))) == [GrantChunk("c", chunk(3, 0, attempt=2), 0, 1, 0)]
    assert grants(play.tell(WorkerLost("c"))) == [GrantChunk("d", chunk(4, 0, attempt=3), 0, 1, 0)]
    because = "lost or killed on 3 workers (b, c, d), last: lost: d was lost: it left"
    assert play.tell(WorkerLost("d")) == [
        Story("d", "lost: it left", {"leases": 1}),
        GiveUpItems("job", 0, 0, 1, because),
        Story("job/0/0", f"quarantined items 0..0: {because}"),
    ]


def test_a_chunk_that_only_waited_at_a_lost_worker_is_not_suspected() -> None:
    play = with_driver(Settings(suspects=1), workers="ab")
    play.tell(WorkerReady("b", 2, 0, 0))
    play.tell(RegionOpened(driver(1), 0, 0, 100, 100 * MS))
    answer = play.tell(WorkerLost("b"))
    assert [word.start for word in answer if isinstance(word, GiveUpItems)] == [0]
    assert [word.about for word in answer if isinstance(word, Story)] == ["b", "job/0/0", "job/0/1"]


def test_what_is_handed_back_is_not_charged_but_has_an_end() -> None:
    play = with_driver(Settings(setbacks=3), workers="a")
    play.tell(WorkerReady("a", 9, 0, number(1)))
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND)))
    for attempt in (2, 3):
        granted = grants(fail(play, granted[0], "returned", "unknown program"))
        assert [word.lease.attempt for word in granted] == [attempt]
    because = "no worker could run it in 3 tries, last: returned: unknown program"
    assert fail(play, granted[0], "returned", "unknown program")[1] == GiveUpItems("job", 0, 0, 1, because)


def test_a_worker_on_which_different_chunks_go_wrong_is_set_aside_until_it_joins_again() -> None:
    play = with_driver(workers="a", slots=3)
    play.tell(WorkerReady("a", 3, 0, number(1)))
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 3, SECOND)))
    fail(play, granted[0], "sandbox", "no user namespaces")
    # One that works takes the suspicion away.
    play.tell(ended(granted[1]))
    fail(play, granted[2], "sandbox", "no user namespaces")
    granted = grants(play.tell(WorkerReady("a", 9, 0, number(4))))
    assert len(granted) == 2
    play.tell(RegionClosed(driver(1), 0))
    granted = grants(play.tell(RegionOpened(driver(1), 1, 0, 3, SECOND)))
    fail(play, granted[0], "sandbox", "no user namespaces")
    answer = fail(play, granted[1], "sandbox", "no user namespaces")
    why = "3 different chunks in a row went wrong there, last: no user namespaces"
    assert answer[-1] == Story("a", f"set aside until it joins again: {why}")
    assert [(state.state, state.reason) for state in play.scheduler.workers()] == [("set-aside", why)]
    # Nothing more goes there, whatever it says.
    assert grants(play.tell(WorkerReady("a", 9, 9, number(9)))) == []
    # Until somebody has mended and started it again.
    play.tell(WorkerJoined("a", 3, 2, "3.11", holding=(driver(1),)))
    assert len(grants(play.tell(WorkerReady("a", 3, 0, number(9))))) == 3


def test_the_same_chunk_failing_often_says_nothing_against_a_worker() -> None:
    play = with_driver(workers="a")
    play.tell(WorkerReady("a", 9, 0, number(1)))
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND)))
    for _ in range(5):
        granted = grants(fail(play, granted[0], "sandbox", "no space"))
    assert len(granted) == 1


def test_a_chunk_over_its_time_is_ended_from_here_if_the_worker_does_not() -> None:
    play = Play(Settings(lease_ms=1_000))
    play.tell(WorkerJoined("a", 1, 1, "3.11"))
    play.tell(JobSubmitted("job", "ann", "3.11", chunk_timeout_ms=5_000))
    play.tell(WorkerReady("a", 1, 1, 0))
    assert play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND)) == [GrantChunk("a", chunk(2, 0), 0, 1, 5_000)]
    for at in range(500, 6_000, 500):
        play.tick_until(at)
        play.tell(WorkerBeat("a", (number(1), number(2))))
    assert play.tick_until(6_000) == [
        StopAttempt("a", chunk(2, 0), "out of time"),
        Story("job/0/0", "retried items 0..0 from a: timeout: longer than 5000 ms"),
    ]


# --- drivers ----------------------------------------------------------------------------------------------------------


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
    assert play.tell(Tick(), 5_100)[:2] == [
        StopAttempt("a", driver(1), "the job is failed"),
        FinishJob("job", "failed", "stopped: it ran longer than its limit of 5000 ms"),
    ]


# --- stragglers -------------------------------------------------------------------------------------------------------


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


# --- restarts ---------------------------------------------------------------------------------------------------------


def resumed() -> Play:
    """A distributor started for the second time; its journal knows a running job with an open region of 100 items."""
    play = Play(epoch=2)
    assert play.tell(JobSubmitted("job", "ann", "3.11", resumed=True), 0) == []
    assert play.tell(RegionOpened(driver(1), 0, 0, 100, 500 * MS, done=((0, 10),))) == []
    return play


def test_after_a_restart_what_still_runs_is_adopted() -> None:
    play = resumed()
    # `b` still runs a chunk. It could take more, but first all may say what they hold.
    assert play.tell(WorkerJoined("b", 1, 1, "3.11", held=(Held(chunk(8, 7), 30, 35),))) == [
        Story("b", "joined: 1 slots, 1 driver seats, Python 3.11", {"held": 1}),
    ]
    assert play.tell(WorkerReady("b", 2, 1, number(8))) == []
    # `a` has the driver, and a chunk that the journal has the values of.
    assert play.tell(WorkerJoined("a", 1, 1, "3.11", held=(Held(driver(1)), Held(chunk(5, 3), 5, 10)))) == [
        Story("a", "joined: 1 slots, 1 driver seats, Python 3.11", {"held": 2}),
        Story("job", "driver goes on at a, attempt 1"),
        StopAttempt("a", chunk(5, 3), "not owed any more"),
    ]
    assert play.tell(WorkerReady("a", 1, 1, number(8))) == []
    assert play.tell(ChunkEnded("b", chunk(8, 7), "done", SECOND), 1_000) == [KeepOutcome("b", chunk(8, 7), 30, 35)]
    # Then the rest is cut, under numbers that never were. Each slot gets one, and `b` said that it takes another.
    assert play.tick_until(3_000) == [
        GrantChunk("a", chunk(1, 8, epoch=2), 10, 12, 0),
        GrantChunk("b", chunk(2, 9, epoch=2), 12, 14, 0),
        GrantChunk("b", chunk(3, 10, epoch=2), 14, 16, 0),
    ]


def test_after_a_restart_a_driver_that_does_not_come_back_starts_again() -> None:
    play = resumed()
    play.tell(WorkerJoined("b", 1, 1, "3.11"))
    play.tell(WorkerReady("b", 1, 1, 0))
    assert play.tick_until(3_000) == [GrantDriver("b", driver(1, attempt=1, epoch=2), 1)]
    # The old one comes too late.
    assert play.tell(WorkerJoined("a", 1, 1, "3.11", held=(Held(driver(1)),)))[1:] == [
        StopAttempt("a", driver(1), "not owed any more"),
    ]
    # The new one opens the region anew.
    assert len(grants(play.tell(RegionOpened(driver(1, epoch=2), 0, 0, 100, MS, done=((0, 10),))))) == 1


def test_a_worker_cannot_claim_what_it_was_not_given() -> None:
    play = resumed()
    claims = (
        Held(chunk(9, 1, job="other"), 20, 30),
        Held(chunk(9, 1, region=4), 20, 30),
        Held(chunk(10, 2), 5, 15),
        Held(chunk(11, 3), 90, 101),
        Held(chunk(12, 4), 30, 30),
        Held(chunk(13, 5)),
        Held(chunk(14, 6, epoch=2), 20, 30),
        Held(chunk(15, 7, epoch=9), 20, 30),
        Held(chunk(16, -2), 20, 30),
    )
    for claim in claims:
        answer = play.tell(WorkerJoined("b", 1, 1, "3.11", held=(claim,)))
        assert answer[-1] == StopAttempt("b", claim.lease, "not owed any more")
    play.tell(WorkerJoined("old", 1, 1, "3.10", held=(Held(driver(1)),)))
    assert play.scheduler.job_state("job") == JobState("job", "queued", "waits for a worker with a free driver seat")


def test_a_worker_that_joins_again_keeps_what_it_holds_and_loses_what_it_does_not() -> None:
    play = with_driver(workers="a", slots=2)
    play.tell(WorkerReady("a", 2, 0, number(1)))
    play.tell(RegionOpened(driver(1), 0, 0, 2, SECOND))
    assert play.tell(WorkerJoined("a", 2, 2, "3.11", holding=(driver(1), chunk(2, 0)))) == [
        StopAttempt("a", chunk(3, 1), "not held when the worker joined again"),
        Story("job/0/1", "requeued items 1..1 from a: lost: a joined again without it"),
        Story("a", "joined: 2 slots, 2 driver seats, Python 3.11", {"held": 2}),
    ]
    # What it had said before is void.
    assert play.tell(ChunkEnded("a", chunk(2, 0), "done", SECOND)) == [KeepOutcome("a", chunk(2, 0), 0, 1)]
    assert play.tell(WorkerReady("a", 1, 0, number(2))) == [GrantChunk("a", chunk(4, 1, attempt=2), 1, 2, 0)]


# --- order between jobs -----------------------------------------------------------------------------------------------


def test_users_share_slots_by_what_they_used() -> None:
    play = Play()
    play.tell(WorkerJoined("a", 100, 9, "3.11"))
    play.tell(WorkerReady("a", 0, 9, 0))
    for job, user in (("1", "ann"), ("2", "ann"), ("3", "bob")):
        play.tell(JobSubmitted(job, user, "3.11"))
    for n, job in enumerate("123", start=1):
        play.tell(RegionOpened(driver(n, job=job), 0, 0, 1_000_000, MS))
    granted = grants(play.tell(WorkerReady("a", 100, 0, number(3))))
    got = [sum(word.lease.job in jobs for word in granted) for jobs in ("12", "3")]
    assert got == [50, 50]


def test_a_job_that_gets_nothing_for_long_rises() -> None:
    play = Play(Settings(ageing_ms=60_000))
    play.tell(WorkerJoined("a", 1, 1, "3.11"))
    play.tell(JobSubmitted("urgent", "ann", "3.11", priority=1), 0)
    play.tell(WorkerReady("a", 0, 1, 0))
    play.tell(JobSubmitted("low", "bob", "3.11"))
    play.tell(JobSubmitted("urgent2", "ann", "3.11", priority=1))
    for at in range(5_000, 125_000, 5_000):
        play.tick_until(at)
        play.tell(WorkerBeat("a", (number(1),)))
    play.tell(JobSubmitted("urgent3", "bob", "3.11", priority=2))
    # Two minutes of waiting are two steps: `low` is as urgent as the one that came now, and older.
    for n, job in enumerate(["urgent2", "low", "urgent3"], start=1):
        assert play.tell(WorkerReady("a", 0, 1, number(n))) == [GrantDriver("a", driver(n + 1, job=job), 1)]


def grants(answer: Answer) -> list[GrantChunk]:
    return [word for word in answer if isinstance(word, GrantChunk)]


def ended(grant: GrantChunk, wall_ns: int = SECOND) -> ChunkEnded:
    return ChunkEnded(grant.worker, grant.lease, "done", wall_ns)
