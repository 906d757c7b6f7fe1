"""Outcomes that come when their lease has ended already.

    lease ─► lost (its worker fell silent, was killed, or ran before this start) ─► awaited ─► outcome: it counts,
                                                                                        if nobody was first

A worker keeps what it has finished until somebody took it, on its disk over its own end. Such an outcome counts as
long as none of its items has a value or was given up; whoever tries them meanwhile is stopped. Only what was lost is
awaited so: of an attempt that was stopped because nobody wanted it, or that failed, nothing counts any more.
"""

from __future__ import annotations

from marx.core.board import Board
from marx.core.chunks import ChunkState, Move
from marx.core.endings import end_of_driver, end_others, fail_chunk, take_items_back
from marx.core.events import ChunkEnded, Held, Lease
from marx.core.instructions import KeepOutcome
from marx.core.state import Attempt, ChunkAttempt, DriverAttempt, Region, Worker

AWAITED_MAX = 1024
"""Outcomes that may still come from one worker: more than it may hold."""


def lose(board: Board, attempt: Attempt, reason: str) -> None:
    """A lease ended without a word from its worker: nobody is charged for it, and its outcome may still come."""
    match attempt:
        case ChunkAttempt():
            _await(attempt)
            fail_chunk(board, attempt, "lost", reason)
        case DriverAttempt():
            end_of_driver(board, attempt, "lost", reason)
        case _:
            raise TypeError(f"lease {attempt.lease} is neither a chunk's nor a driver's")


def _await(attempt: ChunkAttempt) -> None:
    worker, chunk = attempt.worker, attempt.chunk
    worker.late[attempt.lease.number] = Held(attempt.lease, chunk.start, chunk.stop)
    if len(worker.late) > AWAITED_MAX:
        del worker.late[next(iter(worker.late))]


def still_awaited(board: Board, worker: Worker, held: Held) -> Held | None:
    """The lease that a worker holds, with its items as they are known here, if its outcome may come late; else None.

    A lease of an earlier start is known by the worker's word alone.
    """
    number = held.lease.number
    if number in board.leases:
        return None
    known = worker.late.get(number)
    if known is not None:
        return known if known.lease == held.lease else None
    region = _region(board, held.lease)
    claimed = region is not None and region.first <= held.start < held.stop <= region.count
    return held if claimed and board.leases.earlier(number) else None


def take_up_again(board: Board, worker: Worker, lease: Lease) -> bool:
    """The worker still has a chunk that was lost there, and nobody was given it since: it goes on as it was."""
    known, region = worker.late.get(lease.number), _region(board, lease)
    if known is None or known.lease != lease or region is None:
        return False
    chunk = region.chunks.get(lease.chunk)
    if chunk is None or chunk.state is not ChunkState.PENDING or (chunk.start, chunk.stop) != (known.start, known.stop):
        return False
    chunk.move(Move.LEASE)
    items = chunk.stop - chunk.start
    region.pending_items -= items
    region.leased_items += items
    board.begin_chunk(worker, region, chunk, lease, adopted=True).renewed = True
    board.refresh(region)
    return True


def keep_late(board: Board, event: ChunkEnded) -> bool:
    """Keeps the outcome of a lost lease, if it is the first of all its items. False: it is stale."""
    worker, region = board.workers.get(event.worker), _region(board, event.lease)
    held = worker.late.get(event.lease.number) if worker is not None else None
    if worker is None or held is None or held.lease != event.lease or event.verdict != "done":
        return False
    del worker.late[event.lease.number]
    start, stop = held.start, held.stop
    if region is None or not _is_open(region, start, stop):
        return False
    worker.chunks_done += 1
    worker.strikes.clear()
    board.counts["late outcome"] += 1
    board.out.append(KeepOutcome(worker.name, event.lease, start, stop))
    take_items_back(board, region, start, stop)
    end_others(board, region, start, stop, "another attempt was first")
    region.done.add(start, stop)
    board.refresh(region)
    return True


def _region(board: Board, lease: Lease) -> Region | None:
    job = board.jobs.get(lease.job)
    return None if job is None else job.regions.get(lease.region)


def _is_open(region: Region, start: int, stop: int) -> bool:
    """Whether the driver still waits for all of these items. It may have opened the region for others since."""
    given_up = any(first < stop and start < end for first, end, _ in region.given_up)
    return region.first <= start and stop <= region.count and not given_up and not region.done.touches(start, stop)
