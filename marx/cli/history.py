"""`marx history`: the user's jobs that were, by name, tag, state and time."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from marx.cli.connection import connected, distributor_option, say_left_out
from marx.cli.options import json_option, past

if TYPE_CHECKING:
    from marx.wire.messages import JobRow

HEADING = ("JOB", "NAME", "STATE", "SUBMITTED", "TIME", "EXIT", "TAGS")
STATES = ("scheduled", "queued", "running", "paused", "done", "failed", "cancelled")


@click.command(name="history", epilog="Example: marx history --tag nightly --state failed --since '2026-11-01'")
@click.option("--name", default="", help="Only jobs whose name holds this text.")
@click.option("--tag", default="", help="Only jobs with this tag.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--since", type=past, help="Only jobs submitted at or after this time: 2026-11-01, 08:00, 2h (ago).")
@click.option("--until", type=past, help="Only jobs submitted at or before this time.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many, the latest."
)
@click.option("--estimates", is_flag=True, help="What jobs were said to take, and what they took.")
@click.option("--csv", "as_csv", is_flag=True, help="For spreadsheets.")
@json_option
@distributor_option
def command(
    name: str,
    tag: str,
    states: Sequence[str],
    since: int | None,
    until: int | None,
    limit: int,
    estimates: bool,
    as_csv: bool,
    as_json: bool,
    distributor: str | None,
) -> None:
    """Lists your jobs, those that ended included: the latest last.

    With --estimates those that were said to take so long once that was known: beside it what they took, and how often
    that was within. A job of several loops is said to take until the first one's end.
    """
    from marx.wire.messages import ListJobs

    question = ListJobs(True, name, tag, list(states), since or 0, until or 0, limit)
    with connected(distributor) as client:
        jobs = client.jobs(question)
        say_left_out(client, "marx history --until TIME")
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(jobs=jobs))
    elif as_csv:
        write_csv(jobs)
    elif estimates:
        from marx.cli.estimates import lines

        for line in lines(jobs):
            click.echo(line)
    else:
        show_table(jobs)


def show_table(jobs: Sequence[JobRow]) -> None:
    from marx.cli.table import columns, terminal_width

    for line in columns(HEADING, map(row, jobs), terminal_width()):
        click.echo(line)
    if not jobs:
        click.echo("marx: no job of yours is like that: marx ps -a", err=True)


def row(job: JobRow) -> tuple[str, ...]:
    from marx.cli.times import show_time
    from marx.wire.quantities import show_duration

    took = show_duration(job.ended_ms - job.started_ms) if job.ended_ms and job.started_ms else "-"
    exit_code = str(job.exit_code) if job.ended_ms else "-"
    return job.job, job.name, job.state, show_time(job.submitted_ms)[:-3], took, exit_code, ",".join(job.tags)


def write_csv(jobs: Sequence[JobRow]) -> None:
    """One line a job with all its fields; times in ms since 1970.

    Names and notes are anybody's texts: what a spreadsheet would compute is quoted, and control characters are gone.
    """
    from marx.wire.messages import JobRow

    writer = csv.writer(sys.stdout, lineterminator="\n")
    names = JobRow.__struct_fields__
    writer.writerow(names)
    for job in jobs:
        writer.writerow([_cell(getattr(job, name)) for name in names])
    sys.stdout.flush()


def _cell(value: object) -> str:
    from marx.cli.progress import plain

    text = plain(" ".join(value) if isinstance(value, list) else str(value))
    return f"'{text}" if text[:1] in {"=", "+", "@"} or (text[:1] == "-" and not text[1:].isdecimal()) else text
