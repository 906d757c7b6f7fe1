"""Everything that is known of one job, gathered into one answer. What follows from it is for the reader to say."""

from __future__ import annotations

from itertools import islice

from marx.distributor.job import Job
from marx.distributor.output import STDERR
from marx.distributor.regions import part
from marx.distributor.reports import job_row, progress, region_reports
from marx.distributor.shell import Shell
from marx.distributor.suiting import judged
from marx.distributor.validity import minor_python
from marx.wire import messages as wire

ROWS_MAX = 50
"""The most rows of any list: nobody reads more, and a job of a million chunks must not make a large message."""
TAIL_BYTES = 4_096
"""How much of the end of standard error is told: the end of a traceback."""


def job_facts(shell: Shell, job: Job) -> wire.JobFacts:
    states = shell.region_states(job)
    state = shell.scheduler.job_state(job.id) if job.end is None else None
    brief = job.brief
    suited, unsuited = _suited(shell, job) if job.end is None else ([], {})
    return wire.JobFacts(
        row=job_row(job, states),
        terms=job.terms,
        now_ms=shell.clock.wall_ms(),
        argv=list(brief.argv),
        folder=brief.folder,
        python=brief.python,
        files=brief.files,
        bytes=job.size,
        timeout_ms=brief.timeout_ms,
        chunk_timeout_ms=brief.chunk_timeout_ms,
        waits_for=state.reason if state else "",
        driver=state.worker if state else "",
        attempt=job.attempts,
        ahead=shell.scheduler.ahead_of(job.id)[:ROWS_MAX],
        suited=suited[:ROWS_MAX],
        unsuited=dict(islice(unsuited.items(), ROWS_MAX)),
        workers=shell.leases.workers_of(job.id),
        regions=progress(job, states, "", 0).regions[:ROWS_MAX],
        reports=(job.end.regions if job.end else region_reports(job))[:ROWS_MAX],
        findings=job.findings,
        chunks=_chunks(shell, job),
        given_up=[
            wire.GivenUpRow(one.region, one.start, one.stop, one.reason)
            for one in islice(shell.scheduler.given_up(job.id), ROWS_MAX)
        ],
        mails=list(job.mails.values()),
        notes=list(job.notes),
        output_tail=_tail(shell, job),
        left=[file.path for file in islice(job.end.files, ROWS_MAX)] if job.end else [],
        astray=job.end.astray[:ROWS_MAX] if job.end else [],
        said_ms=job.said[0] if job.said else -1,
        wait_ms=_wait_ms(shell, job),
        session=brief.session,
    )


def _wait_ms(shell: Shell, job: Job) -> int:
    """When as many running jobs as stand before it, and one more, may have ended: then a driver's seat falls free.

    At least, for what a job does beside its open regions is not known; -1 where too few are measured.
    """
    if job.end is not None or job.started_ms:
        return -1
    behind = len(shell.scheduler.ahead_of(job.id))
    known = sorted(left for other in shell.jobs if (left := _left_ms(shell, other)) >= 0)
    return known[behind] if behind < len(known) else -1


def _left_ms(shell: Shell, job: Job) -> int:
    """What the open regions of a running job take still; -1 where that is not measured, or none is open."""
    if job.end is not None or not job.started_ms:
        return -1
    times = [state.eta_p50_ms for state in shell.region_states(job) if state.open]
    return sum(times) if times and min(times) >= 0 else -1


def _suited(shell: Shell, job: Job) -> tuple[list[str], dict[str, str]]:
    """The workers that could run it now, and of the others what each lacks, its Python and its state included."""
    python = minor_python(job.brief.python)
    lacking = dict(judged(shell, job))
    for worker in shell.scheduler.workers():
        own = minor_python(shell.connections.hello_of(worker.worker).python)
        if own != python:
            lacking[worker.worker] = f"it has Python {own}, not {python}"
        elif worker.state != "ready":
            lacking[worker.worker] = lacking[worker.worker] or f"it is {worker.state}: {worker.reason}"
    suited = [name for name, lack in lacking.items() if not lack]
    return suited, {name: lack for name, lack in lacking.items() if lack}


def _chunks(shell: Shell, job: Job) -> list[wire.ChunkRow]:
    """The longest running first, then those that wait."""
    attempts = sorted(shell.scheduler.attempts(job.id), key=lambda one: -one.running_since_ms)
    return [
        wire.ChunkRow(
            one.region,
            one.chunk,
            one.start,
            one.stop,
            one.worker,
            one.tries,
            one.charged,
            one.granted_since_ms,
            one.running_since_ms,
        )
        for one in attempts[:ROWS_MAX]
    ]


def _tail(shell: Shell, job: Job) -> str:
    if job.end is not None and job.settled:
        content = job.end.stderr
        data = part(content, max(0, content.size - TAIL_BYTES), TAIL_BYTES, shell.blobs)
    else:
        data = job.output.read(STDERR, max(0, job.output.size(STDERR) - TAIL_BYTES), TAIL_BYTES)
    return data.decode("utf-8", "replace")
