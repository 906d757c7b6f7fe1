"""The scheduler's collections and the few moves that keep them in step.

Owns the consistency between records that mirror one another (leases and workers, credit and queues, jobs and turns);
knows no events and no policy. Instructions are put into `out` in the order in which the shell must carry them out.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from marx.core.answers import JobState
from marx.core.deadlines import Deadlines, Key
from marx.core.events import DRIVER, Lease
from marx.core.fairness import Shares, Turns
from marx.core.instructions import Instruction, StopAttempt, Story
from marx.core.leases import Leases
from marx.core.settings import Settings
from marx.core.sizing import chunk_ms
from marx.core.state import Attempt, Chunk, ChunkAttempt, DriverAttempt, Job, Pool, Region, StateOfWorker, Worker


def worker_key(worker: Worker) -> Key:
    return ("worker", worker.name, 0)


def tail_key(region: Region) -> Key:
    return ("tail", region.job.name, region.number)


def chunk_name(region: Region, chunk: Chunk) -> str:
    return f"{region.job.name}/{region.number}/{chunk.number}"


class Board:
    def __init__(self, settings: Settings, epoch: int) -> None:
        self.settings = settings
        self.now_ms = 0
        self.workers: dict[str, Worker] = {}
        self.jobs: dict[str, Job] = {}
        self.ended: OrderedDict[str, JobState] = OrderedDict()
        self.pools: dict[str, Pool] = {}
        self.leases = Leases(epoch)
        self.deadlines = Deadlines()
        self.shares = Shares(settings.half_life_ms)
        self.counts: Counter[str] = Counter()
        self.out: list[Instruction] = []
        self.touched: dict[str, Pool] = {}
        """Pools in which something may be granted that could not before this event."""

    # --- saying -------------------------------------------------------------------------------------------------------

    def story(self, about: str, text: str, *, again: bool = False, **fields: str | int) -> None:
        self.out.append(Story(about, text, fields, again))

    def stop(self, attempt: Attempt, reason: str) -> None:
        self.out.append(StopAttempt(attempt.worker.name, attempt.lease, reason))

    # --- pools and workers --------------------------------------------------------------------------------------------

    def pool(self, python: str) -> Pool:
        """The pool of a Python version, by its first two numbers."""
        minor = ".".join(python.split(".")[:2])
        if minor not in self.pools:
            self.pools[minor] = Pool(minor, Turns(self.shares), Turns(self.shares))
        return self.pools[minor]

    def slots_for(self, job: Job) -> int:
        """Slots of the ready workers that may run the job."""
        if job.only is None:
            return job.pool.slots
        named = (self.workers[name] for name in job.only if name in self.workers)
        return sum(worker.slots for worker in named if worker.pool is job.pool and worker.state == "ready")

    def touch(self, pool: Pool) -> None:
        self.touched[pool.python] = pool

    def place(self, worker: Worker) -> None:
        """Puts the worker into the queues where its credit, slots and state say it belongs, and out of the others."""
        pool, name = worker.pool, worker.name
        ready = worker.state == "ready"
        takes = ready and worker.chunk_credit > 0
        idle = takes and len(worker.chunks) < worker.slots
        self._queue(pool.idle, worker, idle)
        self._queue(pool.spare, worker, takes and not idle)
        self._queue(pool.seats, worker, ready and worker.driver_credit > 0)
        if takes or name in pool.seats:
            self.touch(pool)

    def set_state(self, worker: Worker, state: StateOfWorker, reason: str = "") -> None:
        """Changes what the worker may get, and with it how many slots its pool has."""
        before = worker.pool.slots
        if worker.state == "ready":
            worker.pool.slots -= worker.slots
        worker.state, worker.reason = state, reason
        if state == "ready":
            worker.pool.slots += worker.slots
        if worker.pool.slots != before:
            worker.pool.churn.changed(before, worker.pool.slots, self.now_ms)
        self.place(worker)

    @staticmethod
    def _queue(queue: OrderedDict[str, Worker], worker: Worker, belongs: bool) -> None:
        if not belongs:
            queue.pop(worker.name, None)
        elif worker.name not in queue:
            queue[worker.name] = worker

    def arm(self, worker: Worker) -> None:
        """Wakes the scheduler when the worker's silence, or a lease of it, can next be due."""
        self.deadlines.advance(worker_key(worker), worker.heard_ms + self.settings.lease_ms)

    # --- attempts -----------------------------------------------------------------------------------------------------

    def begin_chunk(
        self, worker: Worker, region: Region, chunk: Chunk, lease: Lease, *, adopted: bool = False
    ) -> ChunkAttempt:
        """Books a live chunk lease everywhere. The chunk's own state is the caller's."""
        cost_ms = chunk_ms(region.cost, chunk.stop - chunk.start)
        attempt = ChunkAttempt(
            lease,
            worker,
            region.job,
            self.now_ms,
            self.now_ms + self.settings.lease_ms,
            region=region,
            chunk=chunk,
            charged_ms=cost_ms,
            adopted=adopted,
        )
        self.shares.charge(region.job.user, cost_ms, self.now_ms)
        self.leases.add(attempt)
        chunk.attempt = attempt
        worker.chunks[lease.number] = attempt
        worker.waiting.append(attempt)
        self.start_waiting(worker)
        return attempt

    def begin_driver(self, worker: Worker, job: Job, lease: Lease) -> None:
        """Books a live driver lease everywhere. The job's own time runs from its first."""
        expires_ms = self.now_ms + self.settings.lease_ms
        attempt = DriverAttempt(lease, worker, job, self.now_ms, expires_ms)
        self.leases.add(attempt)
        worker.drivers[lease.number] = attempt
        job.driver = attempt
        job.pool.seat_turns.leave(job.name)
        if job.timeout_ms and not job.started:
            self.deadlines.set(("limit", job.name, 0), self.now_ms + job.timeout_ms)
        job.started = True

    def end_chunk(self, attempt: ChunkAttempt) -> None:
        """Takes a chunk lease out of everything. The chunk's own state is the caller's."""
        worker = attempt.worker
        attempt.live = False
        self.leases.remove(attempt)
        attempt.chunk.attempt = None
        del worker.chunks[attempt.lease.number]
        if attempt.started_ms >= 0:
            worker.running -= 1
            self.start_waiting(worker)
        self.place(worker)

    def end_driver(self, attempt: DriverAttempt) -> None:
        """Takes a driver lease out of everything: the job has no driver then, and its open regions are orphaned."""
        job = attempt.job
        self.leases.remove(attempt)
        del attempt.worker.drivers[attempt.lease.number]
        job.driver = None
        for region in job.regions.values():
            self.refresh(region)

    def start_waiting(self, worker: Worker) -> None:
        """The next waiting chunks have a slot now. Workers take their chunks in order, so this is a good guess."""
        while worker.state != "lost" and worker.running < worker.slots and worker.waiting:
            attempt = worker.waiting.popleft()
            if attempt.live:
                attempt.started_ms = self.now_ms
                worker.running += 1
                limit_ms = self.chunk_limit_ms(attempt.job)
                if limit_ms:
                    self.deadlines.advance(worker_key(worker), self.overdue_ms(attempt, limit_ms))

    def chunk_limit_ms(self, job: Job) -> int:
        return job.chunk_timeout_ms or self.settings.timeout_ms

    def overdue_ms(self, attempt: ChunkAttempt, limit_ms: int) -> int:
        """When a running chunk is ended from here. The worker's own clock is nearer and goes first, hence the grace."""
        return attempt.started_ms + limit_ms + self.settings.lease_ms

    # --- turns --------------------------------------------------------------------------------------------------------

    def want_seat(self, job: Job) -> None:
        """The job has no driver and queues for one, unless it waits for its old one to come back or is paused."""
        if job.wants_driver:
            key = float(self.settings.patience * job.submitted_ms)
            job.pool.seat_turns.enter(job.name, job.user, job.level, key)
            self.touch(job.pool)

    def refresh(self, region: Region) -> None:
        """Puts the region among those of its job that want chunks, or takes it out, and its job in or out of the turns.

        An open region that wants none but still has some running is looked at for stragglers.
        """
        job = region.job
        if region.ungranted and not region.orphaned and not job.held:
            if region.number not in job.wanting:
                job.wanting[region.number] = region
                self.want_chunks(job)
            self.touch(job.pool)
        elif job.wanting.pop(region.number, None) is not None and not job.wanting:
            job.pool.chunk_turns.leave(job.name)
        if region.chunks and not region.ungranted and not region.orphaned:
            self.deadlines.advance(tail_key(region), self.now_ms + self.settings.look_ms)
        else:
            self.deadlines.cancel(tail_key(region))

    def want_chunks(self, job: Job) -> None:
        """Queues the job by the work of its innermost region, the one that its driver waits for."""
        region = next(reversed(job.wanting.values()))
        key = self.settings.patience * job.submitted_ms + chunk_ms(region.cost, region.ungranted)
        job.pool.chunk_turns.enter(job.name, job.user, job.level, key)

    def served(self, job: Job) -> None:
        """The job got something: what it rose by waiting is used up."""
        job.served_ms = self.now_ms
        if job.level != job.priority:
            self.set_level(job, job.priority)

    def set_level(self, job: Job, level: int) -> None:
        job.level = level
        if job.name in job.pool.seat_turns:
            self.want_seat(job)
        if job.wanting:
            self.want_chunks(job)

    # --- leases -------------------------------------------------------------------------------------------------------

    def driver_lease(self, job: Job) -> Lease:
        job.driver_tries += 1
        return Lease(self.leases.issue(), job.name, DRIVER, DRIVER, job.driver_tries)

    def chunk_lease(self, region: Region, chunk: Chunk) -> Lease:
        chunk.tries += 1
        return Lease(self.leases.issue(), region.job.name, region.number, chunk.number, chunk.tries)
