"""How long ended jobs are kept: by number, by age, and by what they occupy, the oldest going first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from marx.distributor.job import Job
from marx.distributor.settings import DistributorSettings


def expired(jobs: Iterable[Job], settings: DistributorSettings, now_ms: int) -> Iterator[tuple[Job, str]]:
    """The ended jobs that are kept no longer, each with the reason. `now_ms` is wall-clock time."""
    ended = [job for job in jobs if job.settled and not _has_mail_to_send(job)]
    too_many = len(ended) - settings.jobs_ended_max
    too_large = sum(job.kept_bytes for job in ended) - settings.ended_bytes_max
    for place, job in enumerate(ended):
        if place < too_many:
            reason = "more ended jobs than are kept"
        elif too_large > 0:
            reason = "ended jobs occupy more than is kept"
        elif settings.ended_age_ms and now_ms - job.ended_ms > settings.ended_age_ms:
            reason = "it ended longer ago than jobs are kept"
        else:
            continue
        too_large -= job.kept_bytes
        yield job, reason


def _has_mail_to_send(job: Job) -> bool:
    return any(mail.state == "queued" for mail in job.mails.values())
