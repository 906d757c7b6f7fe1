"""`marx why`: one cause, its evidence and the next command, for a job, a chunk or a worker."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from marx.cli.completing import job_argument
from marx.cli.connection import connected, distributor_option
from marx.cli.options import json_option

if TYPE_CHECKING:
    from marx.cli.cause import Cause
    from marx.tasker.client import Client


@click.command(
    name="why",
    epilog="Examples: marx why bwd94k; marx why bwd94k/12; marx why desk-3",
)
@job_argument(name="about", metavar="JOB|JOB/[REGION/]CHUNK|WORKER")
@json_option
@distributor_option
def command(about: str, as_json: bool, distributor: str | None) -> None:
    """Says why a job waits, is slow or failed, what became of a chunk, or what is the matter with a worker."""
    with connected(distributor) as client:
        cause = why(client, about)
    if as_json:
        from marx.cli.as_json import document

        click.echo(
            document(about=about, code=cause.code, cause=cause.cause, evidence=list(cause.evidence), next=cause.fix)
        )
        return
    from marx.cli.table import fold

    click.echo(fold(f"{about}: {cause.cause}  [{cause.code}]", sys.stdout))
    for line in cause.evidence:
        click.echo(fold(f"  {line}", sys.stdout, "    "))
    click.echo(f"  try: {cause.fix}")


def why(client: Client, about: str) -> Cause:
    """Raises UsageFault for what is neither a job, a chunk nor a worker."""
    from marx.cli.causes import why_job
    from marx.cli.causes_elsewhere import why_worker
    from marx.cli.situation import Situation
    from marx.tasker.errors import UsageFault

    workers = client.workers()
    for worker in workers:
        if worker.name == about:
            return why_worker(worker)
    if "/" in about:
        return _why_chunk(client, about)
    try:
        facts = client.facts(about)
    except UsageFault:
        raise UsageFault(f"there is neither a job nor a worker {about!r}", fix="marx history; marx workers") from None
    return why_job(Situation(facts, tuple(workers)))


def _why_chunk(client: Client, about: str) -> Cause:
    """A chunk without its region is one of the last region that has such a number."""
    from marx.cli.causes_elsewhere import why_chunk
    from marx.cli.logs import chunk_of
    from marx.tasker.errors import UsageFault

    job, _, rest = about.partition("/")
    try:
        region, number = chunk_of(rest)
    except click.BadParameter:
        text = f"{about!r} is neither a worker nor a chunk: write JOB/12 or JOB/0/12"
        raise UsageFault(text, fix="marx history; marx workers") from None
    facts = client.facts(job)
    entries = list(client.log(job))
    if region < 0:
        waiting = [row.region for row in facts.chunks if row.chunk == number]
        region = max([*waiting, *(entry.region for entry in entries if entry.chunk == number)], default=0)
    return why_chunk(facts, region, number, facts.chunks, entries)
