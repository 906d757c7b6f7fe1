"""`marx cancel`: stops a job."""

from __future__ import annotations

import click

from marx.cli.connection import connected, distributor_option


@click.command(name="cancel", epilog="Example: marx cancel bwd94k")
@click.argument("job")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@distributor_option
def command(job: str, as_json: bool, distributor: str | None) -> None:
    """Stops JOB. What it has printed so far stays available."""
    with connected(distributor) as client:
        client.cancel(job)
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(job=job, state="cancelled"))
    else:
        click.echo(f"marx: {job} is cancelled", err=True)
