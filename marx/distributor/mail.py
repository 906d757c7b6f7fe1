"""Mail about jobs: which is owed, and the queue of it in the journal. `courier.py` sends it.

What is owed follows from the job alone, so a restart finds what a crash kept from being queued.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marx.distributor.job import Job
from marx.journal.records import MailNoted

if TYPE_CHECKING:
    from marx.distributor.shell import Shell


def owed(job: Job) -> list[str]:
    """The types of mail that the job's state calls for and that are not queued yet. Of "end" and "fail" one is sent."""
    asked = job.terms.mail_types if job.terms.mail else []
    found = []
    if job.started_ms and "begin" in asked:
        found.append("begin")
    if job.end is not None:
        failed = job.end.state != "done" or job.end.exit_code != 0
        if failed and "fail" in asked:
            found.append("fail")
        elif "end" in asked:
            found.append("end")
    return [kind for kind in found if kind not in job.mails]


def queue(shell: Shell, job: Job, kinds: list[str]) -> None:
    """Written down with whatever calls for it; sent when that is on disk."""
    for kind in kinds:
        shell.record(MailNoted(job.id, kind, "queued", 0, "", shell.clock.wall_ms()))
    if kinds:
        shell.outbox.after(shell.mail_changed.set)


def queue_late(shell: Shell, job: Job) -> None:
    """The job runs longer than it was said to nine times of ten."""
    if "late" not in job.terms.mail_types or "late" in job.mails or job.said is None or not job.started_ms:
        return
    if shell.clock.wall_ms() - job.started_ms > job.said[1]:
        queue(shell, job, ["late"])
