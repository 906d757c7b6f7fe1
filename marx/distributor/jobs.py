"""All jobs as the journal tells them: `apply` is the one way to change them, for a record just written and for a
replayed one. Owns no socket, clock or schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from marx.distributor.applying import change, submitted
from marx.distributor.job import Job
from marx.distributor.output import STDERR, STDOUT, OutputLog
from marx.journal.records import EpochStarted, JobForgotten, JobSubmitted, Record, WorkerForgotten, WorkerNoted

ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No characters that are mistaken for each other when a person reads an id aloud."""
ID_LENGTH = 6


class Jobs:
    """The jobs by id, and what is asked of all of them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._tickets: dict[tuple[str, str], str] = {}

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def get(self, job: str) -> Job | None:
        return self._jobs.get(job)

    def by_ticket(self, user: str, ticket: str) -> Job | None:
        job = self._tickets.get((user, ticket))
        return None if job is None else self._jobs[job]

    def open_of(self, user: str) -> list[Job]:
        return [job for job in self if job.end is None and job.user == user]

    def fresh_id(self, choice: Callable[[str], str]) -> str:
        """An id that no job has; `choice` picks one character."""
        while True:
            fresh = "".join(choice(ID_ALPHABET) for _ in range(ID_LENGTH))
            if fresh not in self._jobs:
                return fresh

    def commit_all(self) -> None:
        """After a replay: all that was read is on disk."""
        for job in self:
            for stream in (STDOUT, STDERR):
                job.output.commit(stream, job.output.size(stream))
            if job.end is not None:
                self.settle(job)

    def settle(self, job: Job) -> None:
        """The record of its end is on disk. Its output is now in `end`."""
        job.settled = True
        job.output = OutputLog()

    def apply(self, record: Record) -> None:
        """What a record says becomes so. One that does not fit is a fault of the journal and raises."""
        match record:
            case JobSubmitted():
                job = submitted(record)
                self._jobs[job.id] = job
                self._tickets[job.user, job.ticket] = job.id
            case JobForgotten(job=name):
                job = self._jobs.pop(name)
                self._tickets.pop((job.user, job.ticket))
            case EpochStarted() | WorkerNoted() | WorkerForgotten():
                pass
            case _:
                change(self._jobs[record.job], record)
