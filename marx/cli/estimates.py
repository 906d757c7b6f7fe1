"""What jobs were said to take, held against what they took: lines of text from rows of `marx history`. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

from marx.cli.table import columns, fold, terminal_width
from marx.wire.quantities import show_duration

if TYPE_CHECKING:
    from marx.wire.messages import JobRow

HEADING = ("JOB", "NAME", "SAID", "AT MOST (90%)", "TOOK", "WITHIN")


def lines(jobs: Sequence[JobRow]) -> Iterator[str]:
    """A table of the jobs that were done and said something of their end, and one line of them all."""
    told = [job for job in jobs if job.state == "done" and job.said_ms >= 0 and job.started_ms]
    yield from columns(HEADING, map(row, told), terminal_width())
    yield fold(summary(told), sys.stdout)


def row(job: JobRow) -> tuple[str, ...]:
    return (
        job.job,
        job.name,
        show_duration(job.said_ms),
        show_duration(job.late_ms),
        show_duration(took_ms(job)),
        "said" if took_ms(job) <= job.said_ms else "at most" if took_ms(job) <= job.late_ms else "no",
    )


def summary(told: Sequence[JobRow]) -> str:
    """How often jobs ended within what was said: half of them should, and nine of ten within "at most"."""
    if not told:
        return "no job of these ended after something had been said of its end"
    said = sum(took_ms(job) <= job.said_ms for job in told) / len(told)
    late = sum(took_ms(job) <= job.late_ms for job in told) / len(told)
    error = median(abs(job.said_ms - took_ms(job)) / max(1, took_ms(job)) for job in told)
    jobs = "1 job" if len(told) == 1 else f"{len(told)} jobs"
    return (
        f"{jobs}: {said:.0%} took no longer than was said (50% would be right), {late:.0%} no longer than the most "
        f"that was said (90%); for half of them what was said was off by {error:.0%} or less of what they took"
    )


def took_ms(job: JobRow) -> int:
    return job.ended_ms - job.started_ms
