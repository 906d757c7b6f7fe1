"""What a tasker asks: submit, follow, results, cancel. It sees its own jobs only; whose they are is the
connection's key.
"""

from __future__ import annotations

import msgspec

from marx.core import events as core
from marx.distributor import sessions, suiting
from marx.distributor.connections import KEY_SHOWN, Connection
from marx.distributor.job import Job
from marx.distributor.shell import Shell
from marx.distributor.terms import terms_fault
from marx.distributor.uploads import disk_fault
from marx.distributor.validity import Fault, minor_python, program_fault
from marx.journal.records import JobSubmitted
from marx.link.router import EMBEDDED
from marx.wire import messages as wire
from marx.wire.contents import contents_of_program
from marx.wire.limits import NAME_LENGTH_MAX, PRIORITY_MAX

_encoder = msgspec.msgpack.Encoder()


def on_submit(shell: Shell, row: Connection, message: wire.Submit) -> None:
    """Known ticket: the same job. Contents missing: Needs. Else it is written down, scheduled and confirmed."""
    job = shell.jobs.by_ticket(row.user, message.ticket)
    if job is not None:
        _confirm(shell, row, message.ticket, job.id)
        return
    program = _encoder.encode(message.program)
    fault = _submit_fault(shell, row, message, len(program))
    if fault is not None:
        shell.refuse(row, fault, message.ticket)
        return
    missing = shell.missing(*contents_of_program(message.program))
    fault = disk_fault(shell, row, {(one.hash, one.size) for one in missing})
    if fault is not None:
        shell.refuse(row, fault, message.ticket)
        return
    if missing:
        if len(row.expected) > shell.settings.program_files_max:
            row.expected.clear()  # of submissions that were never finished
        row.expected |= {content.hash: content.size for content in missing}
        shell.post.say(row.peer, wire.Needs(message.ticket, list(dict.fromkeys(one.hash for one in missing))))
        return
    _accept(shell, row, message, program)


def _accept(shell: Shell, row: Connection, message: wire.Submit, program: bytes) -> None:
    name = shell.jobs.fresh_id(shell.choice)
    row.expected.clear()
    terms = b"" if message.terms is None else _encoder.encode(message.terms)
    shell.record(JobSubmitted(name, row.user, message.ticket, program, shell.clock.wall_ms(), terms))
    shell.story(name, "submitted", {"user": row.user[:KEY_SHOWN], "program": message.program.name})
    shell.outbox.after(lambda: schedule(shell, name))
    _confirm(shell, row, message.ticket, name)


def schedule(shell: Shell, name: str, *, resumed: bool = False, nowhere: bool = False) -> None:
    """A job on disk to the scheduler: just submitted, come due, or resumed by a restarted distributor.

    `nowhere`: it is to be ended at once, so no worker shall get it.
    """
    job = shell.jobs.get(name)
    if job is None or job.program is None or job.end is not None:
        return
    if job.due_ms and not nowhere:
        shell.times_changed.set()
        return
    only = () if nowhere else suiting.suited(shell, job)
    job.suited = set(only or ())
    program = job.program
    python = minor_python(program.python) or program.python
    if program.session:
        sessions.begin(shell, name)
    shell.tell(
        core.JobSubmitted(
            job=name,
            user=job.user,
            python=python,
            timeout_ms=max(0, program.timeout_ms),
            chunk_timeout_ms=max(0, program.chunk_timeout_ms),
            resumed=resumed,
            priority=max(-PRIORITY_MAX, min(job.terms.priority, PRIORITY_MAX)),
            only=only,
            retries=max(-1, job.terms.retries),
            session=program.session,
            awaited=tuple(sorted(one for one in job.workers if not shell.stories.is_gone(one))) if resumed else (),
            driver_tries=job.driver.attempt if job.driver else 0,
        )
    )
    if job.paused:
        shell.tell(core.JobPaused(name))


def cancel(shell: Shell, job: Job, reason: str = "", *, softly: bool = False) -> None:
    """Ends a job that has not ended, also one that waits for its time. `softly`: its program may end by itself."""
    if job.due_ms:
        schedule(shell, job.id, nowhere=True)
    shell.note_requeues(job)
    shell.tell(core.JobCancelled(job.id, reason, softly))


def _confirm(shell: Shell, row: Connection, ticket: str, job: str) -> None:
    shell.outbox.after(lambda: shell.post.say(row.peer, wire.Submitted(ticket, job)))


def _submit_fault(shell: Shell, row: Connection, message: wire.Submit, record_bytes: int) -> Fault | None:
    settings, limit = shell.settings, shell.settings.program_record_bytes_max
    if not 0 < len(message.ticket) <= NAME_LENGTH_MAX:
        return Fault("bad-ticket", f"a ticket must have 1 to {NAME_LENGTH_MAX} characters")
    if shell.outbox.fault:
        return Fault("full", f"the distributor cannot write its journal: {shell.outbox.fault}", "tell its operator")
    if record_bytes > limit:
        return Fault(
            "too-large",
            f"names, arguments and small files make {record_bytes} bytes; the limit is {limit}",
            "put many small files into one archive",
        )
    return (
        program_fault(message.program, settings)
        or terms_fault(message.terms, shell.mail)
        or room_fault(shell, row.user, sum(content.size for content in contents_of_program(message.program)))
        or _size_fault(shell, message)
    )


def room_fault(shell: Shell, user: str, size: int) -> Fault | None:
    """Whether a user may have one more job, of so many bytes."""
    settings, jobs = shell.settings, shell.jobs.open_of(user)
    if len(jobs) >= settings.jobs_open_max:
        return Fault(
            "too-many-jobs",
            f"you have {len(jobs)} unfinished jobs; the limit is {settings.jobs_open_max}",
            "wait for one to end, or marx cancel JOB",
        )
    total = sum(job.size for job in jobs) + size
    if total > settings.user_bytes_max:
        return Fault(
            "full",
            f"the files of your unfinished jobs would make {total} bytes; the limit is {settings.user_bytes_max}",
            "wait for one to end, or marx cancel JOB",
        )
    return None


def _size_fault(shell: Shell, message: wire.Submit) -> Fault | None:
    """A blob that is here under this hash, but of another size than the program says."""
    for content in contents_of_program(message.program):
        if content.data is None and shell.blobs.has(content.hash) and shell.blobs.size(content.hash) != content.size:
            return Fault("bad-content", f"content {content.hash[:12]} does not have {content.size} bytes")
    return None


def on_follow(shell: Shell, row: Connection, message: wire.Follow) -> None:
    job = own(shell, row, message.job)
    if job is None:
        return
    if shell.followers.count(row.peer) >= shell.settings.follows_max:
        shell.refuse(row, Fault("busy", f"more than {shell.settings.follows_max} jobs followed at once"), job.id)
        return
    shell.followers.add(row.peer, job.id, max(0, message.stdout), max(0, message.stderr))
    shell.wake_followers()


def on_unfollow(shell: Shell, row: Connection, message: wire.Unfollow) -> None:
    shell.followers.remove(row.peer, message.job)


def on_get_result(shell: Shell, row: Connection, message: wire.GetResult) -> None:
    job = own(shell, row, message.job)
    if job is None:
        return
    if job.end is None or not job.settled:
        shell.refuse(row, Fault("running", f"job {job.id} is {job.state}", f"marx watch {job.id}"), job.id)
    else:
        shell.post.say(row.peer, job.end)


def on_cancel(shell: Shell, row: Connection, message: wire.Cancel) -> None:
    job = own_unended(shell, row, message.job)
    if job is None:
        return
    cancel(shell, job)
    shell.outbox.after(lambda: shell.post.say(row.peer, wire.Cancelled(job.id)))


def on_interrupt(shell: Shell, row: Connection, message: wire.Interrupt) -> None:
    job = own_unended(shell, row, message.job)
    if job is not None:
        cancel(shell, job, "interrupted", softly=True)


def own(shell: Shell, row: Connection, name: str) -> Job | None:
    """The job, if it is this user's; else the user is told that there is none, also where it is another's."""
    job = shell.jobs.get(name)
    if job is None or not is_own(row, job):
        shell.refuse(row, Fault("unknown-job", f"you have no job {name[:NAME_LENGTH_MAX]!r}", "marx ps -a"), name)
        return None
    return job


def own_unended(shell: Shell, row: Connection, name: str) -> Job | None:
    """The same of a job that has not ended; else the user is told that it has."""
    job = own(shell, row, name)
    if job is not None and job.end is not None:
        shell.refuse(row, Fault("ended", f"job {job.id} has ended already", f"marx results {job.id}"), job.id)
        return None
    return job


def is_own(row: Connection, job: Job) -> bool:
    return job.user == row.user or row.user == EMBEDDED
