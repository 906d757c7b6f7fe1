"""Every invariant of the scheduler over all its collections, for tests and for a distributor in doubt.

Costs as much as there is to look at; the scheduler never calls it by itself. A breach is a bug of ours and names the
things that disagree.
"""

from __future__ import annotations

from collections import Counter

from marx.core.board import Board
from marx.core.chunks import ChunkState
from marx.core.grants import fitting
from marx.core.ranges import Ranges
from marx.core.state import ChunkAttempt, DriverAttempt, Job, Pool, Region, Worker


class Broken(AssertionError):
    """Collections that should agree do not."""


def audit(board: Board) -> None:
    """Raises `Broken` at the first invariant that does not hold."""
    for worker in board.workers.values():
        _check_worker(board, worker)
    for job in board.jobs.values():
        _check_job(board, job)
    for pool in board.pools.values():
        _check_pool(board, pool)
    _check_leases(board)
    _check_deadlines(board)


def _must(holds: bool, text: str, *about: object) -> None:
    """`text` with `about` filled in, only if it is needed: there are many checks, and all hold."""
    if not holds:
        raise Broken(text % about if about else text)


# --- leases, workers --------------------------------------------------------------------------------------------------


def _check_leases(board: Board) -> None:
    held = sum(len(worker.chunks) + len(worker.drivers) for worker in board.workers.values())
    _must(held == len(board.leases), "%s leases live, workers hold %s", len(board.leases), held)
    for attempt in board.leases.live():
        lease, worker = attempt.lease, attempt.worker
        _must(board.jobs.get(lease.job) is attempt.job, "%s is of a job that has ended", lease)
        _must(board.workers.get(worker.name) is worker, "%s is of a worker that is not known", lease)
        _must(worker.state != "lost", "%s is of %s, which is lost", lease, worker.name)
        _must(worker.pool is attempt.job.pool, "%s is of another Python than %s", lease, worker.name)
        if isinstance(attempt, ChunkAttempt):
            _must(worker.chunks.get(lease.number) is attempt, "%s does not hold %s", worker.name, lease)
            _must(attempt.chunk.attempt is attempt, "the chunk of %s does not know of it", lease)
            region = attempt.region
            chunk = region.chunks.get(lease.chunk) or region.overtaken.get(lease.chunk)
            _must(chunk is attempt.chunk, "the chunk of %s is over", lease)
            _must(attempt.job.regions.get(lease.region) is attempt.region, "the region of %s is closed", lease)
        if isinstance(attempt, DriverAttempt):
            _must(worker.drivers.get(lease.number) is attempt, "%s does not hold %s", worker.name, lease)
            _must(attempt.job.driver is attempt, "%s is not the driver of its job", lease)


def _check_worker(board: Board, worker: Worker) -> None:
    name = worker.name
    started = [attempt for attempt in worker.chunks.values() if attempt.started_ms >= 0]
    waiting = [attempt for attempt in worker.waiting if attempt.live]
    _must(worker.running == len(started), "%s runs %s chunks, not %s", name, len(started), worker.running)
    _must(len(started) + len(waiting) == len(worker.chunks), "%s: running and waiting are not all its chunks", name)
    _must(not waiting or worker.running >= worker.slots, "%s has a free slot and a chunk that waits", name)
    unseen = sum(chunk for _, chunk in worker.unseen)
    said = worker.chunk_credit + unseen, worker.driver_credit + len(worker.unseen) - unseen
    _must(min(said) >= 0, "%s was given more than it said", name)
    numbers = [number for number, _ in worker.unseen]
    _must(numbers == sorted(set(numbers)), "%s: unseen grants out of order", name)
    if worker.state == "lost":
        _must(not worker.chunks and not worker.drivers, "%s is lost and holds leases", name)
    ready = worker.state == "ready"
    takes = ready and worker.chunk_credit > 0
    idle = takes and len(worker.chunks) < worker.slots
    places = ((worker.pool.idle, idle), (worker.pool.spare, takes and not idle))
    for queue, belongs in (*places, (worker.pool.seats, ready and worker.driver_credit > 0)):
        _must((name in queue) == belongs, "%s is in the wrong queues", name)
    _must(
        worker.state == "lost" or ("worker", name, 0) in board.deadlines, "nobody will notice when %s is silent", name
    )


# --- jobs, regions ----------------------------------------------------------------------------------------------------


def _check_job(board: Board, job: Job) -> None:
    name, pool = job.name, job.pool
    _must(name not in board.ended, f"{name} is live and ended")
    _must(job.driver is None or job.driver.lease.number in board.leases, f"the driver of {name} has no lease")
    _must((name in pool.seat_turns) == job.wants_driver, f"{name} does not queue for a seat as it should")
    wanting = {number for number, region in job.regions.items() if _wants(region)}
    _must(set(job.wanting) == wanting, f"{name}: regions {sorted(wanting)} want chunks, not {sorted(job.wanting)}")
    _must((name in pool.chunk_turns) == bool(wanting), f"{name} does not queue for chunks as it should")
    for region in job.regions.values():
        _check_region(region)


def _wants(region: Region) -> bool:
    return bool(region.ungranted) and not region.orphaned and not region.job.held


def _check_region(region: Region) -> None:
    name = f"{region.job.name}/{region.number}"
    every = Ranges()
    for part in (region.uncut, region.done, ((start, stop) for start, stop, _ in region.given_up)):
        for start, stop in part:
            every.add(start, stop)  # raises if an item is there twice
    for chunk in region.chunks.values():
        every.add(chunk.start, chunk.stop)
        leased = chunk.state is ChunkState.LEASED
        _must(
            leased or chunk.state is ChunkState.PENDING, f"{name}/{chunk.number} is {chunk.state} and still outstanding"
        )
        held = "a lease" if chunk.attempt is not None else "no lease"
        _must(leased == (chunk.attempt is not None), f"{name}/{chunk.number} is {chunk.state} with {held}")
        _must(chunk.number < region.next_chunk, f"{name}/{chunk.number} has a number that will be used again")
    for chunk in region.overtaken.values():
        _must(
            chunk.state is ChunkState.OVERTAKEN and chunk.attempt is not None,
            f"{name}/{chunk.number} is {chunk.state} among the overtaken",
        )
        over = [*region.done.within(chunk.start, chunk.stop), *_given_up(region, chunk.start, chunk.stop)]
        _must(not over, f"{name}/{chunk.number} runs on though items {over} are over")
    whole = [(region.first, region.count)] if region.first < region.count else []
    _must(list(every) == whole, f"{name}: items {every!r} are somewhere, not {whole}")
    _check_sums(name, region)


def _given_up(region: Region, start: int, stop: int) -> list[tuple[int, int]]:
    return [(one, other) for one, other, _ in region.given_up if one < stop and start < other]


def _check_sums(name: str, region: Region) -> None:
    items: Counter[ChunkState] = Counter()
    for chunk in region.chunks.values():
        items[chunk.state] += chunk.stop - chunk.start
    _must(region.leased_items == items[ChunkState.LEASED], f"{name}: leased items are not {region.leased_items}")
    _must(region.pending_items == items[ChunkState.PENDING], f"{name}: pending items are not {region.pending_items}")
    waiting = {(chunk.start, chunk.number) for chunk in region.chunks.values() if chunk.state is ChunkState.PENDING}
    _must(waiting <= set(region.pending), f"{name}: a pending chunk is in no queue")


# --- pools, deadlines -------------------------------------------------------------------------------------------------


def _check_pool(board: Board, pool: Pool) -> None:
    slots = sum(worker.slots for worker in board.workers.values() if worker.pool is pool and worker.state == "ready")
    _must(pool.slots == slots, f"Python {pool.python} has {slots} slots, not {pool.slots}")
    for turns in (pool.seat_turns, pool.chunk_turns):
        for job in turns.jobs():
            _must(job in board.jobs, f"{job} has ended and still queues")
    for turns, queue, text in (
        (pool.seat_turns, pool.seats, "a driver waits though a seat is free"),
        (pool.chunk_turns, pool.idle, "a chunk waits though a slot is free"),
    ):
        for job in turns.jobs():
            _must(not fitting(queue, board.jobs[job]), f"Python {pool.python}: {text} for {job}")


def _check_deadlines(board: Board) -> None:
    for kind, name, region in board.deadlines:
        if kind == "worker":
            _must(name in board.workers, f"a deadline of worker {name}, which is not known")
        else:
            _must(name in board.jobs, f"a deadline ({kind}) of job {name}, which has ended")
        if kind == "tail":
            _must(region in board.jobs[name].regions, f"a deadline of region {name}/{region}, which is closed")
