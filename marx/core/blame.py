"""Whose fault an attempt's bad end is.

    ending              charged to the chunk    suspicious          a setback
    timeout, failed     yes                     -                   -
    memory, killed      yes                     chunk               -
    lost                -                       chunk and worker    -
    sandbox             -                       worker              yes
    returned            -                       worker, if it then  yes
                                                wants more

A chunk is parked after `retries` charges, after `suspects` distinct workers died of it, or after `setbacks` (no
worker could run it). But for setbacks, one of several items is halved instead, until the one to blame stands alone.
A worker is set aside after `strikes` different chunks in a row were suspicious there. Pure
rules over the records' histories.
"""

from __future__ import annotations

from typing import Literal

from marx.core.chunks import Move
from marx.core.settings import Settings
from marx.core.state import Chunk, ChunkAttempt, Job, Worker

Ending = Literal["failed", "timeout", "memory", "killed", "sandbox", "returned", "lost"]

CHARGED: frozenset[Ending] = frozenset({"timeout", "failed", "memory", "killed"})
DEADLY: frozenset[Ending] = frozenset({"memory", "killed"})
SUSPICIOUS: frozenset[Ending] = DEADLY | {"lost"}
SETBACK: frozenset[Ending] = frozenset({"sandbox", "returned"})
STRIKE: frozenset[Ending] = frozenset({"sandbox", "lost", "returned"})


def note(attempt: ChunkAttempt, ending: Ending) -> Move:
    """Writes the ending into the chunk's history and says how the chunk goes on, if it is not parked.

    A chunk that only waited in a lost worker's queue has nothing to do with the loss.
    """
    chunk, worker = attempt.chunk, attempt.worker.name
    chunk.avoid.add(worker)
    if ending in DEADLY or (ending == "lost" and attempt.started_ms >= 0):
        chunk.suspects.add(worker)
    if ending in SETBACK:
        chunk.setbacks += 1
    if ending in CHARGED:
        chunk.charged += 1
        return Move.RETRY
    return Move.REQUEUE


def parked_because(chunk: Chunk, ending: Ending, reason: str, settings: Settings, retries: int) -> str:
    """Why the chunk is not tried again; empty if it is."""
    last = f"{ending}: {reason}" if reason else ending
    if ending in SUSPICIOUS and len(chunk.suspects) >= settings.suspects:
        return f"lost or killed on {len(chunk.suspects)} workers ({', '.join(sorted(chunk.suspects))}), last: {last}"
    if ending in CHARGED and chunk.charged >= retries:
        return f"failed {chunk.charged} times, last: {last}"
    if chunk.setbacks >= settings.setbacks:
        return f"no worker could run it in {chunk.setbacks} tries, last: {last}"
    return ""


def is_of_an_item(ending: Ending) -> bool:
    """Whether one item of the chunk may have brought the ending about, so that the others can be told apart from it."""
    return ending not in SETBACK


def strike(attempt: ChunkAttempt, ending: Ending) -> None:
    """Counts a suspicious ending against the worker.

    A chunk that failed did run there, which speaks for the worker. A grant that it never listed may not have arrived,
    and what it has to give up that was lost already may have been stopped for that.
    """
    worker, lease = attempt.worker, attempt.lease
    if ending in CHARGED:
        worker.strikes.clear()
    if ending in ("lost", "sandbox"):
        worker.chunks_lost += 1
    if ending not in STRIKE or (ending == "lost" and (attempt.adopted or not attempt.renewed)):
        return
    key = (lease.job, lease.region, lease.chunk)
    if key not in worker.strikes:
        worker.strikes.append(key)


def unfit_because(worker: Worker, settings: Settings, reason: str) -> str:
    """Why the worker is to be set aside; empty if it is not."""
    if len(worker.strikes) < settings.strikes:
        return ""
    return f"{len(worker.strikes)} different chunks in a row went wrong there, last: {reason}"


def driver_failed(job: Job, ending: Ending, reason: str, settings: Settings) -> str:
    """Writes a driver attempt's ending into the job's history; why the job fails of it, empty if it does not."""
    last = f"last: {reason or ending}"
    if ending == "failed":
        return reason or "its driver failed"
    if ending in CHARGED:
        job.driver_kills += 1
        if job.driver_kills >= settings.driver_kills:
            return f"{job.driver_kills} attempts at its driver killed their sandbox ({ending}); {last}"
    if ending in SETBACK:
        job.driver_setbacks += 1
        if job.driver_setbacks >= settings.setbacks:
            return f"no worker could run its driver in {job.driver_setbacks} tries; {last}"
    return ""
