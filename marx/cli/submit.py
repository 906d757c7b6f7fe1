"""`marx submit`: gives a program to the lab and leaves."""

from __future__ import annotations

from collections.abc import Sequence

import click

from marx.cli.connection import connected, distributor_option
from marx.cli.preparing import PASS_ARGUMENTS_ON, Asked, prepare, program_options


@click.command(name="submit", context_settings=PASS_ARGUMENTS_ON)
@click.option("-q", "--quiet", is_flag=True, help="Print the job's id alone.")
@click.option("-v", "--verbose", is_flag=True, help="Say which files are sent, and why.")
@click.option("--wait", is_flag=True, help="Wait for the end, and exit with the program's code.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@distributor_option
@program_options
@click.pass_context
def command(
    ctx: click.Context,
    quiet: bool,
    verbose: bool,
    wait: bool,
    as_json: bool,
    distributor: str | None,
    data: Sequence[str],
    no_split: bool,
    speculate: bool,
    paranoid: bool,
    timeout: int,
    chunk_timeout: int,
    name: str,
    program: str,
    arguments: Sequence[str],
) -> None:
    """Submits PROGRAM with its arguments and files, prints the job's id, and returns."""
    import secrets

    from marx.cli.screen import open_standard_streams

    open_standard_streams()
    asked = Asked(
        program=program,
        arguments=arguments,
        data=data,
        parallel=not no_split,
        speculate=speculate,
        paranoid=paranoid,
        timeout_ms=timeout,
        chunk_timeout_ms=chunk_timeout,
        name=name,
        stays_here=False,
        line_buffered=False,
    )
    submission = prepare(asked, say=_say if verbose else None, warn=None if quiet else _say)
    with connected(distributor) as client:
        job = client.submit(secrets.token_hex(16), submission)
        if as_json:
            from marx.cli.as_json import document

            click.echo(document(job=job))
        else:
            click.echo(job)
        if not quiet and not as_json:
            _say(f"{job} is submitted; follow it with: marx watch {job}")
        if wait:
            from marx.cli.watch import wait_for

            ctx.exit(wait_for(client, job, quiet=quiet, programs_code=True))


def _say(text: str) -> None:
    click.echo(f"marx: {text}", err=True)
