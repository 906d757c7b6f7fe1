"""A worker: the real session, briefs, greeting and transcripts, on simulated jails, timers and lines.

It does what marx/worker/daemon.py and desk.py do, in their order, without greenlets. What a jail computes comes from
`spec.py`; how long that takes and how it ends is luck.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from marx.wire import messages as wire
from marx.wire.contents import contents_of, contents_of_program
from marx.worker.briefs import Briefs, ChunkWork
from marx.worker.greeting import Greeting
from marx.worker.session import Phase, Report, Session, same

from .disk import Disk
from .drivers import SimDriver
from .laws import Laws
from .luck import Luck
from .network import Line, Network
from .slots import Slots
from .spec import FASTEST, JobSpec, SessionSpec
from .stock import Stock
from .world import Violation, World

LOOK_MS = 100


class SimWorker:
    def __init__(
        self,
        world: World,
        luck: Luck,
        network: Network,
        laws: Laws,
        name: str,
        jobs: dict[str, JobSpec | SessionSpec],
        driver_luck: dict[str, int],
        disk: Disk,
    ) -> None:
        """`driver_luck`: how many attempts at drivers may still end badly, and how; all workers draw from it."""
        self.world, self.luck, self.network, self.laws, self.name, self.jobs = world, luck, network, laws, name, jobs
        self.driver_luck = driver_luck
        self._disk = disk
        chance = world.chance
        self.slots, self.seats = chance.randint(1, 3), chance.randint(1, 3)
        slow = luck.slow_workers and name != "w0" and world.happens(0.5)
        self.speed = 0.1 if slow else chance.choice([1.0, 1.0, 0.6, FASTEST])
        self.rate = 1 + world.between(-luck.drift, luck.drift)
        self.healed = self.alive = self.sick = self.gone = False
        self.thaws_ms = 0
        self._process = 0
        self._spool: dict[int, Report] = {}
        """Finished chunks on its disk, over its end."""

    # --- the process --------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        if self.alive or self.gone:
            return
        self.world.note(self.name, "starts with %d slots, %d seats, speed %.1f", self.slots, self.seats, self.speed)
        self.alive, self._process, self.thaws_ms = True, self._process + 1, 0
        self.session = Session(self.slots, self.seats)
        for outcome in self._spool.values():
            self.session.restore(outcome)
        self.briefs = Briefs()
        self.greeting = Greeting()
        self.stock = Stock(self.post, self.soon, lambda: self._disk.store(self.name))
        self.drivers: dict[int, SimDriver] = {}
        self.chunk_slots = Slots(self)
        self.line: Line | None = None
        self.open = self.reconnected = False
        self._delivering: set[int] = set()
        self._batches = 0
        self._pending: list[wire.AnyMessage] = []
        self.network.dial(self, self.name)
        self.soon(LOOK_MS, self._look)
        self.soon(LOOK_MS, self._beat)

    def kill(self) -> None:
        """kill -9, or the power."""
        if self.alive:
            self.world.note(self.name, "is killed")
            self.alive, self._process = False, self._process + 1
            self.stock.close()
            self._disk.power_cut(self.name)
            for number in list(self.drivers):
                self._forget_driver(number)
            if self.line is not None:
                self.network.break_line(self.line, quietly=True)

    def leave_for_good(self) -> None:
        """The machine is never seen again."""
        self.kill()
        self.gone = True

    def freeze(self, for_ms: int) -> None:
        """Nothing of it moves for a while; jails compute on."""
        self.world.note(self.name, "freezes for %d ms", for_ms)
        self.thaws_ms = self.world.now + for_ms

    def soon(self, delay_ms: float, action: Any, *about: Any) -> None:
        """Unless this process is over by then; later, if it is frozen."""
        self.world.later(delay_ms / self.rate, self._if_moving, self._process, action, about)

    def in_jail(self, took_ms: float, action: Any, *about: Any) -> None:
        """What a jail does takes true time, also while the worker is frozen; then it waits to be noticed."""
        self.world.later(took_ms, self._if_moving, self._process, action, about)

    def _if_moving(self, process: int, action: Any, about: tuple[Any, ...]) -> None:
        if self._process != process:
            return
        if self.thaws_ms > self.world.now:
            self.world.later(self.thaws_ms - self.world.now, self._if_moving, process, action, about)
            return
        action(*about)
        self._flush()

    @property
    def seems_well(self) -> bool:
        return self.alive and self.thaws_ms <= self.world.now

    # --- the line -----------------------------------------------------------------------------------------------------

    @property
    def wants_line(self) -> bool:
        return self.alive and self.line is None

    def connected(self, line: Line) -> None:
        self.line, self.reconnected = line, True

    def broken(self, line: Line) -> None:
        if self.alive and self.line is line:
            self.open, self.line = False, None
            self.network.dial(self, self.name)

    def arrived(self, line: Line, messages: list[wire.AnyMessage]) -> None:
        if self.alive and self.line is line:
            self._if_moving(self._process, self._take, (messages,))

    def post(self, *messages: wire.AnyMessage) -> None:
        """With the other words of this moment; what is said outside a conversation is dropped."""
        if self.open:
            self._pending += messages

    def _flush(self) -> None:
        """Nothing goes into a new connection before its Hello."""
        if self._pending and self.line is not None and not self.reconnected:
            self.network.post(self.line, self._pending)
        self._pending = []

    def _look(self) -> None:
        if self.greeting.due(self.world.now / 1000, reconnected=self.reconnected) and self.line is not None:
            self._greet(self.line)
        self.soon(LOOK_MS, self._look)

    def _greet(self, line: Line) -> None:
        self.open = self.reconnected = False
        self._pending = []
        hello = wire.Hello(
            wire.VERSION, "worker", self.name, "3.11.4", "", self.slots, self.seats, holding=self.session.holding()
        )
        self.world.note(self.name, "says Hello, holding %s", [lease.number for lease in hello.holding])
        self.network.post(line, [hello])
        self.greeting.said(self.world.now / 1000, self.world.chance.random())

    def _beat(self) -> None:
        self.post(wire.Heartbeat([lease.number for lease in self.session.holding()]))
        self.soon(1000 * self.greeting.heartbeat_s(), self._beat)

    # --- what comes ---------------------------------------------------------------------------------------------------

    def _take(self, messages: list[wire.AnyMessage]) -> None:
        self.greeting.heard(self.world.now / 1000)
        self._batches += 1
        for message in messages:
            self._handle(message)

    def _handle(self, message: wire.AnyMessage) -> None:
        match message:
            case wire.Welcome():
                self._welcomed(message)
            case wire.Refused(about="", code=code):
                self.world.note(self.name, "is refused: %s %s", code, message.reason)
                self.greeting.lost(self.world.now / 1000)
            case wire.LeaseChunk():
                self._lease_chunk(message)
            case wire.LeaseDriver():
                self._lease_driver(message)
            case wire.Values(lease=lease):
                driver = self.drivers.get(lease.number)
                if driver is not None and same(driver.lease, lease):
                    driver.deliver(message)
            case wire.Stop():
                if self.open:
                    self._stop(message)
            case wire.InterruptDriver():
                pass  # a program may take no notice
            case wire.Acked(number=number):
                if self.session.acked(number) is not None:
                    self._spool.pop(number, None)
                    self._forget_driver(number)
                    self._say_news()
            case wire.Heartbeat():
                pass
            case _:
                self.stock.handle(message)

    def _welcomed(self, welcome: wire.Welcome) -> None:
        self.greeting.welcomed(welcome, self.world.now / 1000)
        self.open = True
        self.stock.say_again()
        for driver in self.drivers.values():
            driver.say_again()
        for message in self.session.welcomed():
            if isinstance(message, wire.ChunkDone | wire.DriverDone):
                self._deliver(message)
            else:
                self.post(message)

    # --- chunks -------------------------------------------------------------------------------------------------------

    def _lease_chunk(self, message: wire.LeaseChunk) -> None:
        self.briefs.learn(message, self.world.now / 1000)
        if not self._accept(message.lease):
            return
        work = self.briefs.complete(message)
        if work is None:
            self.session.give_back(message.lease, "unknown program")
            self.greeting.lost(self.world.now / 1000)
            return
        self.stock.fetch(self.briefs.awaited(work), lambda good: self._fetched(work, good))

    def _fetched(self, work: ChunkWork, good: bool) -> None:
        lease = work.message.lease
        if not good:
            self.post(*self.session.give_back(lease, "a blob was lost"))
            self._say_news()
            return
        self.briefs.arrived(work)
        if self.session.fetched(lease.number):
            self.chunk_slots.put(work)

    # --- drivers ------------------------------------------------------------------------------------------------------

    def _lease_driver(self, message: wire.LeaseDriver) -> None:
        if self._accept(message.lease):
            job = self.jobs[message.program.argv[0]]
            if isinstance(job, SessionSpec):
                raise Violation(f"{self.name} was to drive the session {job.ticket}")
            driver = SimDriver(self, message, job)
            self.drivers[message.lease.number] = driver
            self.stock.fetch(contents_of_program(message.program), lambda good: self._begin(driver, good))

    def _begin(self, driver: SimDriver, good: bool) -> None:
        lease = driver.lease
        if not good:
            self.post(*self.session.give_back(lease, "a blob was lost"))
            self._forget_driver(lease.number)
            self._say_news()
        elif self.session.fetched(lease.number):
            self.session.start(lease.number)
            driver.begin()

    def driver_ended(self, driver: SimDriver, done: wire.DriverDone) -> None:
        self.finish(done)
        if not self.session.holds(driver.lease.number):
            self._forget_driver(driver.lease.number)

    def _forget_driver(self, number: int) -> None:
        driver = self.drivers.pop(number, None)
        if driver is not None:
            driver.forget()

    # --- leases -------------------------------------------------------------------------------------------------------

    def _accept(self, lease: wire.Lease) -> bool:
        if self.laws.given.get(lease.number) is None:
            raise Violation(f"{self.name} got a lease that nobody granted: {lease}")
        answer = self.session.receive(lease, self._batches)
        if isinstance(answer, wire.Returned):
            self.post(answer)
            return False
        return answer

    def _stop(self, message: wire.Stop) -> None:
        number = message.lease.number
        phase = self.session.stop(message.lease)
        if phase is Phase.RUNNING and number in self.drivers:
            self.drivers[number].stop()
        else:
            self.chunk_slots.stop(message.lease)
        self._say_news()

    def finish(self, outcome: Report) -> None:
        if self.session.finish(outcome):
            self._deliver(outcome)
            self._keep(outcome)
        self._say_news()

    def _keep(self, outcome: Report) -> None:
        """Not every outcome is on disk when its worker is killed. Large values would need a store that outlives it."""
        small = isinstance(outcome, wire.ChunkDone) and outcome.values is not None and outcome.values.data is not None
        if small and outcome.lease.number % 2:
            self._spool[outcome.lease.number] = outcome

    def _deliver(self, outcome: Report) -> None:
        number = outcome.lease.number
        if isinstance(outcome, wire.ChunkDone) and (outcome.values is None or outcome.values.data is not None):
            self.post(outcome)
        elif number not in self._delivering:
            self._delivering.add(number)
            self.stock.upload(contents_of(outcome), lambda good: self._delivered(outcome, good))

    def _delivered(self, outcome: Report, good: bool) -> None:
        number = outcome.lease.number
        self._delivering.discard(number)
        if not good:
            outcome = self.session.revise(_without_blobs(outcome))
        if number in self.drivers:
            self.drivers[number].send_output()
        self.post(outcome)

    def _say_news(self) -> None:
        news = self.session.news()
        if news is not None:
            self.post(news)


def _without_blobs(outcome: Report) -> Report:
    reason = "its blobs were not taken"
    if isinstance(outcome, wire.ChunkDone):
        return replace(outcome, verdict="failed", values=None, reason=reason)
    return replace(outcome, verdict="failed", files=[], removed=[], reason=reason)
