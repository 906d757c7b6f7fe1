"""Who gets what now: driver seats, chunks for free slots, chunks to have at hand.

In this order, and each by its queue of workers and its turns of jobs, so that one grant costs the same whatever there
is of either. The rule that holds throughout: never more than the worker's credit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from heapq import heappop
from itertools import islice

from marx.core.board import Board
from marx.core.chunks import ChunkState, Move
from marx.core.instructions import GrantChunk, GrantDriver
from marx.core.sizing import chunk_items, chunk_ms
from marx.core.state import Chunk, Job, Pool, Region, Worker

OTHERS = 4
"""How many workers are looked at for one that a chunk has not ended badly on."""
MANY = 16
"""How many workers are looked at for the fastest."""
DEAR = 2
"""A chunk of more than so many target times is not sent ahead: the wait would cost more than the round trip that it
saves."""


def assign(board: Board, pool: Pool) -> None:
    """Grants everything that can be granted in this pool."""
    if pool.seats and pool.seat_turns:
        _assign_seats(board, pool)
    if pool.chunk_turns and (pool.idle or pool.spare):
        _assign_chunks(board, pool)


def _assign_seats(board: Board, pool: Pool) -> None:
    with pool.seat_turns.passing() as turns:
        while pool.seats and (name := turns.first()) is not None:
            job = board.jobs[name]
            if suited := fitting(pool.seats, job):
                _grant_driver(board, _pick(suited, job.driver_avoid), job)
            else:
                turns.pass_over(name)


def _assign_chunks(board: Board, pool: Pool) -> None:
    with pool.chunk_turns.passing() as turns:
        while pool.idle and (name := turns.first()) is not None:
            job = board.jobs[name]
            if suited := fitting(pool.idle, job):
                _grant_next_chunk(board, suited, _region_in_turn(job))
            else:
                turns.pass_over(name)
        while pool.spare and (name := turns.first()) is not None:
            job = board.jobs[name]
            if suited := fitting(pool.spare, job):
                region, worker = _region_in_turn(job), next(iter(suited.values()))
                if not _may_send_ahead(board, region, worker):
                    return
                _grant_chunk(board, worker, region, _cut(board, region, worker))
            else:
                turns.pass_over(name)


def fitting(queue: OrderedDict[str, Worker], job: Job) -> Mapping[str, Worker]:
    """The workers of a queue that may run the job: the queue itself, unless the job asks for some of them."""
    if job.only is None:
        return queue
    return {name: worker for name, worker in queue.items() if name in job.only}


def _pick(queue: Mapping[str, Worker], avoid: set[str]) -> Worker:
    """The worker in turn, or one soon after it that is not to be avoided."""
    for worker in islice(queue.values(), OTHERS):
        if worker.name not in avoid:
            return worker
    return next(iter(queue.values()))


def _pick_fastest(workers: Mapping[str, Worker], region: Region) -> Worker:
    """For items that somebody is late with: a worker that is not, the fastest of the next few."""
    late, next_ones = _late_with(region), islice(workers.values(), MANY)
    return max(next_ones, key=lambda worker: (worker.name not in late, worker.speed))


def _grant_driver(board: Board, worker: Worker, job: Job) -> None:
    lease = board.driver_lease(job)
    board.begin_driver(worker, job, lease)
    _spend(board, worker, lease.number, chunk=False)
    board.served(job)
    board.out.append(GrantDriver(worker.name, lease, board.slots_for(job)))


def _grant_next_chunk(board: Board, workers: Mapping[str, Worker], region: Region) -> None:
    """A chunk that came back, the lowest items first as the driver wants them in order; else a new one."""
    chunk = _pending_chunk(region)
    if chunk is not None:
        worker = _pick(workers, chunk.avoid)
    else:
        worker = _pick_fastest(workers, region) if region.overtaken else _pick(workers, set())
        chunk = _cut(board, region, worker)
    _grant_chunk(board, worker, region, chunk)


def _grant_chunk(board: Board, worker: Worker, region: Region, chunk: Chunk) -> None:
    chunk.move(Move.LEASE)
    lease = board.chunk_lease(region, chunk)
    board.begin_chunk(worker, region, chunk, lease)
    region.leased_items += chunk.stop - chunk.start
    if not region.ungranted:
        board.refresh(region)
    _spend(board, worker, lease.number, chunk=True)
    board.served(region.job)
    timeout_ms = board.chunk_limit_ms(region.job)
    board.out.append(GrantChunk(worker.name, lease, chunk.start, chunk.stop, timeout_ms))


def _spend(board: Board, worker: Worker, number: int, *, chunk: bool) -> None:
    """Takes one credit; the worker goes to the end of its queues."""
    worker.unseen.append((number, chunk))
    if chunk:
        worker.chunk_credit -= 1
    else:
        worker.driver_credit -= 1
    board.place(worker)
    for queue in (worker.pool.idle, worker.pool.spare) if chunk else (worker.pool.seats,):
        if worker.name in queue:
            queue.move_to_end(worker.name)


# --- which chunk ------------------------------------------------------------------------------------------------------


def _region_in_turn(job: Job) -> Region:
    """The innermost one: its values are what the driver waits for."""
    return next(reversed(job.wanting.values()))


def _pending_chunk(region: Region) -> Chunk | None:
    while region.pending:
        number = heappop(region.pending)[1]
        chunk = region.chunks.get(number)
        if chunk is not None and chunk.state is ChunkState.PENDING:
            region.pending_items -= chunk.stop - chunk.start
            return chunk
    return None


def _late_with(region: Region) -> set[str]:
    """Workers that have the items which are cut next, and are late with them."""
    start, stop = next(iter(region.uncut))
    late = [chunk for chunk in region.overtaken.values() if chunk.overlaps(start, stop)]
    return {chunk.attempt.worker.name for chunk in late if chunk.attempt is not None}


def _cut(board: Board, region: Region, worker: Worker) -> Chunk:
    start, stop = region.uncut.cut(_size(board, region, worker))
    chunk = Chunk(region.next_chunk, start, stop)
    region.next_chunk += 1
    region.chunks[chunk.number] = chunk
    return chunk


def _size(board: Board, region: Region, worker: Worker) -> int:
    slots = board.slots_for(region.job)
    items = chunk_items(region.cost, region.ungranted, slots, board.settings, worker.speed)
    return min(items, region.items_max) if region.items_max else items


def _may_send_ahead(board: Board, region: Region, worker: Worker) -> bool:
    """Whether a busy worker may have a chunk at hand: only while every slot could still get one of those that stay."""
    if region.pending_items:
        return False
    size = _size(board, region, worker)
    enough = region.uncut.items > size * board.slots_for(region.job)
    return enough and chunk_ms(region.cost, size) / worker.speed <= DEAR * board.settings.target_ms
