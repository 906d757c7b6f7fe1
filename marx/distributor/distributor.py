"""The distributor: takes batches from the router, has each message handled by the file whose question it is, and
keeps time.

Greenlets: one receives, one ticks when the scheduler's next deadline is due, one sends heartbeats, one sweeps, one
commits (outbox.py), one sends what had time (post.py), one serves followers (streaming.py). A message that breaks
something is a bug of ours: it is logged with its traceback and the others go on; a greenlet that breaks ends the
distributor, whose next start replays the journal. What the greenlets do at each turn (`take`, `tick`, `beat`, and the
turns of the outbox and of streaming) waits for nothing, so that tests/sim can run it on a clock of its own.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event

from marx.core.events import Tick
from marx.core.scheduler import Scheduler
from marx.distributor import looking, sessions, sweeping, timetable
from marx.distributor.connections import Connection, Connections
from marx.distributor.giving import Giving
from marx.distributor.greeting import on_hello
from marx.distributor.handlers import HANDLERS
from marx.distributor.inbox import TAKEN_IN_A_TURN, Inbox
from marx.distributor.known import Admission
from marx.distributor.log import Log
from marx.distributor.outbox import Outbox
from marx.distributor.post import Post
from marx.distributor.replay import replay
from marx.distributor.settings import DistributorSettings
from marx.distributor.shell import Clock, Shell
from marx.distributor.streaming import Streaming
from marx.distributor.validity import Fault
from marx.distributor.waking import WakingTime
from marx.journal.blobs import BlobStore
from marx.journal.journal import Journal
from marx.journal.passing import Passing
from marx.link.fetching import Serve
from marx.link.router import Peer, Router
from marx.wire import messages as wire
from marx.wire.codec import BadMessage

if TYPE_CHECKING:
    from marx.distributor.mail_settings import MailSettings


def system_clock(heartbeat_ms: int, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> Clock:
    return Clock(
        now_ms=WakingTime(lambda: monotonic_ns() // 1_000_000, heartbeat_ms).now_ms,
        wall_ms=lambda: time.time_ns() // 1_000_000,
    )


class Distributor:
    """`run` is a greenlet's body and returns after `stop`; `close` gives back what was handed over with `owned`."""

    def __init__(
        self,
        settings: DistributorSettings,
        *,
        journal: Journal,
        blobs: BlobStore,
        router: Router,
        log: Log,
        admission: Admission,
        clock: Clock | None = None,
        owned: ExitStack | None = None,
        mail: MailSettings | None = None,
    ) -> None:
        self._settings = settings
        self._router = router
        self._admission = admission
        self._owned = owned or ExitStack()
        self._stopping = Event()
        self._rearmed = Event()
        self._armed_ms: int | None = None
        self._inbox = Inbox(self._is_tasker)
        followers_woken = Event()
        post = Post(router, self._lost)
        connections = Connections(settings.connections_max)
        passing = Passing(blobs, settings.passing_bytes_max)
        self.shell = Shell(
            settings=settings,
            scheduler=Scheduler(settings.core, journal.epoch),
            outbox=Outbox(journal, settings.commit_ms, settings.retry_commit_ms, post.flush),
            post=post,
            blobs=blobs,
            passing=passing,
            log=log,
            clock=clock or system_clock(settings.heartbeat_ms),
            rearm=self._rearm,
            wake_followers=followers_woken.set,
            connections=connections,
            mail=mail,
            giving=Giving(Serve(passing), post.offer, connections.is_here, settings.wants_max),
        )
        self.streaming = Streaming(self.shell, followers_woken)
        for line in journal.cut:
            self.shell.story("journal", line)
        replay(self.shell, journal)

    def run(self) -> None:
        """Serves until `stop`. Raises what broke a greenlet of its own."""
        bodies = (
            self._receive,
            self._keep_time,
            self._beat,
            self.shell.outbox.run,
            self.shell.post.run,
            self.streaming.run,
            self.shell.giving.run,
            lambda: sweeping.run(self.shell),
            lambda: timetable.run(self.shell),
        )
        group = [gevent.spawn(body) for body in bodies]
        if self.shell.mail is not None:
            from marx.distributor import courier

            group.append(gevent.spawn(courier.run, self.shell, self.shell.mail))
        for greenlet in group:
            greenlet.link(lambda _: self._stopping.set())
        try:
            self._stopping.wait()
        finally:
            broken = [greenlet for greenlet in group if greenlet.exception is not None]
            gevent.killall(group)
            self.shell.outbox.finish()
            self.shell.post.flush_all()
            for row in self.shell.connections.all():
                self.shell.connections.drop(row)
            self.close()
        if broken:
            raise broken[0].exception

    def stop(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        """For a distributor that was never run; after `run` there is nothing left to do."""
        self._owned.close()

    # --- messages -----------------------------------------------------------------------------------------------------

    def _receive(self) -> None:
        """Waits for the first of what has come, takes in the others, and handles a turn of it at a time."""
        while True:
            if not self._inbox and (came := self._router.sealed()) is not None:
                self._inbox.put(came)
            for _ in range(TAKEN_IN_A_TURN):
                if self._inbox.full or (came := self._router.sealed_now()) is None:
                    break
                self._inbox.put(came)
            for batch in self._inbox.turn():
                self._handle(batch.peer, batch.open())
            self.shell.post.flush()
            gevent.sleep(0)

    def _is_tasker(self, peer: Peer) -> bool:
        row = self.shell.connections.find(peer)
        return row is not None and row.hello is not None and row.hello.role == "tasker"

    def take(self, peer: Peer, batch: list[wire.AnyMessage] | BadMessage) -> None:
        """One batch of a peer, to its end: what it leads to is said, or waits for the journal."""
        self._handle(peer, batch)
        self.shell.post.flush()

    def _handle(self, peer: Peer, batch: list[wire.AnyMessage] | BadMessage) -> None:
        row = self.shell.connections.of(peer)
        if row is None or row.faults >= self._settings.faults_max:
            self.shell.counts["ignored batch"] += 1
            return
        self._heard(row)
        if isinstance(batch, BadMessage):
            self._fault(row, f"a malformed batch: {batch}")
            return
        for message in batch:
            try:
                self._dispatch(row, message)
            except Exception:
                self._bug(row, message)

    def _dispatch(self, row: Connection, message: wire.AnyMessage) -> None:
        if isinstance(message, wire.Hello):
            on_hello(self.shell, self._admission, row, message)
            return
        if row.hello is None:
            self._before_hello(row, message)
            return
        role, handler = HANDLERS.get(type(message), ("nobody", None))
        if handler is None or role not in ("", row.hello.role):
            self._fault(row, f"{type(message).__name__} is not for a {row.hello.role} to say")
        else:
            handler(self.shell, row, message)

    def _heard(self, row: Connection) -> None:
        """A worker that was silent for a whole lease was taken for lost: it has to join anew."""
        now_ms = self.shell.clock.now_ms()
        if row.worker and now_ms - row.heard_ms >= self._settings.core.lease_ms:
            self.shell.connections.unwelcome(row)
        row.heard_ms = now_ms

    def _before_hello(self, row: Connection, message: wire.AnyMessage) -> None:
        """Out of turn; but whoever was welcomed once may not know yet that it has to greet again.

        It is told so once a heartbeat, not for each message that was on its way: an answer to each would bring as many
        Hellos, and these as many answers, until there is no room for them and all begins again."""
        text = f"{type(message).__name__} before Hello"
        now_ms = self.shell.clock.now_ms()
        if not row.was_welcomed:
            self._fault(row, text)
        elif row.asked_ms is None or now_ms - row.asked_ms >= self._settings.heartbeat_ms:
            row.asked_ms = now_ms
            self.shell.refuse(row, Fault("hello", text, "say Hello again"))

    def _fault(self, row: Connection, text: str) -> None:
        """A protocol error: answered and counted; a repeated offender is not answered any more."""
        row.faults += 1
        self.shell.counts["protocol error"] += 1
        self.shell.refuse(row, Fault("protocol", text, "install the release that the distributor runs"))
        if row.faults >= self._settings.faults_max:
            self.shell.story(row.worker or row.user, "ignored from now on", {"faults": row.faults, "last": text})

    def _bug(self, row: Connection, message: wire.AnyMessage) -> None:
        self.shell.counts["bug"] += 1
        trace = traceback.format_exc(limit=-6).replace("\n", " | ")
        self.shell.story(row.worker or row.user, f"bug: {type(message).__name__} broke its handler", {"trace": trace})

    def _lost(self, peer: Peer) -> None:
        """A batch could not be sent: whatever it held is gone, so the peer has to greet and be told anew."""
        row = self.shell.connections.find(peer)
        if row is not None:
            self.shell.counts["batch lost"] += 1
            row.asked_ms = None  # it may have been that which was lost
            self.shell.connections.unwelcome(row)
            self.shell.followers.drop(peer)

    # --- time ---------------------------------------------------------------------------------------------------------

    def _rearm(self) -> None:
        due_ms = self.shell.scheduler.next_deadline_ms()
        if due_ms is not None and (self._armed_ms is None or due_ms < self._armed_ms):
            self._rearmed.set()

    def _keep_time(self) -> None:
        while True:
            self._rearmed.clear()
            self._armed_ms = self.shell.scheduler.next_deadline_ms()
            if not self._rearmed.wait(self._wait_s()):
                self.tick()

    def tick(self) -> None:
        """The scheduler's next deadline is due."""
        self.shell.tell(Tick())
        self.shell.post.flush()

    def _wait_s(self) -> float | None:
        if self._armed_ms is None:
            return None
        return max(0, self._armed_ms - self.shell.clock.now_ms()) / 1000

    def _beat(self) -> None:
        while True:
            gevent.sleep(self._settings.heartbeat_ms / 1000)
            self.beat()

    def beat(self) -> None:
        """Heartbeats to all who were welcomed. A row whose peer takes nothing for long is a connection that is gone."""
        now_ms = self.shell.clock.now_ms()
        for row in self.shell.connections.all():
            if row.hello is not None and self.shell.post.at_once(row.peer, wire.Heartbeat()):
                row.reached_ms = now_ms
            elif now_ms - max(row.reached_ms, row.heard_ms) >= self._settings.gone_ms:
                self.shell.connections.drop(row)
                self.shell.followers.drop(row.peer)
        sessions.expire(self.shell)
        looking.look(self.shell)
        self.shell.post.flush_all()
