"""The executor's line to its distributor: a thread with a gevent hub of its own, and one that ends futures.

    submit() in any thread ─► inbox ─► hub: Session ─► Calls ─► distributor
    future.set_result ◄─ ender thread ◄─ hub ◄────── CallsDone ◄──┘

A call that comes while nothing is to be sent leaves at once; those that come within the next millisecond leave
together. Callbacks of futures run in the ender's thread, so that the line goes on whatever they do.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

import gevent
from gevent.event import Event

from marx.calls.conversation import HELLO_S, LOOK_S, Conversation
from marx.calls.ending import Ended, Ender, fail
from marx.calls.errors import SessionBroken
from marx.calls.functions import Functions
from marx.calls.portions import Portion, Portions
from marx.calls.session import Call
from marx.link.dealer import Dealer
from marx.wire import messages as wire

PACE_S = 0.001
"""The least time between two sends: a loop that submits becomes a few messages, and a single call does not wait."""
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
        self._inbox: deque[tuple[Callable[..., Any], Call] | Portion | Portions] = deque()
        self._maps: set[Portions] = set()
        self._ender = Ender(opens_pickles=opens_pickles)
        self._connected: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="marx-line", daemon=True)
        self._signalled = False
        self._signal: Any = None
        self._gate = threading.Lock()
        self._counted = threading.Event()
        self._closing = self._cancelling = self._abandoned = False
        self._fault: BaseException | None = None
        self._left_by: BaseException | None = None
        """What ends all that is posted when nobody takes it any more."""

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

    def post(self, function: Callable[..., Any], call: Call) -> None:
        """Takes a call; its future ends some time."""
        self._post(((function, call),))

    def post_portions(self, portions: Iterable[Portion]) -> None:
        """As `post`, for portions of a map that goes on."""
        self._post(portions)

    def begin_map(self, map_: Portions) -> None:
        """Portions will come until `end_map`, also when the line is asked to close."""
        self._maps.add(map_)

    def end_map(self, map_: Portions) -> None:
        self._post((map_,))

    def _post(self, posts: Iterable[tuple[Callable[..., Any], Call] | Portion | Portions]) -> None:
        self._inbox.extend(posts)
        self._wake_hub()
        if self._left_by is not None:
            self._refuse_inbox(self._left_by)

    def _refuse_inbox(self, fault: BaseException) -> None:
        """What came when nobody took it any more, or just then."""
        with contextlib.suppress(IndexError):
            while True:
                match self._inbox.popleft():
                    case (_, Call() as call) | (Portion() as call):
                        fail(call.future, fault)

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
        # Callers get this one; the hub would print it as well.
        hub.NOT_ERROR = (*hub.NOT_ERROR, SessionBroken)
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
            self._left_by = self._fault or SessionBroken("the executor has ended")
            self._refuse_inbox(self._left_by)
            self._counted.set()
            self._ender.finish()
            hub.destroy(destroy_loop=True)
            self._on_left()

    def _serve(self) -> None:
        dealer = self._dial()
        self._talk = Conversation(
            dealer, self._hello, self._functions, self._ender, news=self._wake.set, counted=self._counted.set
        )
        try:
            self._talk.greet()
        except BaseException as fault:
            dealer.close()
            self._fault = fault
            self._connected.set_exception(fault)
            return
        self._connected.set_result(None)
        self._talk.say(wire.ListWorkers())
        self._left = Event()
        greenlets = [gevent.spawn(body) for body in (self._send, self._listen, self._beat)]
        for greenlet in greenlets:
            greenlet.link(lambda _: self._left.set())
        self._left.wait()
        gevent.killall(greenlets)
        dealer.close()
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
        self._left_by = fault
        self._refuse_inbox(fault)
        for call in self._functions.all_calls():
            self._ender.put(Ended.failed(call, fault))

    def _send(self) -> None:
        while True:
            self._wake.wait(LOOK_S if self._functions.owes else None)
            self._wake.clear()
            self._signalled = False
            self._take_inbox()
            self._talk.look()
            self._talk.flush()
            if self._cancelling:
                self._functions.cancel_waiting()
                self._talk.flush()
            if self._abandoned:
                self._let_go()
            if self._closing and not self._inbox and not self._maps and not self._functions.owes:
                self._talk.end()
                return
            gevent.sleep(PACE_S)

    def _let_go(self) -> None:
        fault = SessionBroken("the executor was ended before this call was through")
        for call in self._functions.all_calls():
            self._ender.put(Ended.failed(call, fault))
        self._functions.forget_calls()
        self._maps.clear()

    def _take_inbox(self) -> None:
        now_s = time.monotonic()
        while self._inbox:
            posted = self._inbox.popleft()
            if isinstance(posted, Portions):
                self._maps.discard(posted)
                self._functions.end(posted)
                continue
            call = posted if isinstance(posted, Portion) else posted[1]
            try:
                if isinstance(posted, Portion):
                    self._functions.add_portion(posted, now_s)
                else:
                    self._functions.add(posted[0], call, now_s)
            except BaseException as fault:
                self._ender.put(Ended.failed(call, fault))
            del posted, call
        self._functions.settle()

    def _listen(self) -> None:
        while True:
            self._talk.listen()

    def _beat(self) -> None:
        while True:
            gevent.sleep(self._talk.heartbeat_s)
            self._talk.say(wire.Heartbeat())
