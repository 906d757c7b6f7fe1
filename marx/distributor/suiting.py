"""Which workers may run a job: what the job asks for against what each worker said of itself.

Owns the rule and nothing else: the scheduler is told names, people are told what each of the others lacks. A job that
asks for nothing suits every worker, and costs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from marx.core.events import JobSuited
from marx.wire.messages import Hello, Terms
from marx.wire.tiers import is_at_least
from marx.wire.where import BadCondition, Fact, condition

if TYPE_CHECKING:
    from marx.distributor.jobs import Job
    from marx.distributor.shell import Shell


def asks(terms: Terms) -> bool:
    """Whether the job is not for every worker."""
    return bool(terms.where or terms.workers or terms.packages or terms.tier)


def facts_of(worker: str, hello: Hello, load: float) -> Mapping[str, Fact]:
    """What a condition may speak of."""
    return {
        "name": worker,
        "cores": hello.cores,
        "slots": hello.slots,
        "memory": hello.memory_bytes,
        "load": load,
        "python": hello.python,
        "sandbox": hello.sandbox,
    }


def lacks(terms: Terms, hello: Hello, facts: Mapping[str, Fact]) -> str:
    """Why the worker may not run such a job, for people; empty if it may."""
    name = str(facts["name"])
    if terms.workers and not any(fnmatchcase(name, wanted) for wanted in terms.workers):
        return f"it is not {' or '.join(terms.workers)}"
    if not is_at_least(hello.sandbox, terms.tier):
        return f"its isolation is {hello.sandbox or 'unproven'}, not {terms.tier}"
    if terms.where and not _holds(terms.where, facts):
        return f"not so there: {terms.where}"
    for package, version in terms.packages.items():
        present = hello.packages.get(package)
        if present is None:
            return f"it has no {package}"
        if version and present and present != version:
            return f"it has {package} {present}, not {version}"
    return ""


def _holds(where: str, facts: Mapping[str, Fact]) -> bool:
    try:
        return condition(where)(facts)
    except BadCondition:
        return False


def judged(shell: Shell, job: Job) -> Iterator[tuple[str, str]]:
    """Every worker that ever joined, with what it lacks for the job."""
    for state in shell.scheduler.workers():
        hello = shell.connections.hello_of(state.worker)
        row = shell.connections.worker(state.worker)
        yield state.worker, lacks(job.terms, hello, facts_of(state.worker, hello, row.load if row else 0.0))


def suited(shell: Shell, job: Job) -> tuple[str, ...] | None:
    """The workers that may run the job; None where all may."""
    if not asks(job.terms):
        return None
    return tuple(worker for worker, lack in judged(shell, job) if not lack)


def look_again(shell: Shell, joining: str = "") -> None:
    """A worker is about to join, or loads changed: tells the scheduler of every job that asks for certain workers."""
    for job in shell.jobs:
        if job.end is None and not job.due_ms and asks(job.terms):
            names = suited(shell, job) or ()
            if joining and joining not in names and not _lacks_as_it_joins(shell, job, joining):
                names = (*names, joining)
            if set(names) != job.suited:
                job.suited = set(names)
                shell.tell(JobSuited(job.id, names))


def _lacks_as_it_joins(shell: Shell, job: Job, worker: str) -> str:
    hello = shell.connections.hello_of(worker)
    return lacks(job.terms, hello, facts_of(worker, hello, 0.0))
