"""Jobs that wait for a time: `--at` once, `--cron` again and again.

A job with `at_ms` is given to the scheduler when its time comes. One with `cron` is a schedule: at each of its times a
further job with the same program is submitted, until the schedule is cancelled. That a time is dealt with is a record
beside the job that it began, in one commit: a time is never used twice, whatever ends in between. Times at which no
distributor ran are made up for once ("run") or left out ("skip").
"""

from __future__ import annotations

import msgspec

from marx.core.events import JobCancelled
from marx.distributor.cron import next_time_ms
from marx.distributor.job import NOT_KNOWN, Job
from marx.distributor.shell import Shell
from marx.distributor.taskers import schedule
from marx.journal.records import JobSubmitted, ScheduleRan

LOOK_S = 30.0
"""The wall clock may be set: a due time is looked at again at least so often."""
LATE_MS = 60_000
"""A time that is noticed later than this was missed: no distributor ran."""


def run(shell: Shell) -> None:
    """The greenlet's body: sleeps until the next time, or until there is another one."""
    while True:
        now_ms = shell.clock.wall_ms()
        waiting = [job for job in shell.jobs if job.due_ms]
        for job in waiting:
            if job.due_ms == NOT_KNOWN:
                job.due_ms = next_time_ms(job.terms, job.ran_ms)
            if job.due_ms <= now_ms:
                come_due(shell, job, now_ms)
        times = [job.due_ms for job in shell.jobs if job.due_ms]
        wait_s = min(LOOK_S, max(0.0, (min(times) - shell.clock.wall_ms()) / 1000)) if times else None
        shell.times_changed.wait(wait_s)
        shell.times_changed.clear()


def come_due(shell: Shell, job: Job, now_ms: int) -> None:
    """The time of a job has come, or passed while nobody looked."""
    missed = now_ms - job.due_ms > LATE_MS
    left_out = missed and job.terms.missed == "skip"
    if job.terms.cron:
        _begin_next(shell, job, now_ms, missed=missed, left_out=left_out or job.paused)
        return
    shell.record(ScheduleRan(job.id, job.due_ms, now_ms))
    shell.outbox.after(lambda: schedule(shell, job.id, nowhere=left_out))
    if left_out:
        shell.outbox.after(lambda: shell.tell(JobCancelled(job.id, "its time passed while no distributor ran")))


def _begin_next(shell: Shell, job: Job, now_ms: int, *, missed: bool, left_out: bool) -> None:
    """What was missed over a long time is made up for once, not as often as it was missed."""
    shell.record(ScheduleRan(job.id, now_ms if missed else job.due_ms, now_ms))
    if left_out:
        shell.note(job, job.id, "a time was left out" + (": the schedule is paused" if job.paused else ""))
    elif len(shell.jobs.open_of(job.user)) >= shell.settings.jobs_open_max:
        shell.note(job, job.id, "a time was left out: its user has as many unfinished jobs as are allowed")
    else:
        repeat(shell, job, msgspec.msgpack.encode(job.program), f"{job.id}@{job.ran_ms}")


def repeat(shell: Shell, job: Job, program: bytes, ticket: str) -> str:
    """Submits a further job with the packed program and the terms of this one, but not its times. Returns its id."""
    name = shell.jobs.fresh_id(shell.choice)
    terms = msgspec.structs.replace(job.terms, cron="", at_ms=0)
    packed = msgspec.msgpack.encode(terms)
    shell.record(JobSubmitted(name, job.user, ticket, program, shell.clock.wall_ms(), packed, job.id))
    shell.story(name, "submitted", {"of": job.id})
    shell.outbox.after(lambda: schedule(shell, name))
    return name
