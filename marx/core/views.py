"""What the shell may ask: where a region, a worker or a job stands. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import structs

from marx.core.answers import AttemptState, JobState, RegionState, WorkerState
from marx.core.chunks import ChunkState
from marx.core.state import Job, Region, Worker


def region_state(region: Region, outlook: tuple[int, int] = (0, 0), *, open: bool = True) -> RegionState:
    """Items before `first`, the driver's pilot, count as done. `outlook`: P50 and P90 of the time to its end."""
    running = sum(chunk.state is ChunkState.LEASED for chunk in region.chunks.values())
    return RegionState(
        job=region.job.name,
        region=region.number,
        count=region.count,
        done=region.first + region.done.items,
        chunks=region.next_chunk,
        running=running,
        requeued=region.requeued,
        open=open,
        eta_p50_ms=outlook[0],
        eta_p90_ms=outlook[1],
    )


def worker_state(worker: Worker) -> WorkerState:
    return WorkerState(
        worker=worker.name,
        state=worker.state,
        reason=worker.reason,
        slots=worker.slots,
        busy=worker.running,
        chunks_done=worker.chunks_done,
        chunks_lost=worker.chunks_lost,
        speed=round(worker.speed, 2),
    )


def job_state(job: Job) -> JobState:
    state: Literal["running", "queued"] = "running" if job.started else "queued"
    if job.session:
        return JobState(job.name, state, "paused" if job.paused else "")
    if job.driver is not None:
        return JobState(job.name, state, "paused" if job.paused else "", job.driver.lease, job.driver.worker.name)
    return JobState(job.name, state, _waiting(job))


def _waiting(job: Job) -> str:
    if job.paused:
        return "paused"
    return f"waits for {'its workers to come back' if job.settling else job.waits_for}"


def attempt_states(job: Job, now_ms: int) -> Iterator[AttemptState]:
    """Every outstanding chunk, with the worker that it runs or waits at; also those that were overtaken."""
    for region in job.regions.values():
        for chunk in (*region.chunks.values(), *region.overtaken.values()):
            row = AttemptState(region.number, chunk.number, chunk.start, chunk.stop, "", chunk.tries, chunk.charged)
            attempt = chunk.attempt
            if attempt is None:
                yield row
                continue
            running_ms = now_ms - attempt.started_ms if attempt.started_ms >= 0 else -1
            yield structs.replace(
                row,
                worker=attempt.worker.name,
                granted_since_ms=now_ms - attempt.granted_ms,
                running_since_ms=running_ms,
            )
