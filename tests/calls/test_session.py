"""Stories of what an executor owes: what is said when, and what of it is said again."""

from __future__ import annotations

import platform
import time
from concurrent.futures import Future
from typing import Any

import pytest

from marx.calls.errors import SessionBroken
from marx.calls.functions import Functions, Packing
from marx.calls.session import OUT_BYTES_MAX, Call, Session, Stream
from marx.wire.codec import content
from marx.wire.messages import INLINE_BYTES_MAX, Calls, CallsDone, CallsDropped, CallsTaken, Content, WorkerRow


def begun(*items: bytes, slots: int = 2) -> tuple[Session, Stream]:
    session = Session("ticket")
    session.job, session.slots = "job", slots
    stream = session.stream(b"function")
    stream.waiting.extend(Call(Future[Any](), item) for item in items)
    return session, stream


def said(session: Session) -> list[Any]:
    return list(session.messages())


def done(start: int, stop: int, region: int = 0, *, lost: bool = False) -> CallsDone:
    return CallsDone("job", region, start, stop, None if lost else content(b"values"))


def test_few_calls_leave_while_nobody_knows_what_they_cost_and_many_afterwards() -> None:
    session, stream = begun(*[b"item"] * 100)
    [first] = said(session)
    assert (first.start, first.stop, first.captures) == (0, 5, content(b"function"))
    assert said(session) == []
    stream.measured(1, 1_000_000)
    [second] = said(session)
    assert (second.start, second.stop, second.captures) == (5, 100, None)


def test_a_cancelled_call_does_not_leave() -> None:
    session, stream = begun(b"a", b"b", b"c")
    stream.waiting[1].future.cancel()
    [message] = said(session)
    assert (message.start, message.stop, message.items.data) == (0, 2, b"ac")


def test_a_call_ends_once_however_often_its_outcome_comes() -> None:
    session, _ = begun(b"a", b"b")
    said(session)
    finished = session.done(done(0, 1))
    assert finished is not None
    assert [call.item for call in finished.calls] == [b"a"]
    assert session.done(done(0, 1)) is None
    assert said(session) == [CallsTaken("job", 0, [(0, 1), (0, 1)])]


def test_after_a_lost_connection_all_that_is_out_is_said_again_with_its_function() -> None:
    session, _ = begun(*[b"a"] * 5)
    said(session)
    session.done(done(1, 3))
    again = list(session.again())
    assert [(one.start, one.stop) for one in again if isinstance(one, Calls)] == [(0, 1), (3, 5)]
    assert [isinstance(one, Calls) and one.captures is not None for one in again] == [True, False]


def test_a_large_outcome_is_taken_when_it_is_here_and_said_again_when_it_is_lost() -> None:
    session, stream = begun(b"a", b"b")
    said(session)
    large = CallsDone("job", 0, 0, 2, Content("0" * 64, 1 << 20))
    finished = session.done(large)
    assert finished is not None
    # While it is on its way the calls are still out, and nothing says that it is here.
    assert (said(session), session.done(large), len(stream.out)) == ([], None, 2)
    [again] = session.lost(large)
    assert (again.start, again.stop, again.items.data) == (0, 2, b"ab")
    assert session.done(large) is not None
    # A distributor that begins anew has it no more: the calls are said to it, and what it says counts.
    [after] = session.again()
    assert (after.start, after.stop) == (0, 2)
    assert session.done(large) is not None
    session.arrived(large)
    assert (said(session), stream.out, stream.out_bytes) == ([CallsTaken("job", 0, [(0, 2)])], {}, 0)


def test_calls_of_a_chunk_that_was_lost_go_on_one_by_one() -> None:
    session, stream = begun(b"a", b"b", b"c")
    said(session)
    assert session.done(done(0, 3, lost=True)) is None
    assert stream.idle
    messages = said(session)
    alone = [one for one in messages if isinstance(one, Calls)]
    assert [(one.region, one.start, one.stop, one.items.data) for one in alone] == [
        (1, 0, 1, b"a"),
        (2, 0, 1, b"b"),
        (3, 0, 1, b"c"),
    ]
    # By itself, a call that is lost is lost; and what is through is dropped.
    finished = session.done(done(0, 1, region=2, lost=True))
    assert finished is not None
    assert finished.calls[0].item == b"b"
    assert CallsDropped("job", 2) in [*said(session), *said(session)]


def test_large_calls_are_messages_of_their_own_and_can_be_asked_for() -> None:
    large = b"x" * (INLINE_BYTES_MAX + 1)
    session, _ = begun(b"a", large, b"b")
    messages = said(session)
    assert [one.stop - one.start for one in messages] == [1, 1, 1]
    named = messages[1].items
    assert named.data is None
    assert session.blobs() == {named.hash: large}
    # Nothing is taken before its turn, so what came later is said again as well,
    assert list(session.again_with({named.hash}, frozenset())) == messages[1:]
    # as far as the next one that has to wait itself.
    assert list(session.again_with({content(b"function").hash}, {named.hash})) == messages[:1]


def test_few_bytes_are_out_at_a_time() -> None:
    session, stream = begun(*[bytes(OUT_BYTES_MAX)] * 3)
    stream.measured(1, 1000)
    assert len(said(session)) == 1


def worker(python: str, state: str = "ready") -> WorkerRow:
    return WorkerRow("w", state, "", 3, 0, 4, 1 << 30, 0.0, python, "", 0, 0)


def test_nobody_waits_for_a_lab_of_another_python() -> None:
    functions = Functions(Packing(), time.monotonic)
    ours = platform.python_version()
    functions.seen([worker(ours), worker(ours, "lost"), worker("2.7.18")])
    assert functions.slots == 3
    # Nobody at all may still come; others alone are refused at once, with the reason.
    functions.seen([])
    with pytest.raises(SessionBroken, match=r"runs Python 3\.\d+, as this program does; they run 2\.7"):
        functions.seen([worker("2.7.18")])


def test_a_session_has_so_many_functions_and_then_another_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marx.calls.functions.FUNCTIONS_MAX", 2)
    functions = Functions(Packing(), time.monotonic)
    calls = [Call(Future[Any](), b"") for _ in range(5)]
    used: list[Any] = [abs, len, abs, max, len]
    for function, call in zip(used, calls, strict=True):
        functions.add(function, call, 0.0)
    first, second = functions.sessions
    assert [[len(stream.waiting) for stream in one.streams.values()] for one in (first, second)] == [[2, 1], [1, 1]]
    # The first one goes when nothing of it is owed any more.
    first.job = "job"
    assert list(functions.through()) == []
    first.streams.clear()
    assert list(functions.through()) == [first]
    assert functions.sessions == [second]


def test_a_function_that_refers_to_something_else_is_another_function() -> None:
    functions = Functions(Packing(), time.monotonic)
    for step in (1, 1, 2):
        adding = _adding(step)
        functions.add(adding, Call(Future[Any](), b""), 0.0)
    [session] = functions.sessions
    captures = [stream.captures for stream in session.streams.values()]
    assert captures[0] == captures[1] != captures[2]


def _adding(step: int) -> Any:
    return lambda x: x + step


def test_outcomes_of_calls_that_nobody_made_change_nothing() -> None:
    session, _ = begun(b"a")
    said(session)
    for start, stop in ((0, 0), (1, 0), (-1, 1), (0, 2), (0, 1 << 60)):
        assert session.done(done(start, stop)) is None
    assert session.done(done(0, 1)) is not None
