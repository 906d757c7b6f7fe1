"""The executor's line to its distributor: a thread with a gevent hub of its own, and one that ends futures.

    submit() in any thread ─► inbox ─► hub: Session ─► Calls ─► distributor
    future.set_result ◄─ ender thread ◄─ hub ◄────── CallsDone ◄──┘

A call that comes while nothing is to be sent leaves at once; those that come within the next millisecond leave
together. Callbacks of futures run in the ender's thread, so that the line goes on whatever they do.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

import gevent
from gevent.event import Event

from marx.calls.carrying import Carrying
from marx.calls.ending import Ended, Ender
from marx.calls.errors import SessionBroken
from marx.calls.functions import Functions
from marx.calls.session import Call
from marx.link.dealer import Dealer
from marx.link.errors import LinkError, Unreachable
from marx.wire import messages as wire

PACE_S = 0.001
"""The least time between two sends: a loop that submits becomes a few messages, and a single call does not wait."""
LISTEN_S = 0.25
HELLO_S = 5.0
PATIENCE_S = 600.0
"""How long a lost distributor is waited for: a restart, or a walk between two networks."""
LOOK_S = 2.0
"""How often the lab's workers are counted while there is work."""

Dial = Callable[[], Dealer]


class Line:
    """One executor's. `start` raises what keeps it from being connected; any thread may call `post` and `close`."""

    def __init__(
        self,
        dial: Dial,
        hello: wire.Hello,
        functions: Functions,
        *,
        opens_pickles: bool = False,
        left: Callable[[], None] = lambda: None,
    ) -> None:
        """`left` is called in the line's thread when it has ended."""
        self._dial = dial
        self._on_left = left
        self._hello = hello
        self._functions = functions
        self._inbox: deque[tuple[Callable[..., Any], Call]] = deque()
        self._ender = Ender(opens_pickles=opens_pickles)
        self._connected: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="marx-line", daemon=True)
        self._signalled = False
        self._signal: Any = None
        self._gate = threading.Lock()
        self._counted = threading.Event()
        self._closing = self._cancelling = self._abandoned = False
        self._fault: BaseException | None = None
        self._next_look_s = 0.0
        self._heartbeat_s = LOOK_S

    def start(self) -> None:
        self._thread.start()
        self._ender.start()
        self._connected.result()

    @property
    def fault(self) -> BaseException | None:
        """Why nothing can be called any more."""
        return self._fault

    @property
    def slots(self) -> int:
        """How many calls can run at a time. Waits a moment for the first word of the distributor about that."""
        self._counted.wait(HELLO_S)
        return self._functions.slots

    def post(self, function: Callable[..., Any], calls: Iterable[Call]) -> None:
        """Takes calls; their futures end some time."""
        self._inbox.extend((function, call) for call in calls)
        self._wake_hub()

    def close(self, *, wait: bool, cancel: bool = False) -> None:
        """Nothing more is posted. Ends the session when nothing is owed, and then the threads.

        `cancel`: what has not left yet is cancelled.
        """
        self._closing, self._cancelling = True, cancel
        self._wake_hub()
        if wait:
            self.join()

    def join(self) -> None:
        """Waits for the end, unless it is one of our own threads that asks."""
        if threading.current_thread() not in (self._thread, self._ender.thread):
            self._thread.join()
            self._ender.thread.join()

    def abandon(self) -> None:
        """Ends at once: what is owed is cancelled or, where it runs already, broken."""
        self._abandoned = True
        self.close(wait=True, cancel=True)

    def _wake_hub(self) -> None:
        if self._signalled:
            return
        with self._gate:
            if self._signal is not None:
                self._signalled = True
                self._signal.send()

    # --- the hub's thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        hub = gevent.get_hub()
        try:
            self._wake = Event()
            self._signal = hub.loop.async_()
            self._signal.start(self._wake.set)
            self._serve()
        except BaseException as fault:
            self._break(fault)
        finally:
            with self._gate:
                signal, self._signal = self._signal, None
            signal.close()
            self._counted.set()
            self._ender.finish()
            hub.destroy(destroy_loop=True)
            self._on_left()

    def _serve(self) -> None:
        self._dealer = self._dial()
        self._carrying = Carrying(self._say)
        try:
            self._greet()
        except BaseException as fault:
            self._dealer.close()
            self._fault = fault
            self._connected.set_exception(fault)
            return
        self._connected.set_result(None)
        self._say(wire.ListWorkers())
        self._left = Event()
        greenlets = [gevent.spawn(body) for body in (self._send, self._listen, self._beat)]
        for greenlet in greenlets:
            greenlet.link(lambda _: self._left.set())
        self._left.wait()
        gevent.killall(greenlets)
        self._dealer.close()
        broken = next((one.exception for one in greenlets if one.exception is not None), None)
        if broken is not None:
            raise broken

    def _break(self, fault: BaseException) -> None:
        """Nothing more can be had from this distributor: all that is owed ends with the reason."""
        if not isinstance(fault, SessionBroken):
            told = SessionBroken(f"the executor's line to the distributor broke: {fault}")
            told.__cause__ = fault
            fault = told
        self._fault = fault
        if not self._connected.done():
            self._connected.set_exception(fault)
        self._take_inbox()
        for call in self._functions.all_calls():
            self._ender.put(Ended.broken(call, fault))

    def _send(self) -> None:
        while True:
            self._wake.wait(LOOK_S if self._functions.owes else None)
            self._wake.clear()
            self._signalled = False
            self._take_inbox()
            self._look()
            self._flush()
            if self._cancelling:
                self._functions.cancel_waiting()
                self._flush()
            if self._abandoned:
                self._let_go()
            if self._closing and not self._inbox and not self._functions.owes:
                jobs = [one.job for one in self._functions.sessions if one.job]
                self._functions.sessions.clear()
                self._say(*map(wire.EndSession, jobs))
                return
            gevent.sleep(PACE_S)

    def _let_go(self) -> None:
        fault = SessionBroken("the executor was ended before this call was through")
        for call in self._functions.all_calls():
            self._ender.put(Ended.broken(call, fault))
        self._functions.forget_calls()

    def _take_inbox(self) -> None:
        while self._inbox:
            function, call = self._inbox.popleft()
            try:
                self._functions.add(function, call, time.monotonic())
            except BaseException as fault:
                self._ender.put(Ended.failed(call, fault))
            del function
        self._functions.settle()

    def _flush(self) -> None:
        for session in self._functions.sessions:
            if session.job:
                self._say(*session.messages())
            elif not session.asked:
                session.asked = True
                self._say(wire.Submit(session.ticket, self._functions.program(session)))
        for ended in self._functions.through():
            self._say(wire.EndSession(ended.job))

    def _look(self) -> None:
        """Asks now and then who there is, for how much to send and whether anybody can run it."""
        if self._functions.owes and time.monotonic() >= self._next_look_s:
            self._next_look_s = time.monotonic() + LOOK_S
            self._say(wire.ListWorkers())

    def _listen(self) -> None:
        while True:
            for message in self._dealer.receive(LISTEN_S):
                self._handle(message)
            if self._dealer.reconnected:
                self._greet_again()

    def _beat(self) -> None:
        while True:
            gevent.sleep(self._heartbeat_s)
            self._say(wire.Heartbeat())

    def _say(self, *messages: wire.AnyMessage) -> None:
        """What a lost connection swallows is said again after the next Welcome."""
        if messages:
            self._dealer.send(*messages, timeout_s=HELLO_S)

    # --- the conversation ---------------------------------------------------------------------------------------------

    def _greet(self) -> None:
        welcome = self._dealer.hello(self._hello, HELLO_S)
        self._heartbeat_s = welcome.heartbeat_ms / 1000

    def _greet_again(self) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._greet()
                break
            except Unreachable as fault:
                if time.monotonic() >= until_s:
                    raise SessionBroken(f"the distributor was lost and did not come back: {fault}") from fault
            except LinkError as fault:
                raise SessionBroken(str(fault)) from fault
        for session in self._functions.sessions:
            session.job, session.asked = "", False
        self._carrying.start_again()
        self._wake.set()

    def _handle(self, message: wire.AnyMessage) -> None:
        match message:
            case wire.CallsDone():
                self._done(message)
            case wire.Submitted(ticket=ticket, job=job):
                self._submitted(ticket, job)
            case wire.Needs(ticket=about, hashes=hashes):
                self._needed(about, hashes)
            case wire.Workers(workers=workers):
                self._functions.seen(workers)
                self._counted.set()
                self._wake.set()
            case wire.BlobPart() | wire.BlobMissing() | wire.BlobGot():
                self._carrying.handle(message)
            case wire.Refused():
                self._refused(message)
            case wire.Ended(job=job, state=state, reason=reason):
                if self._functions.by_job(job) is not None:
                    raise SessionBroken(f"job {job}, which runs these calls, is {state}" + (reason and f": {reason}"))
            case _:
                pass

    def _submitted(self, ticket: str, job: str) -> None:
        session = self._functions.by_ticket(ticket)
        if session is not None and not session.job:
            session.job = job
            self._say(*session.again())
            self._wake.set()

    def _needed(self, about: str, hashes: list[str]) -> None:
        """Blobs of a session's files (about its ticket), or of its calls (about its job), which are then said again."""
        session = self._functions.by_ticket(about) or self._functions.by_job(about)
        if session is None:
            return

        def said_again() -> None:
            if session.job:
                self._say(*session.again_with(frozenset(hashes)))
            else:
                session.asked = False
                self._wake.set()

        self._carrying.upload(self._functions.blobs(session), hashes, said_again)

    def _done(self, message: wire.CallsDone) -> None:
        session = self._functions.by_job(message.job)
        finished = session.done(message) if session is not None else None
        self._wake.set()
        if finished is None:
            return
        values = message.values
        if values is None or values.data is not None:
            self._ender.put(Ended(finished, values.data if values is not None else None))
        else:
            self._carrying.fetch(values, lambda data: self._ender.put(Ended(finished, data)))

    def _refused(self, refused: wire.Refused) -> None:
        session = self._functions.by_ticket(refused.about) or self._functions.by_job(refused.about)
        if refused.code == "hello":
            self._greet_again()
        elif refused.code == "unknown-function" and session is not None:
            self._say(*session.again())
        elif session is not None:
            raise SessionBroken(" ".join(filter(None, (refused.reason, refused.fix))))
        else:
            self._carrying.handle(refused)
