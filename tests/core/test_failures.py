"""Stories of chunks that fail, and whose fault that is."""

from __future__ import annotations

from marx.core.events import (
    ChunkEnded,
    JobSubmitted,
    RegionClosed,
    RegionOpened,
    WorkerBeat,
    WorkerJoined,
    WorkerLost,
    WorkerReady,
)
from marx.core.instructions import DropOutcome, GiveUpItems, GrantChunk, KeepOutcome, StopAttempt, Story
from marx.core.scheduler import Settings

from .play import MS, SECOND, Play, chunk, driver, ended, fail, grants, number, with_driver


def test_a_chunk_that_fails_twice_is_given_up_to_the_driver() -> None:
    play = with_driver()
    for name in "ab":
        play.tell(WorkerReady(name, 2, 0, number(1)))
    first = grants(play.tell(RegionOpened(driver(1), 0, 0, 1, SECOND)))
    # It may be `a`'s fault: the second attempt is made on `b`.
    assert fail(play, first[0], "timeout", "longer than 5 s") == [
        DropOutcome("a", chunk(2, 0), "no values: timeout"),
        Story("job/0/0", "retried item 0 from a: timeout: longer than 5 s", again=True),
        GrantChunk("b", chunk(3, 0, attempt=2), 0, 1, 0),
    ]
    because = "failed 2 times, last: memory: 512 MiB"
    assert play.tell(ChunkEnded("b", chunk(3, 0, attempt=2), "memory", 1, "512 MiB")) == [
        DropOutcome("b", chunk(3, 0, attempt=2), "no values: memory"),
        GiveUpItems("job", 0, 0, 1, because),
        Story("job/0/0", f"quarantined item 0: {because}"),
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
        Story("job/0/0", f"quarantined item 0: {because}"),
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
        Story("job/0/0", "retried item 0 from a: timeout: longer than 5 s", again=True),
    ]


def test_grants_that_got_lost_say_nothing_against_a_worker() -> None:
    play = with_driver(workers="a", slots=3)
    play.tell(WorkerReady("a", 3, 0, number(1)))
    play.tell(RegionOpened(driver(1), 0, 0, 3, SECOND), 0)
    play.tell(WorkerBeat("a", (number(1),)), 5_000)
    # All three were in one message that nobody got. They are granted again, to the same worker.
    assert [word.lease.attempt for word in grants(play.tick_until(10_000))] == [2, 2, 2]
    assert [(state.state, state.chunks_lost) for state in play.scheduler.workers()] == [("ready", 3)]


def test_leases_that_a_worker_had_and_forgot_do() -> None:
    play = with_driver(workers="a", slots=3)
    play.tell(WorkerReady("a", 3, 0, number(1)))
    play.tell(RegionOpened(driver(1), 0, 0, 3, SECOND), 0)
    play.tell(WorkerBeat("a", (number(1), number(2), number(3), number(4))), 1)
    play.tell(WorkerBeat("a", (number(1),)), 5_000)
    play.tick_until(10_001)
    assert [state.state for state in play.scheduler.workers()] == ["set-aside"]


def test_joining_again_wipes_the_slate() -> None:
    play = with_driver(workers="a", slots=3)
    play.tell(WorkerReady("a", 3, 0, number(1)))
    granted = grants(play.tell(RegionOpened(driver(1), 0, 0, 3, SECOND)))
    for grant in granted[:2]:
        fail(play, grant, "sandbox")
    play.tell(WorkerJoined("a", 3, 2, "3.11", holding=(driver(1), granted[2].lease)))
    fail(play, granted[2], "sandbox")
    assert [state.state for state in play.scheduler.workers()] == ["ready"]


def test_a_worker_that_gives_everything_back_and_wants_more_is_set_aside() -> None:
    play = with_driver(workers="a", slots=3)
    play.tell(WorkerReady("a", 3, 0, number(1)))
    for grant in grants(play.tell(RegionOpened(driver(1), 0, 0, 3, SECOND))):
        play.tell(ChunkEnded("a", grant.lease, "returned", 0, "its disk is full"))
    assert [state.state for state in play.scheduler.workers()] == ["ready"]
    why = "3 different chunks in a row went wrong there, last: it gives them back and wants more"
    assert play.tell(WorkerReady("a", 3, 0, number(4))) == [Story("a", f"set aside until it joins again: {why}")]


def test_a_worker_that_gives_everything_back_because_it_drains_is_not() -> None:
    play = with_driver(workers="a", slots=3)
    play.tell(WorkerReady("a", 3, 0, number(1)))
    for grant in grants(play.tell(RegionOpened(driver(1), 0, 0, 3, SECOND))):
        play.tell(ChunkEnded("a", grant.lease, "returned", 0, "draining"))
    play.tell(WorkerReady("a", 0, 0, number(4), draining=True))
    assert [state.state for state in play.scheduler.workers()] == ["draining"]
    assert len(grants(play.tell(WorkerReady("a", 3, 0, number(4))))) == 3


def test_of_many_items_the_one_that_kills_is_found_by_halving() -> None:
    """Item 5 of eight kills every jail. It alone is given up, all others have values, and it takes few jails."""
    play = with_driver(Settings(first_ms=8_000), workers="abcd")
    for name in "bcd":
        play.tell(WorkerReady(name, 1, 0, 0))
    todo = grants(play.tell(RegionOpened(driver(1), 0, 0, 8, 100 * MS, done=((0, 0),))))
    kept, given_up, killed = set[int](), list[tuple[int, int, str]](), 0
    while todo:
        grant = todo.pop(0)
        deadly = grant.start <= 5 < grant.stop
        answer = play.tell(ChunkEnded(grant.worker, grant.lease, "killed" if deadly else "done", 100 * MS))
        answer += play.tell(WorkerReady(grant.worker, 1, 0, number(99)))
        killed += deadly
        kept.update(*(range(word.start, word.stop) for word in answer if isinstance(word, KeepOutcome)))
        given_up += [(word.start, word.stop, word.reason) for word in answer if isinstance(word, GiveUpItems)]
        todo += grants(answer)
    assert kept == {0, 1, 2, 3, 4, 6, 7}
    assert [(start, stop) for start, stop, _ in given_up] == [(5, 6)]
    assert killed <= 5
    assert [state.state for state in play.scheduler.workers()] == ["ready"] * 4


def test_setbacks_halve_nothing() -> None:
    """No item is to blame for hosts that have no sandboxes."""
    play = with_driver(Settings(setbacks=2, first_ms=8_000), workers="a")
    play.tell(WorkerReady("a", 1, 0, number(1)))
    (whole,) = grants(play.tell(RegionOpened(driver(1), 0, 0, 8, 10 * MS)))
    fail(play, whole, "sandbox", "no space")
    (again,) = grants(play.tell(WorkerReady("a", 1, 0, number(99))))
    assert (again.start, again.stop) == (whole.start, whole.stop) == (0, 4)
    because = "no worker could run it in 2 tries, last: sandbox: no space"
    assert GiveUpItems("job", 0, 0, 4, because) in fail(play, again, "sandbox", "no space")
