"""`marx pause`: holds a job up."""

from __future__ import annotations

import click

from marx.cli.completing import job_argument
from marx.cli.connection import connected, distributor_option
from marx.cli.options import json_option


@click.command(name="pause", epilog="Example: marx pause bwd94k")
@job_argument(("queued", "running"))
@json_option
@distributor_option
def command(job: str, as_json: bool, distributor: str | None) -> None:
    """Gives out nothing more of JOB; what runs comes to its end. Its time limit goes on."""
    with connected(distributor) as client:
        was_going = client.pause(job, paused=True)
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(job=job, paused=True))
    else:
        state = "is paused" if was_going else "was paused already"
        click.echo(f"marx: {job} {state}; go on with: marx resume {job}", err=True)
