"""What is looked at with every heartbeat: who still follows, how long jobs are said to take, whom they suit by now."""

from __future__ import annotations

from marx.distributor import mail
from marx.distributor.job import Job
from marx.distributor.shell import Shell
from marx.distributor.suiting import loads_changed
from marx.distributor.taskers import cancel
from marx.journal.records import JobEstimated

TASKER_GONE = "its tasker is gone (--on-disconnect cancel)"


def look(shell: Shell) -> None:
    """Costs little where no open job asks for any of it."""
    loads_changed(shell)
    for job in [job for job in shell.jobs if job.end is None and not job.due_ms]:
        if job.terms.on_disconnect == "cancel":
            _end_if_left(shell, job)
        if job.said is None and job.started_ms and job.end is None and not job.brief.session:
            _estimate(shell, job)
        if job.terms.mail and job.end is None:
            mail.queue_late(shell, job)


def _end_if_left(shell: Shell, job: Job) -> None:
    """Whoever follows it and was heard of lately counts; after a restart of ours the time begins anew."""
    now_ms = shell.clock.now_ms()
    heard_ms = max((shell.heard_ms(row.peer) for row in shell.followers.all() if row.job == job.id), default=0)
    job.seen_ms = max(job.seen_ms or now_ms, heard_ms)
    if now_ms - job.seen_ms >= shell.settings.leave_ms:
        cancel(shell, job, TASKER_GONE)


def _estimate(shell: Shell, job: Job) -> None:
    """The first time that an end is in sight, what is said then is kept: it is told beside what it came to."""
    times = [
        (state.eta_p50_ms, state.eta_p90_ms)
        for state in shell.region_states(job)
        if state.open and state.eta_p50_ms >= 0
    ]
    if times:
        ran_ms = shell.clock.wall_ms() - job.started_ms
        likely_ms, late_ms = (sum(column) for column in zip(*times, strict=True))
        shell.record(JobEstimated(job.id, ran_ms + likely_ms, ran_ms + late_ms))
