"""How attempts, chunks, regions and jobs end, and what comes after.

    a chunk attempt     keep_outcome (done), fail_chunk (otherwise)     → finished, pending again, or items given up
    a driver attempt    end_of_driver                                   → the job's end, or a seat is wanted again
    a region, a job     close_region, finish                            → whatever still runs is stopped

Every ending goes through one of these; blame.py says whose fault it was, board.py keeps the collections in step.
"""

from __future__ import annotations

from heapq import heappush
from typing import Literal

from marx.core import blame
from marx.core.answers import JobState
from marx.core.blame import Ending
from marx.core.board import Board, chunk_name, tail_key
from marx.core.chunks import ChunkState, Move
from marx.core.instructions import FinishJob, GiveUpItems, InterruptDriver, KeepOutcome
from marx.core.sizing import NS_PER_MS, speed_after, speed_at_most
from marx.core.state import Chunk, ChunkAttempt, DriverAttempt, Job, Region, Worker
from marx.core.views import region_state

# --- chunks -----------------------------------------------------------------------------------------------------------


def keep_outcome(board: Board, attempt: ChunkAttempt, wall_ns: int) -> None:
    """The first outcome of these items: it counts, and other attempts at any of them are not needed any more."""
    region, chunk, worker = attempt.region, attempt.chunk, attempt.worker
    items = chunk.stop - chunk.start
    _learn(board, attempt, wall_ns)
    worker.chunks_done += 1
    worker.strikes.clear()
    board.end_chunk(attempt)
    board.out.append(KeepOutcome(worker.name, attempt.lease, chunk.start, chunk.stop))
    if chunk.state is ChunkState.OVERTAKEN:
        del region.overtaken[chunk.number]
        take_items_back(board, region, chunk.start, chunk.stop)
    else:
        region.leased_items -= items
        del region.chunks[chunk.number]
    chunk.move(Move.FINISH)
    end_others(board, region, chunk.start, chunk.stop, "another attempt was first")
    region.done.add(chunk.start, chunk.stop)


def _learn(board: Board, attempt: ChunkAttempt, wall_ns: int) -> None:
    """What the chunk cost, and how fast its worker is. A worker says what it likes: no more counts than has passed.

    How long an adopted chunk ran is not known here, so nothing is learned from it, and the estimate stays its charge.
    """
    if attempt.adopted:
        return
    region, worker, items = attempt.region, attempt.worker, attempt.chunk.stop - attempt.chunk.start
    possible_ns = (board.now_ms - attempt.granted_ms + 1) * NS_PER_MS
    took_ns = min(max(wall_ns, 1), possible_ns)
    worker.speed = speed_after(worker.speed, region.cost, items, took_ns)
    region.cost.add(items, took_ns)
    held_ns = (board.now_ms - max(attempt.started_ms, attempt.granted_ms)) * NS_PER_MS
    region.course.add(attempt.chunk.start, attempt.chunk.stop, took_ns, held_ns)
    board.shares.charge(region.job.user, took_ns / NS_PER_MS - attempt.charged_ms, board.now_ms)


def fail_chunk(board: Board, attempt: ChunkAttempt, ending: Ending, reason: str) -> None:
    """An attempt ended without a value: the chunk is tried again, whole or in halves, or it is parked."""
    region, chunk, worker = attempt.region, attempt.chunk, attempt.worker
    move = blame.note(attempt, ending)
    board.end_chunk(attempt)
    board.counts[f"chunk {ending}"] += 1
    because = blame.parked_because(chunk, ending, reason, board.settings, retries_of(board, region.job))
    if chunk.state is ChunkState.OVERTAKEN:
        _drop_overtaken(region, chunk)
    elif because and chunk.stop - chunk.start > 1 and blame.is_of_an_item(ending):
        _halve(board, region, chunk, because)
    elif because:
        _park(board, region, chunk, because)
    else:
        _put_back(board, region, chunk, move)
        why = f"{ending}: {reason}" if reason else ending
        board.story(
            chunk_name(region, chunk),
            f"{'retried' if move is Move.RETRY else 'requeued'} {span(chunk)} from {worker.name}: {why}",
            again=True,
        )
    blame.strike(attempt, ending)
    unfit = blame.unfit_because(worker, board.settings, reason or ending)
    if unfit and ending != "returned":
        set_aside(board, worker, unfit)


def retries_of(board: Board, job: Job) -> int:
    """Charged failures after which a chunk of the job is parked."""
    return board.settings.retries if job.retries < 0 else job.retries + 1


def _put_back(board: Board, region: Region, chunk: Chunk, move: Move) -> None:
    items = chunk.stop - chunk.start
    chunk.move(move)
    region.leased_items -= items
    region.pending_items += items
    region.requeued += 1
    heappush(region.pending, (chunk.start, chunk.number))
    board.refresh(region)


def _park(board: Board, region: Region, chunk: Chunk, because: str) -> None:
    """The driver computes these items itself: what they do there is the program's own doing."""
    chunk.move(Move.QUARANTINE)
    region.leased_items -= chunk.stop - chunk.start
    region.given_up.append((chunk.start, chunk.stop, because))
    del region.chunks[chunk.number]
    end_others(board, region, chunk.start, chunk.stop, "the chunk is quarantined")
    board.counts["quarantined"] += 1
    board.out.append(GiveUpItems(region.job.name, region.number, chunk.start, chunk.stop, because))
    board.story(chunk_name(region, chunk), f"quarantined {span(chunk)}: {because}")


def _halve(board: Board, region: Region, chunk: Chunk, because: str) -> None:
    """One of several items may be to blame for all. Each half has the history of the whole, so the next bad ending
    halves it again, and after a few the item stands alone; all others are computed."""
    chunk.move(Move.CANCEL)
    region.leased_items -= chunk.stop - chunk.start
    del region.chunks[chunk.number]
    middle = (chunk.start + chunk.stop) // 2
    board.story(chunk_name(region, chunk), f"halved {span(chunk)} to find the one to blame: {because}", again=True)
    for start, stop in ((chunk.start, middle), (middle, chunk.stop)):
        half = Chunk(
            region.next_chunk, start, stop, charged=chunk.charged, suspects=set(chunk.suspects), avoid=set(chunk.avoid)
        )
        region.next_chunk += 1
        region.chunks[half.number] = half
        region.pending_items += stop - start
        heappush(region.pending, (start, half.number))
    region.requeued += 1
    board.refresh(region)


def span(chunk: Chunk) -> str:
    """Its items, for people."""
    last = chunk.stop - 1
    return f"item {last}" if chunk.start == last else f"items {chunk.start}..{last}"


def cancel_chunk(board: Board, region: Region, chunk: Chunk, reason: str) -> None:
    """Nobody wants the chunk any more. Its items are the caller's."""
    _stop(board, chunk, reason)
    items = chunk.stop - chunk.start
    if chunk.state is ChunkState.LEASED:
        region.leased_items -= items
    else:
        region.pending_items -= items
    chunk.move(Move.CANCEL)
    del region.chunks[chunk.number]


def _stop(board: Board, chunk: Chunk, reason: str) -> None:
    if chunk.attempt is not None:
        board.stop(chunk.attempt, reason)
        board.end_chunk(chunk.attempt)


# --- chunks that were overtaken ---------------------------------------------------------------------------------------


def end_overtaken(board: Board, region: Region, chunk: Chunk, reason: str) -> None:
    """Its outcome is of no use any more. Its items are with others. So long without an outcome says how slow it is."""
    if chunk.attempt is not None:
        worker, ran_ms = chunk.attempt.worker, board.now_ms - chunk.attempt.started_ms
        worker.speed = speed_at_most(worker.speed, region.cost, chunk.stop - chunk.start, ran_ms)
    _stop(board, chunk, reason)
    _drop_overtaken(region, chunk)


def _drop_overtaken(region: Region, chunk: Chunk) -> None:
    chunk.move(Move.CANCEL)
    del region.overtaken[chunk.number]


def take_items_back(board: Board, region: Region, first: int, end: int) -> None:
    """Items `first`..`end`-1 have their outcome: nobody else gets them, and who has some of them stops."""
    region.uncut.exclude(first, end)
    for other in [one for one in region.chunks.values() if one.overlaps(first, end)]:
        cancel_chunk(board, region, other, "another attempt was first")
        for start, stop in ((other.start, min(other.stop, first)), (max(other.start, end), other.stop)):
            if start < stop:
                region.uncut.add(start, stop)
    board.refresh(region)


def end_others(board: Board, region: Region, start: int, stop: int, reason: str) -> None:
    """Some of their items are over now."""
    for other in [one for one in region.overtaken.values() if one.overlaps(start, stop)]:
        end_overtaken(board, region, other, reason)


# --- regions and jobs -------------------------------------------------------------------------------------------------


def close_region(board: Board, region: Region, reason: str) -> None:
    job = region.job
    for chunk in list(region.overtaken.values()):
        end_overtaken(board, region, chunk, reason)
    for chunk in list(region.chunks.values()):
        cancel_chunk(board, region, chunk, reason)
    del job.regions[region.number]
    if job.wanting.pop(region.number, None) is not None and not job.wanting:
        job.pool.chunk_turns.leave(job.name)
    board.deadlines.cancel(tail_key(region))
    job.closed[region.number] = region_state(region, open=False)
    if len(job.closed) > board.settings.closed_kept:
        job.closed.popitem(last=False)


def end_of_driver(board: Board, attempt: DriverAttempt, ending: Ending, reason: str) -> bool:
    """A driver attempt ended before its program did. True if that is the job's end; else it wants a seat again."""
    job, worker = attempt.job, attempt.worker
    board.end_driver(attempt)
    board.counts[f"driver {ending}"] += 1
    if job.ending is not None:
        finish(board, job, job.ending.state, job.ending.reason)
        return True
    job.driver_avoid.add(worker.name)
    because = blame.driver_failed(job, ending, reason, board.settings)
    if because:
        finish(board, job, "failed", because)
        return True
    why = f"{ending} on {worker.name}" + (f": {reason}" if reason else "")
    job.waits_for = f"another driver seat, the last attempt was {why}"
    board.want_seat(job)
    board.story(job.name, f"driver restarts after attempt {attempt.lease.attempt}: {why}")
    return False


def finish(
    board: Board, job: Job, state: Literal["done", "failed", "cancelled"], reason: str, *, timed_out: bool = False
) -> None:
    """The job's end, whichever: nothing of it runs or waits any more. One that was interrupted has its end already."""
    end = job.ending or FinishJob(job.name, state, reason, timed_out)
    over = f"the job is {end.state}"
    for region in list(job.regions.values()):
        close_region(board, region, over)
    if job.driver is not None:
        board.stop(job.driver, over)
        board.end_driver(job.driver)
    job.pool.seat_turns.leave(job.name)
    for kind in ("settle", "limit", "age"):
        board.deadlines.cancel((kind, job.name, 0))
    del board.jobs[job.name]
    board.ended[job.name] = JobState(job.name, end.state, end.reason)
    if len(board.ended) > board.settings.ended_kept:
        board.ended.popitem(last=False)
    board.out.append(end)
    board.story(job.name, f"{end.state}: {end.reason}" if end.reason else end.state)


def interrupt(board: Board, job: Job, end: FinishJob) -> None:
    """Asks the program to end; the job's end is `end`, when the program has ended or its grace is over."""
    if job.ending is not None:
        return
    if job.driver is None:
        finish(board, job, end.state, end.reason, timed_out=end.timed_out)
        return
    job.ending = end
    board.out.append(InterruptDriver(job.driver.worker.name, job.driver.lease))
    board.deadlines.set(("limit", job.name, 0), board.now_ms + board.settings.grace_ms)
    board.story(job.name, "its program is interrupted" + (f": {end.reason}" if end.reason else ""))


# --- workers -------------------------------------------------------------------------------------------------------


def set_aside(board: Board, worker: Worker, reason: str) -> None:
    """The worker gets nothing more until it joins again. What it runs may end there."""
    if worker.state in ("ready", "draining"):
        board.set_state(worker, "set-aside", reason)
        board.story(worker.name, f"set aside until it joins again: {reason}")
