"""`marx cancel`: stops jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from marx.cli.completing import GOING_ON, job_argument
from marx.cli.connection import connected, distributor_option
from marx.cli.options import json_option

if TYPE_CHECKING:
    from marx.tasker.client import Client
    from marx.tasker.errors import TaskerError


@click.command(name="cancel", epilog="Examples: marx cancel bwd94k; marx cancel --tag night")
@job_argument(GOING_ON, "jobs", metavar="JOB...", nargs=-1)
@click.option("--tag", default="", help="All jobs with this tag that have not ended.")
@json_option
@distributor_option
@click.pass_context
def command(ctx: click.Context, jobs: Sequence[str], tag: str, as_json: bool, distributor: str | None) -> None:
    """Stops each JOB. What it has printed so far stays available."""
    if not jobs and not tag:
        raise click.UsageError("which job? Name one, or a --tag.")
    with connected(distributor) as client:
        chosen = list(dict.fromkeys([*jobs, *(_tagged(client, tag) if tag else ())]))
        cancelled, faults = _cancel(client, chosen)
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(job=cancelled[0] if cancelled else "", jobs=cancelled, state="cancelled"))
    elif cancelled:
        click.echo(f"marx: {' '.join(cancelled)} {'is' if len(cancelled) == 1 else 'are'} cancelled", err=True)
    elif not faults:
        click.echo(f"marx: no job with the tag {tag!r} is left to cancel", err=True)
    from marx.cli import complain

    for fault in faults:
        complain(fault)
    ctx.exit(faults[0].exit_code if faults else 0)


def _tagged(client: Client, tag: str) -> list[str]:
    from marx.wire.messages import ListJobs

    return [row.job for row in client.jobs(ListJobs(False, tag=tag))]


def _cancel(client: Client, jobs: Sequence[str]) -> tuple[list[str], list[TaskerError]]:
    """Those that are cancelled now, and why each of the others is not."""
    from marx.tasker.errors import NoAnswer, TaskerError

    cancelled: list[str] = []
    faults: list[TaskerError] = []
    for job in jobs:
        try:
            client.cancel(job)
            cancelled.append(job)
        except NoAnswer:
            raise
        except TaskerError as fault:
            faults.append(fault)
    return cancelled, faults
