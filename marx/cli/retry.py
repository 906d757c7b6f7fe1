"""`marx retry`: runs an ended job once more."""

from __future__ import annotations

import click

from marx.cli.completing import ENDED, job_argument
from marx.cli.connection import connected, distributor_option
from marx.cli.options import json_option


@click.command(name="retry", epilog="Example: marx retry bwd94k")
@job_argument(ENDED)
@click.option("-q", "--quiet", is_flag=True, help="Print the new job's id alone.")
@json_option
@distributor_option
def command(job: str, quiet: bool, as_json: bool, distributor: str | None) -> None:
    """Submits JOB again with the files, arguments and terms of then, and prints the new job's id."""
    import secrets

    with connected(distributor) as client:
        again = client.retry(secrets.token_hex(16), job)
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(job=again, of=job))
        return
    click.echo(again)
    if not quiet:
        click.echo(f"marx: {job} runs once more as {again}; follow it with: marx watch {again}", err=True)
