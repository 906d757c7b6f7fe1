"""Stories of sessions: jobs whose regions their tasker opens and lets grow."""

from __future__ import annotations

from marx.core.answers import JobState
from marx.core.events import CallsAdded, CallsClosed, ChunkEnded, JobSubmitted, SessionEnded, WorkerJoined, WorkerReady
from marx.core.instructions import FinishJob, GiveUpItems, GrantChunk, KeepOutcome, StopAttempt

from .play import MS, Play, grants


def session() -> Play:
    """Two slots on one worker, and a session that has no calls yet."""
    play = Play()
    play.tell(WorkerJoined("a", 2, 1, "3.11"))
    play.tell(WorkerReady("a", 2, 1, 0))
    assert play.tell(JobSubmitted("job", "ann", "3.11", session=True)) == []
    return play


def test_a_session_needs_no_driver_and_its_calls_are_granted_at_once() -> None:
    play = session()
    assert play.scheduler.job_state("job") == JobState("job", "running", "")
    chunks = grants(play.tell(CallsAdded("job", 0, 0, 2, 1000 * MS)))
    assert [(grant.start, grant.stop) for grant in chunks] == [(0, 1), (1, 2)]


def test_a_region_grows_and_keeps_its_measure() -> None:
    play = session()
    [first] = grants(play.tell(CallsAdded("job", 0, 0, 1, 1000 * MS)))
    kept = play.tell(ChunkEnded("a", first.lease, "done", MS // 100), 1)
    assert [one for one in kept if isinstance(one, KeepOutcome)] == [KeepOutcome("a", first.lease, 0, 1)]
    # Items of a hundredth of a millisecond: the next hundred are one chunk.
    [second] = grants(play.tell(CallsAdded("job", 0, 1, 101, 1000 * MS), 2))
    assert (second.start, second.stop) == (1, 101)


def test_calls_told_again_change_nothing_and_those_left_out_count_as_done() -> None:
    play = session()
    [first] = grants(play.tell(CallsAdded("job", 0, 0, 1, 1000 * MS)))
    assert play.tell(CallsAdded("job", 0, 0, 1, 1000 * MS)) == []
    # After a restart of the distributor the tasker says only what it still wants.
    [again] = grants(play.tell(CallsAdded("job", 7, 5, 6, 1000 * MS)))
    assert (again.start, again.stop, first.start) == (5, 6, 0)
    [seven] = [state for state in play.scheduler.regions("job") if state.region == 7]
    assert (seven.done, seven.count) == (5, 6)


def test_a_closed_region_s_calls_are_stopped_and_an_ended_session_is_done() -> None:
    play = session()
    [chunk] = grants(play.tell(CallsAdded("job", 0, 0, 1, 1000 * MS)))
    assert StopAttempt("a", chunk.lease, "the tasker needs no more of these calls") in play.tell(CallsClosed("job", 0))
    [finished] = [one for one in play.tell(SessionEnded("job")) if isinstance(one, FinishJob)]
    assert finished == FinishJob("job", "done", "")
    assert play.tell(CallsAdded("job", 0, 1, 2, MS)) == []


def test_calls_that_kill_their_jail_are_given_up_to_the_tasker() -> None:
    play = session()
    found: list[GiveUpItems] = []
    told = play.tell(CallsAdded("job", 0, 0, 1, 1000 * MS))
    for number in range(1, 10):
        for grant in [one for one in told if isinstance(one, GrantChunk)]:
            told = play.tell(ChunkEnded("a", grant.lease, "killed", MS, "out of memory"), number)
            told += play.tell(WorkerReady("a", 2, 1, grant.lease.number), number)
            found += [one for one in told if isinstance(one, GiveUpItems)]
    [given_up] = found
    assert (given_up.start, given_up.stop) == (0, 1)
    assert "out of memory" in given_up.reason
