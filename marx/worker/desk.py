"""Where leases come in and outcomes go out: between the session, which decides, and the slots and drivers, which run.

Every lease's blobs are held from its arrival until its outcome is acknowledged or nobody wants it. How an outcome goes
out is delivery.py's affair.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container

from gevent.event import Event

from marx.wire.contents import contents_of, contents_of_program
from marx.wire.messages import (
    Acked,
    AnyMessage,
    ChunkDone,
    Content,
    DriverDone,
    InterruptDriver,
    Lease,
    LeaseChunk,
    LeaseDriver,
    Opened,
    Returned,
    Stop,
    Values,
)
from marx.worker.briefs import Briefs, ChunkWork
from marx.worker.chunks import Slot
from marx.worker.delivery import Delivery, bare
from marx.worker.drivers import Driver
from marx.worker.jails import WarmJails
from marx.worker.keeping import Keeping
from marx.worker.line import Line
from marx.worker.session import Phase, Report, Session, same
from marx.worker.settings import WorkerSettings
from marx.worker.spool import Spool
from marx.worker.stock import BlobLost, Stock

BRIEF_KEPT_S = 600.0
"""How long the program of a job without leases here is remembered."""


class Desk:
    """One worker's leases. `spawn` starts a greenlet that ends with the worker; `idle` is set once a drain
    is over; `greet_anew` begins the conversation from the start."""

    def __init__(
        self,
        settings: WorkerSettings,
        warm: WarmJails,
        stock: Stock,
        line: Line,
        spawn: Callable[..., None],
        greet_anew: Callable[[], None],
        spool: Spool | None,
    ) -> None:
        self.session = Session(settings.slots, settings.seats)
        self.keeping = Keeping(spool, self.session, stock, spawn)
        self.slots = [
            Slot(settings, warm, stock, self.next_chunk, self._chunk_ended, number) for number in range(settings.slots)
        ]
        self.idle = Event()
        self._settings = settings
        self._warm = warm
        self._stock = stock
        self._line = line
        self._spawn = spawn
        self._greet_anew = greet_anew
        self._briefs = Briefs()
        self._queue: dict[int, ChunkWork] = {}
        self._queued = Event()
        self._drivers: dict[int, Driver] = {}
        self._delivery = Delivery(self.session, self.keeping, stock, line, self._drivers, spawn)

    # --- chunks -------------------------------------------------------------------------------------------------------

    def lease_chunk(self, message: LeaseChunk, batch: int) -> None:
        """A chunk to run. Its blobs are fetched first, while other chunks run."""
        self._stock.hold(self._briefs.learn(message, time.monotonic()))
        if not self._accept(message.lease, batch):
            return
        work = self._briefs.complete(message)
        if work is None:
            # It was sent on this connection, and forgotten here. A Hello that does not list the lease gives it back
            # and makes the distributor send the program once more.
            self.session.give_back(message.lease, "unknown program")
            self._greet_anew()
            return
        self._stock.hold(_items(work))
        awaited = self._briefs.awaited(work)
        if self._stock.has_all(awaited, passing=work.program.session):
            self._put_in_queue(work)
        else:
            self._spawn(self._fetch_chunk, work, awaited)

    def next_chunk(self, jobs: Container[str], timeout_s: float | None) -> ChunkWork | None:
        """Waits for a chunk, preferably of one of these jobs. None after `timeout_s`, or if another was faster."""
        lease = self.session.next_chunk(jobs)
        if lease is None:
            self._queued.clear()
            self._queued.wait(timeout_s)
            lease = self.session.next_chunk(jobs)
        return None if lease is None else self._queue.pop(lease.number)

    def _fetch_chunk(self, work: ChunkWork, awaited: list[Content]) -> None:
        try:
            self._stock.fetch_all(awaited, passing=work.program.session)
        except BlobLost as fault:
            self._line.post(*self.session.give_back(work.message.lease, str(fault)))
            self._stock.release(_items(work))
            self.say_news()
        else:
            self._put_in_queue(work)

    def _put_in_queue(self, work: ChunkWork) -> None:
        self._briefs.arrived(work)
        if self.session.fetched(work.message.lease.number):
            self._queue[work.message.lease.number] = work
            self._queued.set()
        else:
            self._stock.release(_items(work))

    def _chunk_ended(self, work: ChunkWork, outcome: ChunkDone) -> None:
        self._stock.release(_items(work))
        self._finish(outcome)

    # --- drivers ------------------------------------------------------------------------------------------------------

    def lease_driver(self, message: LeaseDriver, batch: int) -> None:
        """A driver to run, in a seat of its own."""
        if self._accept(message.lease, batch):
            driver = Driver(message, self._settings, self._warm, self._stock, self._line)
            self._drivers[message.lease.number] = driver
            self._stock.hold(contents_of(message))
            self._spawn(self._run_driver, message, driver)

    def values(self, message: Values) -> None:
        """Values for a driver; for one that is gone they are late, and nobody's."""
        driver = self._drivers.get(message.lease.number)
        if driver is not None and same(driver.lease, message.lease):
            driver.deliver(message)

    def _run_driver(self, message: LeaseDriver, driver: Driver) -> None:
        try:
            self._stock.fetch_all(contents_of(message))
        except BlobLost as fault:
            self._line.post(*self.session.give_back(message.lease, str(fault)))
        else:
            if self.session.fetched(message.lease.number):
                self.session.start(message.lease.number)
                self._finish(driver.run())
        self._stock.release(contents_of_program(message.program))
        if not self.session.holds(message.lease.number):
            self._forget_driver(message.lease.number)
        self.say_news()

    def _forget_driver(self, number: int) -> None:
        driver = self._drivers.pop(number, None)
        if driver is not None:
            driver.forget()

    # --- outcomes -----------------------------------------------------------------------------------------------------

    def stop(self, message: Stop) -> None:
        """Nobody wants this lease's outcome any more."""
        number = message.lease.number
        phase = self.session.stop(message.lease)
        if phase is Phase.QUEUED:
            self._stock.release(_items(self._queue.pop(number)))
        elif phase is Phase.RUNNING:
            driver = self._drivers.get(number)
            if driver is not None:
                driver.stop()
            for slot in self.slots:
                slot.stop(message.lease)
        self.say_news()

    def interrupt(self, message: InterruptDriver) -> None:
        """The outcome of this driver is wanted, but soon."""
        if self.session.holds(message.lease.number):
            driver = self._drivers.get(message.lease.number)
            if driver is not None and driver.lease == message.lease:
                driver.interrupt()

    def acked(self, message: Acked) -> None:
        """An outcome is kept by the distributor."""
        outcome = self.session.acked(message.number)
        if outcome is not None:
            self.keeping.over(message.number)
            self._stock.release(contents_of(outcome))
            self._forget_driver(message.number)
            self.say_news()

    def not_sent(self, message: AnyMessage, reason: str) -> None:
        """A message was too large for the line. An outcome becomes a failure, a region is computed in place."""
        if isinstance(message, ChunkDone | DriverDone):
            self._line.post(self._delivery.revise(bare(message, reason)))
        elif isinstance(message, Opened):
            self.values(Values(message.lease, message.region, message.first, message.count, reason=reason))

    def _finish(self, outcome: Report) -> None:
        if self.session.finish(outcome):
            self._stock.hold(contents_of(outcome))
            self._delivery.send(outcome)
            self.keeping.finished(outcome)
        self.say_news()

    # --- the worker as a whole ----------------------------------------------------------------------------------------

    def say_again(self) -> None:
        """After a Welcome: everything that the distributor may have missed."""
        for driver in self._drivers.values():
            driver.say_again()
        for message in self.session.welcomed():
            if isinstance(message, ChunkDone | DriverDone):
                self._delivery.send(message)
            else:
                self._line.post(message)

    def say_news(self) -> None:
        """Announces the credit if it changed; notices the end of a drain."""
        news = self.session.news()
        if news is not None:
            self._line.post(news)
        if self.session.draining and self.session.idle():
            self.idle.set()

    def drain(self) -> None:
        """Nothing new; what waits is given back."""
        self._line.post(*self.session.drain())
        for work in self._queue.values():
            self._stock.release(_items(work))
        self._queue.clear()
        self.say_news()

    def close(self) -> None:
        """Forgets what drivers said; their greenlets have ended."""
        for number in list(self._drivers):
            self._forget_driver(number)

    def forget_unused(self) -> None:
        """Drops what was kept for jobs that have had no lease here for a while."""
        jobs_held = {lease.job for lease in self.session.holding()}
        self._stock.forget_unheld()
        self._stock.release(self._briefs.forget_unused(time.monotonic() - BRIEF_KEPT_S, jobs_held))

    def _accept(self, lease: Lease, batch: int) -> bool:
        answer = self.session.receive(lease, batch)
        if isinstance(answer, Returned):
            self._line.post(answer)
            return False
        return answer


def _items(work: ChunkWork) -> list[Content]:
    return [] if work.message.items is None else [work.message.items]
