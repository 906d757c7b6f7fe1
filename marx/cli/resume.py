"""`marx resume`: goes on with a paused job."""

from __future__ import annotations

import click

from marx.cli.completing import job_argument
from marx.cli.connection import connected, distributor_option
from marx.cli.options import json_option


@click.command(name="resume", epilog="Example: marx resume bwd94k")
@job_argument(("paused",))
@json_option
@distributor_option
def command(job: str, as_json: bool, distributor: str | None) -> None:
    """Goes on with a paused JOB."""
    with connected(distributor) as client:
        was_paused = client.pause(job, paused=False)
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(job=job, paused=False))
    else:
        said = f"{job} goes on" if was_paused else f"{job} was not paused; see where it stands: marx show {job}"
        click.echo(f"marx: {said}", err=True)
