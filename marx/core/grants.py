"""Who gets what now: driver seats, chunks for free slots, chunks to have at hand, backup attempts.

In this order, and each by its queue of workers and its turns of jobs, so that one grant costs the same whatever there
is of either. The rule that holds throughout: never more than the worker's credit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from heapq import heappop
from itertools import islice

from marx.core.board import Board, chunk_name, tail_key
from marx.core.chunks import ChunkState, Move
from marx.core.events import GrantChunk, GrantDriver
from marx.core.sizing import chunk_items, chunk_ms
from marx.core.state import Chunk, ChunkAttempt, Job, Pool, Region, Worker

OTHERS = 4
"""How many workers are looked at for one that a chunk has not ended badly on."""
DEAR = 2
"""A chunk of more than so many target times is not sent ahead: the wait would cost more than the round trip that it
saves."""


def assign(board: Board, pool: Pool) -> None:
    """Grants everything that can be granted in this pool."""
    with pool.seat_turns.passing() as turns:
        while pool.seats and (name := turns.first()) is not None:
            job = board.jobs[name]
            if suited := fitting(pool.seats, job):
                _grant_driver(board, _pick(suited, job.driver_avoid), job)
            else:
                turns.pass_over(name)
    with pool.chunk_turns.passing() as turns:
        while pool.idle and (name := turns.first()) is not None:
            job = board.jobs[name]
            if suited := fitting(pool.idle, job):
                region = _region_in_turn(job)
                chunk = _next_chunk(board, region)
                grant_chunk(board, _pick(suited, chunk.avoid), region, chunk, Move.LEASE)
            else:
                turns.pass_over(name)
        while pool.spare and (name := turns.first()) is not None:
            job = board.jobs[name]
            if suited := fitting(pool.spare, job):
                region = _region_in_turn(job)
                if not _may_send_ahead(board, region):
                    return
                grant_chunk(board, next(iter(suited.values())), region, _cut(board, region), Move.LEASE)
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


def _grant_driver(board: Board, worker: Worker, job: Job) -> None:
    lease = board.driver_lease(job)
    board.begin_driver(worker, job, lease)
    _spend(board, worker, lease.number, chunk=False)
    board.served(job)
    board.out.append(GrantDriver(worker.name, lease, board.slots_for(job)))


def grant_chunk(board: Board, worker: Worker, region: Region, chunk: Chunk, move: Move) -> None:
    """Grants the chunk: a pending one (LEASE), or one that another worker has already (BACK_UP)."""
    chunk.move(move)
    lease = board.chunk_lease(region, chunk)
    board.begin_chunk(worker, region, chunk, lease)
    if move is Move.LEASE:
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


def _next_chunk(board: Board, region: Region) -> Chunk:
    """A chunk that came back, the lowest items first as the driver wants them in order; else a new one."""
    while region.pending:
        number = heappop(region.pending)[1]
        chunk = region.chunks.get(number)
        if chunk is not None and chunk.state is ChunkState.PENDING:
            region.pending_items -= chunk.stop - chunk.start
            return chunk
    return _cut(board, region)


def _cut(board: Board, region: Region) -> Chunk:
    start, stop = region.uncut.cut(_size(board, region))
    chunk = Chunk(region.next_chunk, start, stop)
    region.next_chunk += 1
    region.chunks[chunk.number] = chunk
    return chunk


def _size(board: Board, region: Region) -> int:
    items = chunk_items(region.cost, region.ungranted, board.slots_for(region.job), board.settings)
    return min(items, region.items_max) if region.items_max else items


def _may_send_ahead(board: Board, region: Region) -> bool:
    """Whether a busy worker may have a chunk at hand: only while every slot could still get one of those that stay."""
    if region.pending_items:
        return False
    size = _size(board, region)
    enough = region.uncut.items > size * board.slots_for(region.job)
    return enough and chunk_ms(region.cost, size) <= DEAR * board.settings.target_ms


# --- stragglers -------------------------------------------------------------------------------------------------------


def look_at_tail(board: Board, region: Region) -> None:
    """Gives late chunks of a region that has nothing else to grant to workers that have nothing else to do."""
    if region.orphaned or region.ungranted or not region.chunks:
        return
    late = [attempt for chunk in region.chunks.values() for attempt in chunk.attempts if _late(board, attempt)]
    for attempt in sorted(late, key=lambda late: late.granted_ms):
        worker = _other(region.job, attempt.worker)
        if worker is None:
            break
        grant_chunk(board, worker, region, attempt.chunk, Move.BACK_UP)
        board.counts["backup"] += 1
        board.story(
            chunk_name(region, attempt.chunk),
            f"backup attempt on {worker.name}: {attempt.worker.name} is late with items "
            f"{attempt.chunk.start}..{attempt.chunk.stop - 1}",
        )
    board.deadlines.set(tail_key(region), board.now_ms + board.settings.look_ms)


def _late(board: Board, attempt: ChunkAttempt) -> bool:
    """Whether the chunk's only attempt runs far too long, or waits longer than any running one should take."""
    settings, chunk = board.settings, attempt.chunk
    if len(chunk.attempts) > 1:
        return False
    if attempt.started_ms < 0:
        return board.now_ms - attempt.granted_ms > settings.target_ms
    should_ms = chunk_ms(attempt.region.cost, chunk.stop - chunk.start)
    return board.now_ms - attempt.started_ms > max(settings.late_ratio * should_ms, settings.late_ms)


def _other(job: Job, worker: Worker) -> Worker | None:
    """A worker with a free slot that is not this one."""
    suited = fitting(job.pool.idle, job)
    return next((other for other in islice(suited.values(), 2) if other is not worker), None)
