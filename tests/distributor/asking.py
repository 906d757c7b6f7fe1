"""What a tasker says and asks in tests of jobs."""

from __future__ import annotations

from marx.wire import messages as wire
from tests.distributor.model import Peer, driver_done, program


def submit(peer: Peer, ticket: str = "ticket", **terms: object) -> str:
    peer.say(wire.Submit(ticket, program(), wire.Terms(**terms)))  # type: ignore[arg-type]
    return peer.expect(wire.Submitted).job


def facts(peer: Peer, job: str) -> wire.JobFacts:
    peer.say(wire.GetJob(job))
    return peer.expect(wire.JobFacts)


def jobs(peer: Peer, question: wire.ListJobs) -> list[str]:
    peer.say(question)
    return [row.job for row in peer.expect(wire.Jobs).jobs]


def log(peer: Peer, job: str) -> list[wire.LogEntry]:
    entries: list[wire.LogEntry] = []
    while True:
        peer.say(wire.GetLog(job, entries[-1].number if entries else 0))
        answer = peer.expect(wire.JobLog)
        entries += answer.entries
        if not answer.more:
            return entries


def end(peer: Peer, worker: object, job: str) -> None:
    """Lets a model worker run the job's driver to its end."""
    lease = worker.drive().lease  # type: ignore[attr-defined]
    worker.say(driver_done(lease))  # type: ignore[attr-defined]
    peer.follow_to_end(job)
