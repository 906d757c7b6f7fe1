"""Stories of jobs that ask for certain workers, and of jobs that somebody pauses."""

from __future__ import annotations

from marx.core.answers import AttemptState, GivenUp
from marx.core.events import (
    ChunkEnded,
    JobCancelled,
    JobPaused,
    JobResumed,
    JobSubmitted,
    JobSuited,
    RegionOpened,
    Tick,
    WorkerJoined,
    WorkerReady,
)
from marx.core.fairness import Shares, Turns
from marx.core.instructions import FinishJob, GrantDriver, Story

from .play import MS, Play, driver, ended, grants, with_driver


def two_workers() -> Play:
    play = Play()
    for name in ("a", "b"):
        play.tell(WorkerJoined(name, 2, 1, "3.11"))
        play.tell(WorkerReady(name, 2, 1, 0))
    return play


def test_a_job_runs_only_where_it_may() -> None:
    play = two_workers()
    # "a" would be first in turn, but the job asks for "b"; a job behind it that asks for nothing is not held up.
    assert play.tell(JobSubmitted("job", "ann", "3.11", only=("b",)))[0] == GrantDriver("b", driver(1), 2)
    chunks = grants(play.tell(RegionOpened(driver(1), 0, 2, 1000, 10 * MS)))
    assert {grant.worker for grant in chunks} == {"b"}
    assert play.tell(JobSubmitted("other", "ann", "3.11"))[0].worker == "a"


def test_a_job_that_nobody_suits_waits_and_holds_nobody_up() -> None:
    play = two_workers()
    assert play.tell(JobSubmitted("job", "ann", "3.11", only=())) == []
    assert play.tell(JobSubmitted("other", "ann", "3.11"))[0].worker == "a"
    # A worker that suits is named: the job gets its seat at once.
    assert play.tell(JobSuited("job", ("b",)))[0].worker == "b"
    assert play.tell(JobSuited("gone", ("b",))) == []


def test_a_backup_attempt_goes_only_where_the_job_may_run() -> None:
    play = two_workers()
    play.tell(JobSubmitted("job", "ann", "3.11", only=("a",)))
    [first] = grants(play.tell(RegionOpened(driver(1), 0, 0, 1, 10 * MS)))
    assert first.worker == "a"
    assert grants(play.tell(WorkerReady("b", 2, 1, 0), 60_000)) == []


def test_a_paused_job_gets_nothing_more_and_goes_on_afterwards() -> None:
    play = with_driver()
    first, *_ = grants(play.tell(RegionOpened(driver(1), 0, 2, 1000, 10 * MS)) + play.tell(WorkerReady("a", 2, 0, 0)))
    assert play.tell(JobPaused("job")) == [Story("job", "paused: nothing more of it is given out")]
    assert grants(play.tell(ended(first, 100 * MS), 100)) == []
    assert grants(play.tell(WorkerReady("a", 2, 0, first.lease.number + 1), 200)) == []
    resumed = play.tell(JobResumed("job"), 300)
    assert resumed[0] == Story("job", "goes on after a pause")
    assert grants(resumed)


def test_a_job_that_is_paused_while_it_queues_gets_no_seat() -> None:
    play = Play()
    play.tell(JobSubmitted("job", "ann", "3.11"))
    play.tell(JobPaused("job"))
    play.tell(WorkerJoined("a", 1, 1, "3.11"))
    assert play.tell(WorkerReady("a", 1, 1, 0)) == []
    assert play.tell(JobResumed("job"))[1] == GrantDriver("a", driver(1), 1)


def test_a_job_says_how_often_its_chunks_are_tried_again() -> None:
    play = Play()
    play.tell(WorkerJoined("a", 1, 1, "3.11"))
    play.tell(WorkerReady("a", 9, 1, 0))
    play.tell(JobSubmitted("job", "ann", "3.11", retries=0))
    [first] = grants(play.tell(RegionOpened(driver(1), 0, 0, 1, 10 * MS)))
    assert "GiveUpItems" in {type(one).__name__ for one in play.tell(ChunkEnded("a", first.lease, "failed"))}


def test_a_cancelled_job_ends_with_the_reason_of_whoever_cancelled_it() -> None:
    play = two_workers()
    play.tell(JobSubmitted("job", "ann", "3.11", only=()))
    assert FinishJob("job", "cancelled", "its tasker left") in play.tell(JobCancelled("job", "its tasker left"))


def test_the_jobs_ahead_are_those_with_an_earlier_turn() -> None:
    turns = Turns(Shares(1_000))
    turns.enter("late", "ann", 0, 30.0)
    turns.enter("early", "ann", 0, 10.0)
    turns.enter("urgent", "ann", 1, 90.0)
    assert turns.ahead_of("late") == ["urgent", "early"]
    assert turns.ahead_of("urgent") == turns.ahead_of("unknown") == []


def test_a_job_that_is_passed_over_stands_where_it_stood() -> None:
    turns = Turns(Shares(1_000))
    turns.enter("first", "ann", 0, 10.0)
    turns.enter("second", "ann", 0, 20.0)
    with turns.passing() as round:
        round.pass_over("first")
        assert round.first() == "second"
    assert turns.first() == "first"


def test_what_is_out_can_be_asked() -> None:
    play = Play()
    play.tell(WorkerJoined("a", 1, 1, "3.11"))
    play.tell(JobSubmitted("job", "ann", "3.11", retries=0))
    play.tell(JobSubmitted("next", "ann", "3.11"), 10)
    assert play.scheduler.ahead_of("next") == ["job"]
    play.tell(WorkerReady("a", 1, 1, 0), 20)
    [first] = grants(play.tell(RegionOpened(driver(1), 0, 0, 1, 10 * MS), 20))
    play.tell(Tick(), 120)
    assert play.scheduler.attempts("job") == [AttemptState(0, 0, 0, 1, "a", 1, 0, 100, 100)]
    play.tell(ChunkEnded("a", first.lease, "failed", reason="no"), 130)
    assert play.scheduler.attempts("job") == []
    assert play.scheduler.given_up("job") == [GivenUp(0, 0, 1, "failed 1 times, last: failed: no")]
    assert play.scheduler.attempts("gone") == play.scheduler.given_up("gone") == play.scheduler.ahead_of("gone") == []
