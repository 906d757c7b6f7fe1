"""`marx fsck`: is everything in a distributor's folder as it must be?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from marx.distributor.checking import Finding

FOUND = 1


@click.command(
    name="fsck",
    epilog="Example: marx fsck --repair",
)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--repair", is_flag=True, help="Remove blobs that no job names, and uploads that were not finished.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def command(ctx: click.Context, folder: Path | None, repair: bool, as_json: bool) -> None:
    """Checks the FOLDER of a distributor that does not run: its journal, its blobs, and one against the other.

    Without FOLDER it is the one that `marx serve` uses without --folder. `marx serve` names its folder at its start.

    \b
    Exit status: 0 all is sound (or repaired), 1 something is not,
    75 a distributor runs there, 78 there is no journal.
    """
    from marx.cli.serve import data_folder
    from marx.distributor import checking

    place = (folder or data_folder() / "serve").resolve()
    checked = checking.check(place)
    repaired = checking.repair(place, checked.findings) if repair else []
    left = [finding for finding in checked.findings if finding not in repaired]
    if as_json:
        from marx.cli.as_json import document

        counts = {"records": checked.records, "jobs": checked.jobs, "blobs": checked.blobs}
        click.echo(document(checked=counts, findings=rows(left), repaired=rows(repaired)))
    else:
        for finding in left:
            click.echo(f"{finding.kind}: {finding.text}\n  try: {finding.fix}")
        for finding in repaired:
            click.echo(f"removed: {finding.text}")
        verdict = f"{len(left)} findings" if left else "sound"
        click.echo(f"{place}: {checked.records} records, {checked.jobs} jobs, {checked.blobs} blobs: {verdict}")
    ctx.exit(FOUND if left else 0)


def rows(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """As objects of JSON."""
    return [{"kind": one.kind, "about": one.about, "text": one.text, "fix": one.fix} for one in findings]
