"""The last chunks of a region: who is late with them, and who does them instead.

Looked at while a region has nothing left to grant and some worker has nothing to do. What waits for a slot at a busy
worker is taken back. What runs at a slow or stalled one is *overtaken*: its items are cut anew, in as many pieces as
there are idle slots to share them, while it goes on; the first outcome of an item ends all other attempts at it.
"""

from __future__ import annotations

from heapq import nlargest

from marx.core.board import Board, chunk_name, tail_key
from marx.core.chunks import Move
from marx.core.endings import cancel_chunk, span
from marx.core.grants import assign, fitting
from marx.core.sizing import chunk_ms
from marx.core.state import Chunk, ChunkAttempt, Region, Worker

OVERTAKEN_MAX = 2
"""Attempts at one item that were overtaken: two hung workers hold no job up, and a dear item does not go to all."""


def look_at_tail(board: Board, region: Region) -> None:
    """Gives late items of a region that has nothing else to grant to workers that have nothing else to do."""
    if region.orphaned or region.ungranted:
        return
    fastest = nlargest(2, fitting(region.job.pool.idle, region.job).values(), key=lambda worker: worker.speed)
    attempts = [chunk.attempt for chunk in region.chunks.values() if chunk.attempt is not None]
    for attempt in sorted(attempts, key=lambda attempt: attempt.granted_ms):
        idle = next((worker for worker in fastest if worker is not attempt.worker), None)
        if idle is None:
            continue
        if attempt.started_ms < 0:
            _take_back(board, attempt)
        elif _is_late(board, attempt, idle):
            _overtake(board, attempt)
    assign(board, region.job.pool)
    if region.chunks and not region.ungranted:
        board.deadlines.set(tail_key(region), board.now_ms + board.settings.look_ms)


def _is_late(board: Board, attempt: ChunkAttempt, idle: Worker) -> bool:
    """Whether the idle worker would be through with all of it far sooner. What is overdue may take as long again."""
    settings, chunk, region = board.settings, attempt.chunk, attempt.region
    if sum(one.overlaps(chunk.start, chunk.stop) for one in region.overtaken.values()) >= OVERTAKEN_MAX:
        return False
    work_ms = chunk_ms(region.cost, chunk.stop - chunk.start)
    left_ms = abs(work_ms / attempt.worker.speed - (board.now_ms - attempt.started_ms))
    return left_ms > max(settings.late_ratio * work_ms / idle.speed, settings.look_ms)


def _take_back(board: Board, attempt: ChunkAttempt) -> None:
    """It waits there while others have nothing to do. Should it have begun after all, little is lost."""
    region, chunk, worker = attempt.region, attempt.chunk, attempt.worker
    if board.now_ms - attempt.granted_ms < board.settings.look_ms:
        return
    cancel_chunk(board, region, chunk, "others have nothing to do")
    _cut_anew(board, region, chunk)
    board.counts["taken back"] += 1
    board.story(chunk_name(region, chunk), f"taken back from {worker.name}, where {span(chunk)} waited")


def _overtake(board: Board, attempt: ChunkAttempt) -> None:
    region, chunk, worker = attempt.region, attempt.chunk, attempt.worker
    chunk.move(Move.OVERTAKE)
    del region.chunks[chunk.number]
    region.leased_items -= chunk.stop - chunk.start
    region.overtaken[chunk.number] = chunk
    _cut_anew(board, region, chunk)
    board.counts["overtaken"] += 1
    board.story(chunk_name(region, chunk), f"{worker.name} is late with {span(chunk)}: others try them too")


def _cut_anew(board: Board, region: Region, chunk: Chunk) -> None:
    region.uncut.add(chunk.start, chunk.stop)
    board.refresh(region)
