"""How long a region will take still, as things are: its own items, the slots of its pool, and whose turn it is.

Reads the board, and changes nothing. What cannot be seen is not guessed: jobs that others will submit later. That
workers come and go is expected as much as they did of late.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from math import hypot
from typing import NamedTuple

from marx.core.board import Board
from marx.core.estimate import MEASURING, last_items, remaining_ms, until_served_ms
from marx.core.sizing import NS_PER_MS
from marx.core.state import Chunk, Job, Region

LOOKED_AT_MAX = 200
"""Other jobs that are looked at; how many users share a lab is known well enough from these."""
ABSENT_MAX = 0.5
"""The most that users who are not there now may take of the lab: fair shares."""
COMING_MS = 20_000
"""They come back after a while only: the sooner a region is through, the less it meets of them."""
COMING_ERROR = 1.5
LAST_ERROR = 0.35
"""How far off is what is expected of others, and of the last item, as a part of it."""
END_MS = 20
"""From the last chunk's end to the region's."""
DRIFT = 0.01
"""How much a lab's speed changes from one minute to the next: no estimate is more certain than that."""


def outlook(board: Board, region: Region) -> tuple[int, int]:
    """P50 and P90 in ms; 0 where nothing is left, -1 while measuring or nobody could run it."""
    slots = board.slots_for(region.job)
    if not region.chunks and not region.uncut:
        return 0, 0
    if region.cost.chunks < board.settings.estimate_after or slots < 1:
        return MEASURING
    running = [_Running.of(board, region, chunk) for chunk in region.chunks.values()]
    rows = [(float(stop - start), (start + stop) / 2) for start, stop in region.uncut]
    rows += [(one.stop - one.start, (one.start + one.stop) / 2) for one in running if one.waits]
    left = sum(items for items, _ in rows)
    place = sum(items * place for items, place in rows) / left if left else 0.0
    course = region.course.with_running((one.start, one.stop, one.whole_ns) for one in running if not one.waits)
    forecast = course.forecast(left, place)
    own_ns = left * forecast.item_ns + sum(one.whole_ns - one.gone_ns for one in running if not one.waits)
    own_ms = own_ns / region.course.share_computed / NS_PER_MS
    turns = _with_others(board, region, own_ms)
    alone_ms = turns.slot_ms / slots
    absent = min(turns.absent, ABSENT_MAX) * alone_ms / (alone_ms + COMING_MS)
    likely_ms = alone_ms / (1 - absent)
    item_ms = forecast.item_ns / NS_PER_MS
    last_ms = last_items(region.course.scatter, slots) * max(item_ms, board.settings.min_ms)
    errors = (
        forecast.error * own_ms / max(turns.slot_ms, 1.0),
        region.job.pool.churn.spread(likely_ms, board.now_ms),
        absent * COMING_ERROR,
        LAST_ERROR * region.course.scatter * last_ms / (likely_ms + last_ms),
        DRIFT,
    )
    least_ms = item_ms if left else 0.0
    return remaining_ms(max(likely_ms + last_ms, least_ms) + END_MS, hypot(*errors))


class _Running(NamedTuple):
    """A chunk that has not ended, and how long it will have taken."""

    start: int
    stop: int
    waits: bool
    """It has no slot yet."""
    gone_ns: float
    whole_ns: float

    @classmethod
    def of(cls, board: Board, region: Region, chunk: Chunk) -> _Running:
        """What went on for long goes on for longer, the more the more items differ."""
        attempt = chunk.attempt
        if attempt is None or attempt.started_ms < 0:
            return cls(chunk.start, chunk.stop, True, 0.0, 0.0)
        items = chunk.stop - chunk.start
        gone_ns = float((board.now_ms - attempt.started_ms) * NS_PER_MS)
        should_ns = items * region.cost.item_ns / attempt.worker.speed
        more_ns = min(region.course.scatter / items, 1.0) * should_ns
        return cls(chunk.start, chunk.stop, False, gone_ns, max(should_ns, gone_ns + more_ns))


class _Turns(NamedTuple):
    """What is given out until a region is through."""

    slot_ms: float
    """To it, and to those whose turn comes meanwhile."""
    absent: float
    """Part of the lab that users had of late who want nothing now: they may come back."""


def _with_others(board: Board, region: Region, own_ms: float) -> _Turns:
    job, turns, shares = region.job, region.job.pool.chunk_turns, board.shares
    own_turn_ms, first_ms = own_ms, 0.0
    wanted: defaultdict[str, float] = defaultdict(float)
    for name in islice(turns, LOOKED_AT_MAX):
        other = board.jobs[name]
        if other is job or other.level < job.level:
            continue
        work_ms = _wanted_ms(other)
        if other.level > job.level:
            first_ms += work_ms
        elif other.user != job.user:
            wanted[other.user] += work_ms
        elif turns.is_before(name, job.name):
            own_turn_ms += work_ms
    used = {user: shares.usage_ms(user, board.now_ms) for user in (job.user, *wanted)}
    others = [(used[user], work_ms) for user, work_ms in wanted.items()]
    slot_ms = first_ms + until_served_ms(own_turn_ms, used[job.user], others)
    absent_ms = max(0.0, shares.used_by_all_ms(board.now_ms) - sum(used.values()))
    return _Turns(slot_ms, absent_ms / shares.counted_for_ms() / max(1, job.pool.slots))


def _wanted_ms(job: Job) -> float:
    """Slot time of what could be granted of a job now."""
    regions = job.wanting.values()
    return sum(one.ungranted * one.cost.item_ns / one.course.share_computed for one in regions) / NS_PER_MS
