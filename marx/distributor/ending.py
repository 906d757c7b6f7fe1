"""A job's end as it is told for ever after: built once, when the scheduler says that the job is over."""

from __future__ import annotations

from marx.core.instructions import FinishJob
from marx.distributor.job import Job
from marx.distributor.output import STDERR, STDOUT
from marx.distributor.reports import region_reports
from marx.journal.blobs import BlobStore
from marx.wire.limits import ASTRAY_LENGTH_MAX, ASTRAY_MAX
from marx.wire.messages import Ended

EXIT_FAILED = 1
EXIT_CANCELLED = 137
EXIT_TIMED_OUT = 124


def end_of(job: Job, finish: FinishJob, now_wall_ms: int, blobs: BlobStore) -> Ended:
    """The `Ended` of a running job. What a broken run left is not its result: only a program that came to its end has
    files, be it because it was interrupted; a session has none."""
    state, done = finish.state, job.done if finish.state == "done" or finish.interrupted else None
    exit_code = EXIT_CANCELLED if state == "cancelled" else EXIT_TIMED_OUT if finish.timed_out else EXIT_FAILED
    return Ended(
        job=job.id,
        state=state,
        exit_code=done.exit_code if done and not finish.timed_out else 0 if state == "done" else exit_code,
        reason=finish.reason or (done.reason if done else ""),
        stdout=blobs.put(job.output.whole(STDOUT)),
        stderr=blobs.put(job.output.whole(STDERR)),
        files=done.files if done else [],
        removed=done.removed if done else [],
        astray=[path[:ASTRAY_LENGTH_MAX] for path in done.astray[:ASTRAY_MAX]] if done else [],
        regions=region_reports(job),
        wall_ms=max(0, now_wall_ms - job.submitted_ms),
    )
