"""What an executor says to its distributor and hears from it: the hub's side of a line, without its threads.

Decisions are the session's (session.py) and the functions' (functions.py); this file turns messages into their calls
and back, says everything again after a lost connection, and raises `SessionBroken` where nothing more can come.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import gevent
from gevent.pool import Group

from marx.calls.carrying import Carrying
from marx.calls.ending import Ended, Ender
from marx.calls.errors import SessionBroken
from marx.calls.functions import Functions
from marx.calls.session import Finished, Session
from marx.link.dealer import Dealer
from marx.link.errors import LinkError, Unreachable
from marx.link.pauses import Pauses
from marx.wire import messages as wire

LISTEN_S = 0.25
HELLO_S = 5.0
PATIENCE_S = 600.0
"""How long a lost distributor is waited for: a restart, or a walk between two networks."""
RESULT_BYTES_MAX = 1 << 30
"""The largest results of one chunk: whoever runs a worker must not fill this program's memory."""
RETRY_S = 0.5
RETRY_MAX_S = 60.0
"""Pauses before contents that the distributor did not take are offered again."""
TAKEN_S = 0.01
"""How long the distributor keeps an outcome that we have, at most, while there is nothing else to say."""
LOOK_S = 2.0
"""How often the lab's workers are counted while there is work."""


class Conversation:
    """One executor's. `news` is called when there may be more to say, `counted` when the lab's workers were.

    `later` calls something after so many seconds, in a greenlet unless told otherwise; `chance` spreads such pauses.
    """

    def __init__(
        self,
        dealer: Dealer,
        hello: wire.Hello,
        functions: Functions,
        ender: Ender,
        *,
        news: Callable[[], None],
        counted: Callable[[], None],
        later: Callable[..., None] | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.heartbeat_s = LOOK_S
        self._dealer = dealer
        self._hello = hello
        self._functions = functions
        self._ender = ender
        self._news = news
        self._counted = counted
        self._carrying = Carrying(self.say)
        self._next_look_s = 0.0
        self._late = False
        self._on_way: set[tuple[str, str]] = set()
        """Whose contents are being uploaded: ticket and hash. Each is asked for with every message that names it."""
        self._pauses = Pauses(RETRY_S, RETRY_MAX_S)
        self._retries = Group()
        self._later = later or self._in_greenlet
        self._chance = chance

    def say(self, *messages: wire.AnyMessage) -> None:
        """What a lost connection swallows is said again after the next Welcome."""
        if messages:
            self._dealer.send(*messages, timeout_s=HELLO_S)

    def flush(self) -> None:
        """Says all that may be said now."""
        for session in self._functions.sessions:
            if session.job:
                self.say(*session.messages())
            elif not session.asked:
                session.asked = True
                self.say(wire.Submit(session.ticket, self._functions.program(session)))
        for ended in self._functions.through():
            self.say(wire.EndSession(ended.job))

    def look(self) -> None:
        """Asks now and then who there is, for how much to send and whether anybody can run it."""
        if self._functions.owes and time.monotonic() >= self._next_look_s:
            self._next_look_s = time.monotonic() + LOOK_S
            self.say(wire.ListWorkers())

    def listen(self) -> None:
        """Takes what comes within a moment."""
        for message in self._dealer.receive(LISTEN_S):
            self._handle(message)
        if self._dealer.reconnected:
            self._greet_again()

    def end(self) -> None:
        """Nothing is owed, and nothing more is wanted."""
        jobs = [one.job for one in self._functions.sessions if one.job]
        self._functions.sessions.clear()
        self.say(*map(wire.EndSession, jobs))

    def greet(self) -> None:
        """Raises a `LinkError`."""
        welcome = self._dealer.hello(self._hello, HELLO_S)
        self.heartbeat_s = welcome.heartbeat_ms / 1000

    # --- what came ----------------------------------------------------------------------------------------------------

    def _greet_again(self) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.greet()
                break
            except Unreachable as fault:
                if time.monotonic() >= until_s:
                    raise SessionBroken(f"the distributor was lost and did not come back: {fault}") from fault
            except LinkError as fault:
                raise SessionBroken(str(fault)) from fault
        for session in self._functions.sessions:
            session.job, session.asked = "", False
        self._on_way.clear()
        self._retries.kill(block=False)
        self._late = False
        self._carrying.start_again()
        self._news()

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
                self._counted()
                self._news()
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
            self.say(*session.again())
            self._news()

    def _needed(self, about: str, hashes: list[str]) -> None:
        """Blobs of a session's files (about its ticket), or of its calls (about its job), which are then said again."""
        begun = self._functions.by_ticket(about)
        session = begun or self._functions.by_job(about)
        if session is None:
            return
        needed = {(session.ticket, hash) for hash in hashes} - self._on_way
        if not needed:
            return
        self._on_way |= needed

        def ended(reason: str) -> None:
            if reason:
                # The distributor's disk is full, say. It would ask for the same at once.
                self._later(self._pauses.next_s(self._chance()), self._said_again, session, needed)
            else:
                self._pauses.succeeded()
                self._said_again(session, needed)

        wanted = sorted(hash for _, hash in needed)
        self._carrying.upload(self._functions.blobs(session), wanted, ended, passing=begun is None)

    def _said_again(self, session: Session, needed: set[tuple[str, str]]) -> None:
        """What was not taken for want of these contents."""
        self._on_way.difference_update(needed)
        if session.job:
            on_way = {hash for ticket, hash in self._on_way if ticket == session.ticket}
            self.say(*session.again_with({hash for _, hash in needed}, on_way))
        else:
            session.asked = False
            self._news()

    def _done(self, message: wire.CallsDone) -> None:
        session = self._functions.by_job(message.job)
        finished = session.done(message) if session is not None else None
        if session is None or session.has_waiting:
            self._news()
        else:
            self._news_soon()
        if finished is None:
            return
        values = message.values
        if values is None or values.data is not None:
            self._ender.put(Ended(finished, values.data if values is not None else None))
        elif values.size > RESULT_BYTES_MAX:
            assert session is not None
            session.arrived(message)
            self._ender.put(
                Ended(finished, None, f"its results take {values.size} bytes; the limit is {RESULT_BYTES_MAX}")
            )
        else:
            self._carrying.fetch(values, lambda data: self._fetched(message, finished, data))

    def _news_soon(self) -> None:
        """Word that we have an outcome waits for company: the next call shall not wait for the pause after it."""
        if not self._late:
            self._late = True
            self._later(TAKEN_S, self._late_news)

    def _in_greenlet(self, pause_s: float, action: Callable[..., None], *about: object) -> None:
        self._retries.add(gevent.spawn_later(pause_s, action, *about))

    def _late_news(self) -> None:
        self._late = False
        self._news()

    def _fetched(self, message: wire.CallsDone, finished: Finished, data: bytes | None) -> None:
        session = self._functions.by_job(message.job)
        if session is None:
            return
        if data is None:
            self.say(*session.lost(message))
        else:
            session.arrived(message)
            self._ender.put(Ended(finished, data))
        self._news()

    def _refused(self, refused: wire.Refused) -> None:
        session = self._functions.by_ticket(refused.about) or self._functions.by_job(refused.about)
        if refused.code == "hello":
            self._greet_again()
        elif refused.code == "unknown-function" and session is not None:
            self.say(*session.again())
        elif session is not None:
            raise SessionBroken(" ".join(filter(None, (refused.reason, refused.fix))))
        else:
            self._carrying.handle(refused)
