"""Stories of the order between jobs."""

from __future__ import annotations

from marx.core.events import DriverEnded, JobSubmitted, RegionOpened, WorkerBeat, WorkerJoined, WorkerReady
from marx.core.instructions import GrantDriver
from marx.core.scheduler import Settings

from .play import MS, SECOND, Play, driver, ended, grants, number, with_driver


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


def test_what_a_job_rose_by_waiting_is_used_up_when_it_is_served() -> None:
    play = Play(Settings(ageing_ms=60_000))
    play.tell(WorkerJoined("a", 1, 1, "3.11"))
    play.tell(JobSubmitted("old", "ann", "3.11"), 0)
    for at in range(5_000, 65_000, 5_000):
        play.tick_until(at)
        play.tell(WorkerBeat("a", ()))
    # `old` has risen by one. It gets its seat, and loses it again: now it is as urgent as it was.
    assert play.tell(WorkerReady("a", 0, 1, 0)) == [GrantDriver("a", driver(1, job="old"), 1)]
    play.tell(JobSubmitted("urgent", "ann", "3.11", priority=1))
    play.tell(DriverEnded("a", driver(1, job="old"), "returned"))
    assert play.tell(WorkerReady("a", 0, 1, number(1))) == [GrantDriver("a", driver(2, job="urgent"), 1)]


def test_chunks_that_take_longer_than_thought_are_charged_when_they_end() -> None:
    """Ann's first item takes ten times what her driver measured: then two of Bob's are due, of half a second each."""
    play = Play()
    play.tell(WorkerJoined("a", 1, 9, "3.11"))
    play.tell(WorkerReady("a", 0, 9, 0))
    for n, (job, user, item_ns) in enumerate((("1", "ann", SECOND // 10), ("2", "bob", SECOND // 2)), start=1):
        play.tell(JobSubmitted(job, user, "3.11"))
        play.tell(RegionOpened(driver(n, job=job), 0, 0, 1_000, item_ns))
    order = []
    for _ in range(3):
        (granted,) = grants(play.tell(WorkerReady("a", 1, 0, 2**60)))
        order.append(granted.lease.job)
        play.tell(ended(granted, {"1": SECOND, "2": SECOND // 2}[granted.lease.job]), play.at + 1_000)
    assert order == ["1", "2", "2"]


def test_a_worker_cannot_say_that_a_chunk_took_longer_than_it_had_it() -> None:
    play = with_driver(workers="a")
    play.tell(WorkerReady("a", 1, 0, number(1)))
    (granted,) = grants(play.tell(RegionOpened(driver(1), 0, 0, 1_000_000, 10 * MS)))
    play.tell(ended(granted, 3_600 * SECOND), 99)
    # 10 items had 100 ms at most, so an item still takes 10 ms, and half a second is 50 of them.
    (granted,) = grants(play.tell(WorkerReady("a", 1, 0, number(2))))
    assert granted.stop - granted.start == 50
