"""`marx workers`: the machines that are lent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marx.cli.connection import connected, distributor_option, say_left_out

if TYPE_CHECKING:
    from marx.wire.messages import WorkerRow

HEADING = ("WORKER", "STATE", "BUSY", "CORES", "MEMORY", "LOAD", "PYTHON", "DONE", "LOST", "SANDBOX")


@click.command(name="workers", epilog="Example: marx workers --json")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@distributor_option
def command(as_json: bool, distributor: str | None) -> None:
    """Lists the workers: state, size, load, and what they have done.

    BUSY is of its slots; MEMORY what one program gets there, of what the machine has; DONE and LOST count chunks since
    the distributor's start.
    """
    with connected(distributor) as client:
        workers = client.workers()
        say_left_out(client)
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(workers=workers))
        return
    from marx.cli.table import columns, terminal_width

    heading, *lines = columns(HEADING, map(row, workers), terminal_width())
    click.echo(heading)
    for worker, line in zip(workers, lines, strict=True):
        click.echo(line)
        if note := note_of(worker, terminal_width()):
            click.echo(note)
    if not workers:
        click.echo("marx: nobody lends a machine yet: marx worker ADDRESS   (there)", err=True)


def row(worker: WorkerRow) -> tuple[str, ...]:
    from marx.wire.quantities import size_to_type

    memory = size_to_type(worker.memory_bytes)
    return (
        worker.name,
        worker.state,
        f"{worker.busy}/{worker.slots}",
        str(worker.cores),
        f"{size_to_type(worker.lent_bytes)} of {memory}" if worker.lent_bytes else memory,
        f"{worker.load:.1f}",
        worker.python,
        str(worker.chunks_done),
        str(worker.chunks_lost),
        worker.sandbox,
    )


def note_of(worker: WorkerRow, width: int | None = None) -> str:
    """Why it is in its state, on a line of its own below it; cut for a terminal (`marx why WORKER` says it all)."""
    from marx.cli.causes_elsewhere import is_quiet, last_heard
    from marx.cli.progress import plain

    texts = [plain(worker.reason)] * bool(worker.reason) + [last_heard(worker)] * is_quiet(worker)
    note = f"  {'; '.join(texts)}" if texts else ""
    return note if width is None or len(note) <= width else f"{note[: width - 1]}…"
