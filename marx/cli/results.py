"""`marx results`: what a job printed and wrote, into a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from marx.cli.completing import ENDED, job_argument
from marx.cli.connection import connected, distributor_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marx.wire.messages import Ended, File

FOLDER = Path("marx-results")
ASTRAY_FIX = "write below the working folder: only what lies there comes back"


@click.command(
    name="results",
    epilog="Example: marx results bwd94k -o outcome",
)
@job_argument(ENDED)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to write into (marx-results/JOB).")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@distributor_option
def command(job: str, output: Path | None, as_json: bool, distributor: str | None) -> None:
    """Writes stdout, stderr, exit_code and files/ of JOB into a folder, and says which files it removed. Writes nothing
    where another file would be lost. Exits with 0 however the job ended.
    """
    from marx.tasker.writing import differing, write_files

    with connected(distributor) as client:
        ended = client.result(job)
        folder = output or FOLDER / ended.job
        _make(folder)
        files = outcome_files(ended)
        _refuse_to_lose(differing(folder, files), folder, ended.job)
        failures = write_files(folder, files, (), client.fetch)
    if failures:
        raise failures[0]
    if ended.removed:
        click.echo(f"marx: {removed(ended)}", err=True)
    if lost := astray(ended):
        click.echo(f"marx: {lost}\n  try: {ASTRAY_FIX}", err=True)
    if as_json:
        from marx.cli.as_json import document

        about = {"job": ended.job, "state": ended.state, "exit_code": ended.exit_code}
        lists = {"removed": ended.removed, "astray": ended.astray}
        click.echo(document(folder=str(folder), **about, **lists))
    else:
        from marx.cli.table import fold

        click.echo(fold(f"marx: {summary(ended)}; written to {folder}", sys.stderr), err=True)


def _make(folder: Path) -> None:
    """Raises UsageFault where there cannot be such a folder."""
    from marx.tasker.errors import UsageFault

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        reason = "it is a file" if folder.is_file() else fault.strerror
        raise UsageFault(f"cannot make the folder {folder}: {reason}", fix="marx results JOB -o ANOTHER") from None


def _refuse_to_lose(there: Sequence[str], folder: Path, job: str) -> None:
    """Raises UsageFault where results would take the place of other files."""
    from marx.tasker.errors import UsageFault

    if there:
        more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
        raise UsageFault(
            f"{there[0]!r} in {folder}{more} is another file than the job's, and would be lost: nothing was written",
            fix=f"marx results {job} -o ANOTHER",
        )


def outcome_files(ended: Ended) -> list[File]:
    """The job's end as files of the result folder."""
    from marx.wire.codec import content
    from marx.wire.messages import File

    return [
        File("stdout", ended.stdout),
        File("stderr", ended.stderr),
        File("exit_code", content(f"{ended.exit_code}\n".encode())),
        File("files/", content(b"")),
        *(File(f"files/{file.path}", file.content, file.mode) for file in ended.files),
    ]


def summary(ended: Ended) -> str:
    """One sentence about a job's end."""
    from marx.cli.progress import counted, plain
    from marx.wire.quantities import show_duration

    took = show_duration(ended.wall_ms)
    if ended.state == "done":
        return (
            f"{ended.job} ended after {took} with exit code {ended.exit_code} and {counted(len(ended.files), 'file')}"
        )
    reason = f": {plain(ended.reason)}" if ended.reason else ""
    return f"{ended.job} {ended.state} after {took}{reason}"


def removed(ended: Ended) -> str:
    """What the program deleted or renamed of the files that were sent with it: those of the tasker stay."""
    from marx.cli.progress import some

    return f"the program removed {some([repr(path) for path in ended.removed])}; here nothing was removed"


def astray(ended: Ended) -> str:
    """What was written outside of the working folder and is lost, "" if nothing. The names come from a stranger's
    machine."""
    from marx.cli.progress import some

    were = "were" if len(ended.astray) > 1 else "was"
    names = some([repr(path) for path in ended.astray])
    return f"{names} {were} written outside of the working folder and did not come back" if names else ""
