"""Which workers may run a job: what the job asks for against what each worker said of itself.

Owns the rule and nothing else: the scheduler is told names, people are told what each of the others lacks. A job that
asks for nothing suits every worker, and costs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from marx.core.events import JobSuited
from marx.wire.messages import Hello, Terms
from marx.wire.tiers import is_at_least

if TYPE_CHECKING:
    from marx.distributor.job import Job
    from marx.distributor.shell import Shell
    from marx.wire.where import Condition, Fact

LENT_BYTES_MAX = 1 << 50
"""A thousand times the memory of a large machine."""


def asks(terms: Terms) -> bool:
    """Whether the job is not for every worker."""
    return bool(terms.where or terms.workers or terms.packages or terms.tier)


def lent_bytes(hello: Hello) -> int:
    """What one program gets there; 0 where it does not say, or says what no machine has."""
    return hello.lent_bytes if 0 < hello.lent_bytes <= LENT_BYTES_MAX else 0


def facts_of(worker: str, hello: Hello, load: float) -> Mapping[str, Fact]:
    """What a condition may speak of."""
    return {
        "name": worker,
        "cores": hello.cores,
        "slots": hello.slots,
        "memory": hello.memory_bytes,
        "lent": lent_bytes(hello),
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
    condition = _condition(where)
    return condition is not None and condition(facts)


@lru_cache(maxsize=256)
def _condition(where: str) -> Condition | None:
    """The same few conditions are asked of every worker, again and again. None for what is none."""
    from marx.wire.where import BadCondition, condition

    try:
        return condition(where)
    except BadCondition:
        return None


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


def joined(shell: Shell, worker: str) -> None:
    """A worker is about to join, perhaps as another than it was: every job that asks for certain workers judges it."""
    hello = shell.connections.hello_of(worker)
    for job in _asking(shell):
        fits = not lacks(job.terms, hello, facts_of(worker, hello, 0.0))
        if fits != (worker in job.suited):
            _tell(shell, job, job.suited ^ {worker})


def loads_changed(shell: Shell) -> None:
    """Judges workers anew by their load, the only fact about a worker that changes while it stays."""
    for job in _asking(shell):
        if "load" in job.terms.where:
            names = set(suited(shell, job) or ())
            if names != job.suited:
                _tell(shell, job, names)


def _asking(shell: Shell) -> list[Job]:
    return [job for job in shell.jobs if job.end is None and not job.due_ms and asks(job.terms)]


def _tell(shell: Shell, job: Job, names: set[str]) -> None:
    job.suited = names
    shell.tell(JobSuited(job.id, tuple(names)))
