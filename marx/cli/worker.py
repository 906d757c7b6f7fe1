"""`marx worker`: lends this machine."""

from __future__ import annotations

from collections.abc import Sequence

import click


@click.command(name="worker")
@click.argument("address", required=False)
@click.option("--slots", type=click.IntRange(1, 9999), help="Chunks at a time (default: the usable cores).")
@click.option("--name", help="How this machine is called (default: its host name).")
@click.option("--allow-missing", multiple=True, metavar="LAYER", help="Lend without this layer of the sandbox.")
@click.option(
    "--policy",
    type=click.Choice(["report", "static"]),
    default="report",
    show_default=True,
    help="static: refuse programs that reach behind the language (see marx explain), although the sandbox holds them.",
)
def command(
    address: str | None, slots: int | None, name: str | None, allow_missing: Sequence[str], policy: str
) -> None:
    """Lends this machine to the distributor at ADDRESS (default: the configured one).

    SIGTERM or Ctrl-C finishes what runs and leaves; a second one leaves at once.
    """
    from marx.cli.connection import needed, own_name, settings_with
    from marx.cli.serve import data_folder
    from marx.cli.settings import BadSettings

    settings = settings_with(address)
    lab = needed(settings)
    if slots is None and "slots" in settings:
        slots = int(settings["slots"].value)

    from marx.worker.lending import lend
    from marx.worker.settings import WorkerSettings, cores_usable
    from sandbox import SandboxError

    lent = WorkerSettings(
        name=name or own_name(settings),
        slots=slots or cores_usable(),
        waive=frozenset(allow_missing),
        policy="static" if policy == "static" else "report",
    )
    try:
        lend(lab, data_folder() / "worker", lent)
    except SandboxError as fault:
        raise BadSettings(str(fault), fix="marx worker --allow-missing LAYER   (a weaker fence)") from None
