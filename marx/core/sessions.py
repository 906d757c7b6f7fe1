"""Sessions: jobs without a driver, whose regions a tasker opens and lets grow while it is connected.

A region of a session is one function with the calls of it as items. Items come in pieces and in ascending order; a
piece that is told again (the tasker's connection was lost) changes nothing. Everything else about such a region is
that of any other.
"""

from __future__ import annotations

from marx.core.board import Board
from marx.core.endings import close_region, finish
from marx.core.events import CallsAdded, CallsClosed, SessionEnded
from marx.core.sizing import ItemCost
from marx.core.state import Job, Region

NO_OPENER = 0
"""No lease has this number."""


def calls_added(board: Board, event: CallsAdded) -> None:
    """New items of a region, which the first ones open. Items that were left out had values before a restart."""
    job = _session(board, event.job)
    if job is None or event.stop <= event.start:
        return
    region = job.regions.get(event.region)
    if region is None:
        region = Region(job, event.region, 0, 0, NO_OPENER, ItemCost(event.item_ns))
        job.regions[event.region] = region
    if event.start > region.count:
        region.done.add(region.count, event.start)
    start = max(event.start, region.count)
    region.count = max(region.count, event.stop)
    region.items_max = event.items_max
    if start < event.stop:
        region.uncut.add(start, event.stop)
        board.refresh(region)


def calls_closed(board: Board, event: CallsClosed) -> None:
    job = _session(board, event.job)
    if job is not None and event.region in job.regions:
        close_region(board, job.regions[event.region], "the tasker needs no more of these calls")


def session_ended(board: Board, event: SessionEnded) -> None:
    job = _session(board, event.job)
    if job is not None:
        finish(board, job, "done", "")


def _session(board: Board, name: str) -> Job | None:
    job = board.jobs.get(name)
    if job is None or not job.session:
        board.counts["stale calls"] += 1
        return None
    return job
