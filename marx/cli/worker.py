"""`marx worker`: lends this machine, as much of it and to whom as its owner says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from marx.cli.lending_options import fence_options, lent_of, share_options, terms, time_options, too_much


@click.command(
    name="worker",
    epilog="Example: marx worker --slots 4 marx://HOST:PORT/KEY/CODE",
)
@click.argument("address", required=False)
@share_options
@time_options
@fence_options
def command(address: str | None, **options: Any) -> None:
    """Lends this machine to the distributor at ADDRESS (default: the configured one).

    SIGTERM or Ctrl-C finishes what runs and leaves; a second one leaves at once. Finished chunks that the distributor
    has not acknowledged stay on disk, and are offered again by the next start.
    """
    from marx.cli.connection import needed, own_name, settings_with
    from marx.cli.settings import BadSettings

    settings = settings_with(address)
    lab = needed(settings)
    slots = options["slots"] or (int(settings["slots"].value) if "slots" in settings else 0)
    lent = lent_of(options, options["name"] or own_name(settings), slots)

    from marx.cli.table import fold
    from marx.worker.lending import lend
    from marx.worker.settings import memory_bytes
    from sandbox import SandboxError

    for line in (terms(lent), *too_much(lent, memory_bytes())):
        click.echo(fold(f"marx worker: {line}", sys.stderr), err=True)
    try:
        lend(lab, folder_of(options["name"]), lent)
    except SandboxError as fault:
        raise BadSettings(
            str(fault), fix="marx doctor   (what this host's sandbox can do, and what would help)"
        ) from None


def folder_of(name: str | None) -> Path:
    """Where a worker keeps its key and its cache: one with a name of its own has a folder of its own.

    So two of them can run beside each other on one machine. The distributor tells workers apart by these keys.
    """
    from urllib.parse import quote

    from marx.cli.serve import data_folder

    return data_folder() / ("worker" if name is None else f"worker-{quote(name, safe='')}")
