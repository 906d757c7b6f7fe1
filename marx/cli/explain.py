"""`marx explain`: the plan of a program, without running it."""

from __future__ import annotations

import click


@click.command(name="explain")
@click.argument("program")
@click.option("-v", "--verbose", is_flag=True, help="All reasons, not only the first of each region.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(program: str, verbose: bool, as_json: bool) -> None:
    """Shows line by line what of PROGRAM would run in chunks, why the rest would not, and the smallest edit that
    would help.
    """
    from sandbox.policy import check

    from marx.cli.verdicts import explain_json, explain_lines, policy_lines
    from marx.program import analyse, read_source

    source = read_source(program)
    plan = analyse(source, program)
    if as_json:
        import json

        click.echo(json.dumps(explain_json(program, plan, check(source, program)), indent=2))
        return
    for line in explain_lines(program, source, plan, verbose=verbose):
        click.echo(line)
    if verbose:
        for line in policy_lines(program, check(source, program)):
            click.echo(line)
