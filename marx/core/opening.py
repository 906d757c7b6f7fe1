"""What happens when a driver reaches a region, for the first time or again.

A restarted driver comes to the regions that the lost one had open. Then what is done stays done, what runs goes on
running, and the rest is uncut again: so every way of opening is this one rule, `_divide`.
"""

from __future__ import annotations

from marx.core.board import Board
from marx.core.endings import cancel_chunk, close_region, end_overtaken
from marx.core.events import RegionClosed, RegionOpened
from marx.core.instructions import GiveUpItems
from marx.core.ranges import Ranges
from marx.core.sizing import ItemCost
from marx.core.state import Job, Region


def region_opened(board: Board, event: RegionOpened) -> None:
    """Opens the region under its driver's lease, or keeps a resumed job's region for the driver that will come."""
    job = board.jobs.get(event.lease.job)
    if job is None or not _counts(board, job, event):
        board.counts["stale region"] += 1
        return
    region = job.regions.get(event.region)
    count = max(0, event.count)
    first = min(max(0, event.first), count)
    if region is None:
        region = Region(job, event.region, first, count, event.lease.number, ItemCost(event.item_ns))
        if job.driver is None:
            # Workers may still hold chunks that were cut before the restart: new ones get numbers above theirs.
            region.next_chunk = count
        job.regions[event.region] = region
        job.closed.pop(event.region, None)
    region.first, region.count, region.opener = first, count, event.lease.number
    region.items_max = event.items_max
    _divide(board, region, event.done)
    board.refresh(region)


def _counts(board: Board, job: Job, event: RegionOpened) -> bool:
    if job.driver is not None:
        return job.driver.lease == event.lease
    return board.leases.earlier(event.lease.number)


def _divide(board: Board, region: Region, done: tuple[tuple[int, int], ...]) -> None:
    """Says of each item whether it is done, given up, with a chunk or uncut. A chunk that this cuts through ends."""
    job, first, count = region.job, region.first, region.count
    for chunk in list(region.overtaken.values()):
        end_overtaken(board, region, chunk, "the region was opened again")
    region.done = Ranges()
    for start, stop in done:
        region.done.include(max(start, first), min(stop, count))
    region.uncut = Ranges()
    if first < count:
        region.uncut.add(first, count)
    for start, stop in region.done:
        region.uncut.exclude(start, stop)
    given_up, region.given_up = region.given_up, []
    for start, stop, reason in given_up:
        for part in region.uncut.within(start, stop):
            region.uncut.remove(*part)
            region.given_up.append((*part, reason))
            board.out.append(GiveUpItems(job.name, region.number, *part, reason))
    for chunk in list(region.chunks.values()):
        if region.uncut.covers(chunk.start, chunk.stop):
            region.uncut.remove(chunk.start, chunk.stop)
        else:
            cancel_chunk(board, region, chunk, "the region was opened again without these items")


def region_closed(board: Board, event: RegionClosed) -> None:
    job = board.jobs.get(event.lease.job)
    if job is None or job.driver is None or job.driver.lease != event.lease or event.region not in job.regions:
        board.counts["stale region"] += 1
        return
    close_region(board, job.regions[event.region], "the region is closed")
