"""The worker: one daemon on one host, between a distributor and the jails.

                 ┌─ Line ◄───────── outcomes, credit, heartbeats ──────┐
    distributor ─┤                                                     Desk ──► Slots, Drivers ──► jails
                 └─ receive loop ──► Stock (blobs), leases, values ────┘

Owns the greenlets and hands each message to whom it concerns; decisions about leases are the session's. The receive
loop never waits for a jail or the line, so heartbeats and stops get through whatever the programs do.
"""

from __future__ import annotations

import os
import platform
import random
import secrets
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from gevent.pool import Group

from marx.journal.blobs import BlobStore
from marx.link.dealer import Dealer
from marx.link.errors import Unwelcome, VersionMismatch
from marx.link.packages import installed
from marx.wire.contents import contents_of
from marx.wire.messages import (
    VERSION,
    Acked,
    AnyMessage,
    BlobGot,
    BlobMissing,
    BlobPart,
    Heartbeat,
    Hello,
    InterruptDriver,
    LeaseChunk,
    LeaseDriver,
    Refused,
    Stop,
    Values,
    Welcome,
)
from marx.worker.desk import Desk
from marx.worker.farewell import Farewell
from marx.worker.greeting import Greeting
from marx.worker.jails import WarmJails
from marx.worker.keeping import left_over
from marx.worker.line import Line
from marx.worker.settings import Log, WorkerSettings, cores_usable, memory_bytes
from marx.worker.spool import Spool
from marx.worker.stock import Stock
from sandbox import SandboxError

LISTEN_S = 0.25
"""How often the receive loop looks up from the line, to notice that it broke."""
HELLO_S = 1.0
"""How long one attempt to say Hello may take."""
FLUSH_S = 2.0
"""How long a leaving worker waits until its last words are on the line."""

MAY_PASS = frozenset({"busy", "full", "twin"})
"""Codes of refusals that may not last: after them a worker knocks again."""


class Worker:
    """Lends slots and seats until told to leave. `run` is a greenlet's body; any greenlet may call the others."""

    def __init__(
        self,
        settings: WorkerSettings,
        *,
        dealer: Dealer,
        blobs: BlobStore,
        log: Log,
        warm: WarmJails | None = None,
        spool: Spool | None = None,
    ) -> None:
        """`warm` are jails that boot already, for who could not wait for this; `spool` keeps outcomes over our end."""
        self._settings = settings
        self._dealer = dealer
        self._log = log
        self._greeting = Greeting()
        self._start = secrets.token_hex(8)
        self._line = Line(dealer, self._too_large)
        self._farewell = Farewell(settings.farewell_s)
        left = left_over(spool, blobs)
        held = [content for outcome in left for content in contents_of(outcome)]
        self._stock = Stock(blobs, self._line, None if settings.embedded else settings.cache_bytes_max, held)
        self._warm = warm or WarmJails(settings, log)
        self._warm.changed = self._greet_anew
        self._desk = Desk(settings, self._warm, self._stock, self._line, self._spawn, self._greet_anew, spool)
        for outcome in left:
            self._desk.session.restore(outcome)
        if left:
            log("worker", "an earlier run left finished chunks; offering them again", {"outcomes": len(left)})
        self._batches = 0
        self._welcome_came = Event()
        self._left = Event()
        self._failure: BaseException | None = None
        self._greenlets = Group()

    def run(self) -> None:
        """Works until left or drained.

        Raises `LinkError` if the distributor does not want this worker, `sandbox.SandboxError` if no jail can be had,
        or none that is as good as the owner demands.
        """
        self._warm.fill()
        slots = [slot.run for slot in self._desk.slots]
        try:
            if self._settings.embedded:
                self._spawn(self._warm.boot_one)
            else:
                self._warm.boot_one()
                self._warm.prove()
            for body in (self._line.run, self._listen, self._beat, self._leave_when_drained, *slots):
                self._spawn(body)
            self._left.wait()
            if self._line.open:
                self._line.flush(FLUSH_S)
        finally:
            self._greenlets.kill()
            self._desk.close()
            self._warm.close()
            session = self._desk.session
            begun = {"chunks_begun": session.chunks_begun, "drivers_begun": session.drivers_begun}
            self._log("worker", "left", {**begun, "outcomes_kept": self._desk.keeping.leave()})
        if self._failure is not None:
            raise self._failure

    def drain(self) -> None:
        """Takes nothing new, finishes what runs, then leaves."""
        self._log("worker", "draining", {"leases": len(self._desk.session.holding())})
        self._farewell.begin(time.monotonic())
        self._desk.drain()

    def leave(self) -> None:
        """Leaves at once: what runs is ended and given back."""
        self._log("worker", "leaving", {"leases": len(self._desk.session.holding())})
        self._line.post(*self._desk.session.leave())
        self._left.set()

    # --- greenlets ----------------------------------------------------------------------------------------------------

    def _spawn(self, body: Callable[..., object], *arguments: Any) -> None:
        greenlet = self._greenlets.spawn(self._without_a_jail, body, *arguments)
        greenlet.link_exception(self._broke)

    def _without_a_jail(self, body: Callable[..., object], *arguments: Any) -> None:
        """That this host can have no jail is no bug: the worker ends with that, and without a traceback."""
        try:
            body(*arguments)
        except SandboxError as fault:
            self._failure = self._failure or fault
            self._left.set()

    def _broke(self, greenlet: gevent.Greenlet) -> None:
        """A bug of ours: the worker ends with its story instead of going on half."""
        self._failure = self._failure or greenlet.exception
        self._left.set()

    def _listen(self) -> None:
        while True:
            if self._greeting.due(time.monotonic(), reconnected=self._dealer.reconnected):
                self._greet()
            batch = self._dealer.receive(LISTEN_S)
            if batch:
                self._greeting.heard(time.monotonic())
                self._batches += 1
            for message in batch:
                self._handle(message)

    def _beat(self) -> None:
        while True:
            leases = [lease.number for lease in self._desk.session.holding()]
            self._line.post_ahead(Heartbeat(leases=leases, load=os.getloadavg()[0]))
            self._desk.forget_unused()
            self._welcome_came.wait(self._greeting.heartbeat_s())
            self._welcome_came.clear()

    def _leave_when_drained(self) -> None:
        """Or when the distributor is not worth waiting for any more."""
        while not self._desk.idle.wait(LISTEN_S):
            session = self._desk.session
            if self._farewell.over(time.monotonic(), self._greeting.heard_s, computing=session.computing()):
                waited = {"seconds": round(self._settings.farewell_s)}
                self._log("worker", "no word of the distributor; leaving without it", waited)
                self.leave()
                return
        self._log("worker", "drained", {})
        self._left.set()

    def _too_large(self, message: AnyMessage, reason: str) -> None:
        self._log("line", "a message that nobody would take", {"kind": type(message).__name__, "reason": reason})
        self._desk.not_sent(message, reason)

    # --- the conversation ---------------------------------------------------------------------------------------------

    def _greet(self) -> None:
        if not self._line.greet(self._hello(), HELLO_S):
            wrong = self._dealer.rejection()
            text = f"{wrong} Trying again." if wrong else "no distributor to be reached; trying again"
            self._log("line", text, {"endpoint": self._dealer.endpoint})
        self._greeting.said(time.monotonic(), random.random())

    def _greet_anew(self) -> None:
        self._greeting.lost(time.monotonic())

    def _hello(self) -> Hello:
        settings = self._settings
        return Hello(
            version=VERSION,
            role="worker",
            name=settings.name,
            python=platform.python_version(),
            join=settings.join,
            slots=settings.slots,
            seats=settings.seats,
            cores=cores_usable(),
            memory_bytes=memory_bytes(),
            sandbox=self._warm.tier,
            holding=self._desk.session.holding(),
            packages={} if settings.embedded else installed(),
            start=self._start,
            lent_bytes=settings.limits.memory_bytes,
        )

    def _handle(self, message: AnyMessage) -> None:
        match message:
            case Welcome():
                self._welcomed(message)
            case Refused():
                self._refused(message)
            case LeaseChunk():
                self._desk.lease_chunk(message, self._batches)
            case LeaseDriver():
                self._desk.lease_driver(message, self._batches)
            case Values():
                self._desk.values(message)
            case Stop() if self._line.open:
                self._desk.stop(message)
            case Stop():
                pass  # from before our Hello, which listed the lease: its Welcome decides anew whether it is owed
            case InterruptDriver():
                self._desk.interrupt(message)
            case Acked():
                self._desk.acked(message)
            case BlobPart() | BlobGot() | BlobMissing():
                self._stock.handle(message)
            case Heartbeat():
                pass
            case _:
                self._log("line", "a message that is not for workers", {"kind": type(message).__name__})

    def _welcomed(self, welcome: Welcome) -> None:
        self._log("line", "welcomed", {"endpoint": self._dealer.endpoint})
        if welcome.called not in ("", self._settings.name):
            self._log("line", "another machine has this one's name; here it is called", {"name": welcome.called})
        self._greeting.welcomed(welcome, time.monotonic())
        self._line.welcomed()
        self._welcome_came.set()
        self._stock.say_again()
        self._desk.say_again()

    def _refused(self, refused: Refused) -> None:
        """An upload's refusal is the stock's; any other says that we are not known, or not wanted."""
        if refused.about:
            self._stock.handle(refused)
            return
        self._log("line", "refused", {"code": refused.code, "reason": refused.reason, "fix": refused.fix})
        if self._greeting.welcome is not None:
            self._greet_anew()
        elif not self._greeting.ever_welcomed and refused.code not in MAY_PASS:
            error = VersionMismatch if refused.code == "version" else Unwelcome
            self._failure = error(" ".join(filter(None, (refused.reason, refused.fix))))
            self._left.set()
