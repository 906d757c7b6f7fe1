"""A lab in one process: model workers and drivers around the real scheduler, with every kind of bad luck, from one
seed.

Time is a number. Messages take a while, get lost with their connection, come twice; workers are switched off, hang,
come back, and cannot have sandboxes; attempts fail, kill, time out; the distributor itself is killed and begins again
from its journal. In phase one all of that happens, and nothing may ever be wrong (`Play` looks after every event).
Then the lab heals, and everything must come to its end.
"""

from __future__ import annotations

from heapq import heappop, heappush
from random import Random

from msgspec.structs import replace

from marx.core.events import (
    DRIVER,
    ChunkEnded,
    DriverEnded,
    Event,
    Held,
    JobCancelled,
    JobSubmitted,
    Lease,
    RegionClosed,
    RegionOpened,
    Tick,
    Verdict,
    WorkerBeat,
    WorkerJoined,
    WorkerLost,
    WorkerReady,
)
from marx.core.instructions import (
    DropOutcome,
    FinishJob,
    GiveUpItems,
    GrantChunk,
    GrantDriver,
    Instruction,
    InterruptDriver,
    KeepOutcome,
    StopAttempt,
)
from marx.core.scheduler import Settings

from .models import ModelJob, ModelRegion, ModelWorker, ranges
from .play import Play

SETTINGS = Settings(lease_ms=2_000, settle_ms=500, ageing_ms=3_000, closed_kept=2)
BEAT_MS = 400
TROUBLE_MS = 12_000
HEALED_MS = 600_000
PILOT = 2
"""Items that a driver does itself at most before it opens a region."""
PYTHONS = ("3.11", "3.12")


class Lab:
    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.play = Play(SETTINGS)
        self.epoch = 1
        self.now = 0
        self.healed = False
        self.order = 0
        self.agenda: list[tuple[int, int, str, tuple[object, ...]]] = []
        self.workers = {
            f"w{n}": ModelWorker(f"w{n}", self.chance.randint(1, 3), self.chance.randint(1, 3), self._python(n))
            for n in range(self.chance.randint(2, 5))
        }
        self.jobs = {f"job{n}": self._job(n) for n in range(self.chance.randint(1, 4))}

    def _python(self, n: int) -> str:
        return PYTHONS[0] if n == 0 or self.chance.random() < 0.8 else PYTHONS[1]

    def _job(self, n: int) -> ModelJob:
        chance = self.chance
        regions = [
            ModelRegion(number, chance.choice([1, 3, 17, 60]), chance.choice([0.5, 30, 400]))
            for number in range(chance.randint(0, 3))
        ]
        return ModelJob(f"job{n}", chance.choice(["ann", "bob"]), PYTHONS[0], regions)

    # --- the run ------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        for job in self.jobs.values():
            self.later(self.chance.randint(0, 2_000), "submit", job)
        for worker in self.workers.values():
            self.later(self.chance.randint(0, 1_000), "switch_on", worker)
        for _ in range(self.chance.randint(2, 14)):
            self.later(self.chance.randint(0, TROUBLE_MS), "trouble")
        self.later(TROUBLE_MS, "heal")
        self.later(TROUBLE_MS + HEALED_MS, "give_up_hope")
        while any(job.end is None for job in self.jobs.values()):
            self._step()
        for job in self.jobs.values():
            self._check_job(job)

    def later(self, delay_ms: int, what: str, *about: object) -> None:
        self.order += 1
        heappush(self.agenda, (self.now + delay_ms, self.order, what, about))

    def _step(self) -> None:
        due = self.play.scheduler.next_deadline_ms()
        if due is not None and due < self.agenda[0][0]:
            self.now = max(self.now, due)
            self.tell(Tick())
            return
        self.now, _, what, about = heappop(self.agenda)
        getattr(self, what)(*about)

    def tell(self, event: Event) -> None:
        for instruction in self.play.tell(event, self.now):
            self._carry_out(instruction)

    def give_up_hope(self) -> None:
        stuck = {job.name: self.play.scheduler.job_state(job.name) for job in self.jobs.values() if job.end is None}
        raise AssertionError(f"never ended: {stuck}; workers {self.play.scheduler.workers()}")

    def _check_job(self, job: ModelJob) -> None:
        assert job.end is not None
        if job.end.state == "done":
            for region in job.regions:
                pilot = set(range(min(PILOT, region.count)))
                assert pilot | region.kept | region.given_up >= set(range(region.count)), (
                    f"{job.name} went on without items"
                )
        else:
            assert job.cancelled or job.end.state == "failed"

    # --- the shell ----------------------------------------------------------------------------------------------------

    def _carry_out(self, instruction: Instruction) -> None:
        match instruction:
            case GrantDriver(name, lease):
                job = self.jobs[lease.job]
                job.driver, job.at = lease, None
                self._send(name, "arrives_driver", lease)
            case GrantChunk(name, lease, start, stop):
                self._send(name, "arrives_chunk", Held(lease, start, stop))
            case StopAttempt(name, lease):
                self._send(name, "arrives_stop", lease)
            case InterruptDriver(name, lease):
                self._send(name, "arrives_interrupt", lease)
            case KeepOutcome(name, lease, start, stop):
                self.jobs[lease.job].regions[lease.region].kept.update(range(start, stop))
                self._send(name, "arrives_ack", lease.number)
                self.later(1, "driver_looks", self.jobs[lease.job])
            case DropOutcome(name, lease):
                self._send(name, "arrives_ack", lease.number)
            case GiveUpItems(name, number, start, stop):
                self.jobs[name].regions[number].given_up.update(range(start, stop))
                self.later(1, "driver_looks", self.jobs[name])
            case FinishJob(name):
                assert self.jobs[name].end is None
                self.jobs[name].end = instruction

    def _send(self, name: str, what: str, about: object) -> None:
        """Arrives a little later, or never if the connection is another one by then, or is bad."""
        if self.healed or self.chance.random() > 0.02:
            worker = self.workers[name]
            worker.arrives_ms = max(worker.arrives_ms, self.now + self.chance.randint(1, 30))
            self.later(worker.arrives_ms - self.now, "arrive", worker, worker.connection, what, about)

    def arrive(self, worker: ModelWorker, connection: int, what: str, about: object) -> None:
        if worker.alive and worker.connection == connection:
            getattr(self, what)(worker, about)

    def submit(self, job: ModelJob) -> None:
        if job.end is None:
            self.tell(JobSubmitted(job.name, job.user, job.python, priority=self.chance.randint(0, 1)))

    def _restart(self) -> None:
        """The distributor is killed; what was not kept is gone, and so are all connections."""
        self.epoch += 1
        known = [job for job in self.jobs.values() if self.play.scheduler.job_state(job.name) is not None]
        self.play = Play(SETTINGS, self.epoch)
        for job in known:
            if job.end is None:
                self.tell(JobSubmitted(job.name, job.user, job.python, resumed=True))
                for opened in list(job.opened.values()):
                    region = job.regions[opened.region]
                    self.tell(replace(opened, done=ranges(region.kept)))
                    self.play.witness.kept[job.name, region.number] = set(region.kept)
        for worker in self.workers.values():
            if worker.alive:
                worker.connection += 1
                self.later(self.chance.randint(1, 900), "hello", worker, worker.connection)

    # --- workers ------------------------------------------------------------------------------------------------------

    def switch_on(self, worker: ModelWorker) -> None:
        if not worker.alive:
            worker.alive = True
            worker.hangs = False
            worker.seen = 0
            worker.drivers, worker.chunks, worker.running = {}, {}, set()
            worker.unacknowledged, worker.undelivered = {}, []
            worker.process += 1
            worker.connection += 1
            self.hello(worker, worker.connection)
            self.later(BEAT_MS, "beats", worker, worker.process)

    def hello(self, worker: ModelWorker, connection: int) -> None:
        if not worker.alive or worker.connection != connection:
            return
        held = worker.holds()
        self._tell_by(worker, WorkerJoined(worker.name, worker.slots, worker.seats, worker.python, held=held))
        for word in (*(ended for _, ended in worker.unacknowledged.values()), *worker.undelivered):
            self._tell_by(worker, word)
        self._says_ready(worker)

    def beats(self, worker: ModelWorker, process: int) -> None:
        if worker.alive and worker.process == process:
            self._tell_by(worker, WorkerBeat(worker.name, tuple(held.lease.number for held in worker.holds())))
            self._says_ready(worker)
            self.later(BEAT_MS, "beats", worker, process)

    def _says_ready(self, worker: ModelWorker) -> None:
        chunks = max(0, worker.slots + 2 - len(worker.chunks))
        drivers = max(0, worker.seats - len(worker.drivers))
        self._tell_by(worker, WorkerReady(worker.name, chunks, drivers, worker.seen))

    def _tell_by(self, worker: ModelWorker, event: Event) -> None:
        """Word of a worker, in order and without loss as long as its connection lasts."""
        if not worker.hangs:
            self.later(5, "word_of", worker, worker.connection, event)

    def _driver_says(self, worker: ModelWorker, event: Event) -> None:
        worker.undelivered.append(event)
        self._tell_by(worker, event)

    def word_of(self, worker: ModelWorker, connection: int, event: Event) -> None:
        if worker.connection != connection or not worker.alive:
            return
        if event in worker.undelivered:
            worker.undelivered.remove(event)
        if isinstance(event, RegionOpened):
            event = self._journal_opened(event)
        elif isinstance(event, RegionClosed) and self.jobs[event.lease.job].driver == event.lease:
            self.jobs[event.lease.job].opened.pop(event.region, None)
        elif isinstance(event, WorkerJoined):
            event = replace(event, held=tuple(one for one in event.held if self._may_hold(worker, one)))
        self.tell(event)
        if isinstance(event, RegionOpened):
            self.driver_looks(self.jobs[event.lease.job])

    def _may_hold(self, worker: ModelWorker, held: Held) -> bool:
        """The journal knows whose driver counts; another is stopped without asking the scheduler."""
        if held.lease.chunk != DRIVER or self.jobs[held.lease.job].driver == held.lease:
            return True
        self._send(worker.name, "arrives_stop", held.lease)
        return False

    def _journal_opened(self, event: RegionOpened) -> RegionOpened:
        job = self.jobs[event.lease.job]
        event = replace(event, done=ranges(job.regions[event.region].kept))
        if job.driver == event.lease:
            job.opened[event.region] = event
            job.at = event
        return event

    def arrives_driver(self, worker: ModelWorker, lease: Lease) -> None:
        worker.seen = max(worker.seen, lease.number)
        worker.drivers[lease.number] = lease
        self.later(self.chance.randint(1, 50), "driver_goes_on", worker, lease, 0)

    def arrives_chunk(self, worker: ModelWorker, held: Held) -> None:
        worker.seen = max(worker.seen, held.lease.number)
        worker.chunks[held.lease.number] = held
        self._fill_slots(worker)

    def arrives_stop(self, worker: ModelWorker, lease: Lease) -> None:
        worker.drivers.pop(lease.number, None)
        worker.chunks.pop(lease.number, None)
        worker.running.discard(lease.number)
        worker.unacknowledged.pop(lease.number, None)
        self._fill_slots(worker)
        self._says_ready(worker)

    def arrives_interrupt(self, worker: ModelWorker, lease: Lease) -> None:
        """A program may take no notice."""

    def arrives_ack(self, worker: ModelWorker, number: int) -> None:
        worker.unacknowledged.pop(number, None)

    def _fill_slots(self, worker: ModelWorker) -> None:
        for number, held in worker.chunks.items():
            if len(worker.running) < worker.slots and number not in worker.running:
                worker.running.add(number)
                region = self.jobs[held.lease.job].regions[held.lease.region]
                took_ms = int(region.item_ms * (held.stop - held.start) * self.chance.uniform(0.5, 2))
                if not self.healed and self.chance.random() < 0.03:
                    took_ms += 20_000
                self.later(max(1, took_ms), "chunk_ends", worker, held, took_ms)

    def chunk_ends(self, worker: ModelWorker, held: Held, took_ms: int) -> None:
        number = held.lease.number
        if not worker.alive or worker.chunks.get(number) != held or number not in worker.running:
            return
        del worker.chunks[number]
        worker.running.discard(number)
        ended = ChunkEnded(worker.name, held.lease, self._verdict(worker), took_ms * 1_000_000, "bad luck")
        worker.unacknowledged[number] = (held, ended)
        self._tell_by(worker, ended)
        if self.chance.random() < 0.1:
            self._tell_by(worker, ended)
        self._fill_slots(worker)
        self._says_ready(worker)

    def _verdict(self, worker: ModelWorker) -> Verdict:
        if worker.sick:
            return self.chance.choice(["sandbox", "returned"])
        if not self.healed and self.chance.random() < 0.1:
            return self.chance.choice(["failed", "timeout", "memory", "killed", "returned"])
        return "done"

    # --- drivers ------------------------------------------------------------------------------------------------------

    def driver_goes_on(self, worker: ModelWorker, lease: Lease, region: int) -> None:
        """The driver reaches its next region, or its end."""
        job = self.jobs[lease.job]
        if not worker.alive or lease.number not in worker.drivers:
            return
        if not self.healed and self.chance.random() < 0.04:
            del worker.drivers[lease.number]
            verdict: Verdict = self.chance.choice(["sandbox", "returned", "killed"])
            self._driver_says(worker, DriverEnded(worker.name, lease, verdict, "bad luck"))
        elif region == len(job.regions):
            del worker.drivers[lease.number]
            self._driver_says(worker, DriverEnded(worker.name, lease, "done"))
        else:
            self._opens(worker, job, lease, region)

    def _opens(self, worker: ModelWorker, job: ModelJob, lease: Lease, number: int) -> None:
        region = job.regions[number]
        first = self.chance.randint(0, min(PILOT, region.count - 1))
        item_ns = max(1, int(region.item_ms * 1e6))
        self._driver_says(worker, RegionOpened(lease, number, first, region.count, item_ns))

    def driver_looks(self, job: ModelJob) -> None:
        """If the driver has all items of its region, it closes it and goes on."""
        opened = job.at
        worker = next(
            (w for w in self.workers.values() if opened and w.alive and opened.lease.number in w.drivers), None
        )
        if worker is None or opened is None:
            return
        region = job.regions[opened.region]
        if region.kept | region.given_up >= set(range(opened.first, region.count)):
            job.at = None
            self._driver_says(worker, RegionClosed(opened.lease, region.number))
            self.later(self.chance.randint(6, 40), "driver_goes_on", worker, opened.lease, region.number + 1)

    # --- bad luck -----------------------------------------------------------------------------------------------------

    def trouble(self) -> None:
        if self.healed:
            return
        worker = self.chance.choice(list(self.workers.values()))
        match self.chance.choice(["off", "off", "hang", "reconnect", "goodbye", "sick", "restart", "cancel"]):
            case "off":
                self._switch_off(worker)
            case "hang":
                worker.hangs = True
                self.later(self.chance.choice([500, 5_000]), "reconnect", worker)
            case "reconnect":
                self.reconnect(worker)
            case "goodbye":
                self._switch_off(worker)
                self.tell(WorkerLost(worker.name))
            case "sick":
                worker.sick = True
            case "restart":
                self._restart()
            case "cancel" if self.chance.random() < 0.3:
                job = self.chance.choice(list(self.jobs.values()))
                job.cancelled = True
                self.tell(JobCancelled(job.name))

    def _switch_off(self, worker: ModelWorker) -> None:
        worker.alive = False
        worker.connection += 1
        self.later(self.chance.choice([10, 4_000]), "switch_on", worker)

    def reconnect(self, worker: ModelWorker) -> None:
        if worker.alive:
            worker.hangs = False
            worker.connection += 1
            self.hello(worker, worker.connection)

    def heal(self) -> None:
        """From now on nothing more goes wrong; who was sick is started again, all others connect again."""
        self.healed = True
        for job in self.jobs.values():
            self.submit(job)
        for worker in self.workers.values():
            worker.alive = worker.alive and not worker.sick
            worker.sick = False
            self.later(self.chance.randint(1, 100), "reconnect" if worker.alive else "switch_on", worker)
        self.later(5_000, "mend")

    def mend(self) -> None:
        """What was still on its way may have got a worker set aside after all: somebody looks after it."""
        for state in self.play.scheduler.workers():
            if state.state == "set-aside":
                self.reconnect(self.workers[state.worker])
