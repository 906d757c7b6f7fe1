"""What a tasker asks about a job that it has: facts, log, a pause, another run."""

from __future__ import annotations

import gevent

from marx.core import events as core
from marx.distributor.connections import Connection
from marx.distributor.facts import job_facts
from marx.distributor.history import entries
from marx.distributor.job import Job
from marx.distributor.shell import Shell
from marx.distributor.taskers import own, own_unended, room_fault
from marx.distributor.timetable import repeat
from marx.distributor.validity import Fault
from marx.journal.errors import JournalError
from marx.journal.records import JobPaused, JobSubmitted, Record
from marx.wire import messages as wire
from marx.wire.limits import NAME_LENGTH_MAX

LOG_ENTRIES = 500
"""Records that are read for one answer; the reader asks again for more."""


def on_get_job(shell: Shell, row: Connection, message: wire.GetJob) -> None:
    job = own(shell, row, message.job)
    if job is not None:
        shell.post.say(row.peer, job_facts(shell, job))


def on_get_log(shell: Shell, row: Connection, message: wire.GetLog) -> None:
    """Read in a thread, for the journal of a long job is long; and with everything that was written down so far."""
    job = own(shell, row, message.job)
    if job is not None:
        shell.outbox.after(lambda: gevent.spawn(_send_log, shell, row, job.id, message.after) and None)


def _send_log(shell: Shell, row: Connection, job: str, after: int) -> None:
    records = gevent.get_hub().threadpool.apply(_records_of, (shell, job, after, LOG_ENTRIES))
    if isinstance(records, JournalError):
        shell.refuse(row, Fault("full", str(records), "tell its operator"), job)
    else:
        more = len(records) == LOG_ENTRIES
        found = list(entries(records))
        if more and (not found or found[-1].number != records[-1][0]):
            found.append(wire.LogEntry(records[-1][0], "", ""))
        shell.post.say(row.peer, wire.JobLog(job, found, more))
    shell.post.flush()


def on_pause(shell: Shell, row: Connection, message: wire.Pause) -> None:
    job = own_unended(shell, row, message.job)
    if job is None:
        return
    already = job.paused == message.paused
    if not already:
        shell.record(JobPaused(job.id, message.paused, shell.clock.wall_ms()))
        event = core.JobPaused(job.id) if message.paused else core.JobResumed(job.id)
        shell.outbox.after(lambda: shell.tell(event))
    shell.outbox.after(lambda: shell.post.say(row.peer, wire.Paused(job.id, message.paused, already)))


def on_retry(shell: Shell, row: Connection, message: wire.Retry) -> None:
    """The same ticket again is the same job, as for a submission."""
    known = shell.jobs.by_ticket(row.user, message.ticket)
    if known is not None:
        shell.outbox.after(lambda: shell.post.say(row.peer, wire.Submitted(message.ticket, known.id)))
        return
    job = own(shell, row, message.job)
    if job is None:
        return
    if not 0 < len(message.ticket) <= NAME_LENGTH_MAX:
        fault: Fault | None = Fault("bad-ticket", f"a ticket must have 1 to {NAME_LENGTH_MAX} characters")
    elif job.end is None:
        fault = Fault("running", f"job {job.id} has not ended", f"marx watch {job.id}")
    else:
        fault = room_fault(shell, row.user, job.size)
    if fault is not None:
        shell.refuse(row, fault, message.ticket)
        return
    gevent.spawn(_repeat, shell, row, job, message.ticket)


def _repeat(shell: Shell, row: Connection, job: Job, ticket: str) -> None:
    """The program of an ended job is in the journal only: its first record."""
    records = gevent.get_hub().threadpool.apply(_records_of, (shell, job.id, 0, 1))
    known = shell.jobs.by_ticket(row.user, ticket)
    if known is not None:
        name = known.id
    elif isinstance(records, list) and records and isinstance(records[0][1], JobSubmitted) and shell.jobs.get(job.id):
        name = repeat(shell, job, records[0][1].program, ticket)
    else:
        shell.refuse(row, Fault("gone", f"the program of job {job.id} is not kept any more", "submit it anew"), ticket)
        shell.post.flush()
        return
    shell.outbox.after(lambda: shell.post.say(row.peer, wire.Submitted(ticket, name)))
    shell.post.flush()


def _records_of(shell: Shell, job: str, after: int, limit: int) -> list[tuple[int, Record]] | JournalError:
    """In a thread of the pool: an error is returned and not raised, which gevent would print."""
    try:
        return shell.outbox.of_job(job, after, limit)
    except JournalError as fault:
        return fault
