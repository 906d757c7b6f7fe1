"""`marx doctor`: what this machine can do for Marx, and what would help where it cannot."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from marx.cli.connection import distributor_option
from marx.cli.exits import Exit

if TYPE_CHECKING:
    from marx.cli.checkup import Row

MARKS = {"ok": "ok", "note": "--", "bad": "!!"}


@click.command(name="doctor", epilog="Example: marx doctor")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@distributor_option
@click.pass_context
def command(ctx: click.Context, as_json: bool, distributor: str | None) -> None:
    """Checks this machine: versions, packages, its sandbox layer by layer and the tier that it proves, room, the lab.

    Marks are ok, -- (works, could be better) and !! (has to be mended: then the exit code is 1).
    """
    from marx.cli.checkup import check_all

    rows = []
    for row in check_all(distributor):
        rows.append(row)
        if not as_json:
            for line in lines(row):
                click.echo(line)
    healthy = all(row.state != "bad" for row in rows)
    if as_json:
        from dataclasses import asdict

        from marx.cli.as_json import document

        click.echo(document(healthy=healthy, checks=[asdict(row) for row in rows]))
    ctx.exit(Exit.DONE if healthy else Exit.JOB_FAILED)


def lines(row: Row) -> list[str]:
    """A finding for people, and under it what would help."""
    from marx.cli.progress import plain
    from marx.cli.table import fold

    first = f"{MARKS[row.state]}  {row.about:<20}  {plain(row.found)}".rstrip()
    fix = fold(f"      try: {plain(row.fix)}", sys.stdout, " " * 8)
    return [first, fix] if row.fix and row.state != "ok" else [first]
