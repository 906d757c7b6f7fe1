"""`marx serve`: the distributor."""

from __future__ import annotations

import os
from errno import EADDRINUSE, EADDRNOTAVAIL, ENODEV
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zmq.error import ZMQError

    from marx.cli.settings import BadSettings

PORT = 7979
PORT_MAX = 65535


@click.command(
    name="serve",
    epilog="Example: marx serve --port 7979",
)
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, PORT_MAX), help="Port (0: a free one).")
@click.option("--folder", type=click.Path(path_type=Path), help="Journal, keys and blobs (~/.local/share/marx/serve).")
def command(host: str, port: int, folder: Path | None) -> None:
    """Runs the central service and prints the line with which workers and taskers join."""
    from zmq.error import ZMQError

    from marx.cli.settings import BadSettings
    from marx.distributor.serving import serve

    home = folder or data_folder() / "serve"
    try:
        serve(home, host, port)
    except OSError as fault:
        reason = fault.strerror or fault
        fix = "marx serve --folder FOLDER   (one that this user may write)"
        raise BadSettings(f"cannot keep journal and keys in {home}: {reason}", fix=fix) from None
    except ZMQError as fault:
        raise _not_there(host, port, fault) from None


def _not_there(host: str, port: int, fault: ZMQError) -> BadSettings:
    """Why nobody can listen there."""
    from marx.cli.settings import BadSettings

    if fault.errno == EADDRINUSE:
        return BadSettings(
            f"cannot serve on {host}:{port}: something else listens there",
            fix=f"marx serve --port {port % PORT_MAX + 1}",
        )
    reason = os.strerror(fault.errno) if fault.errno is not None else str(fault)
    if fault.errno in (ENODEV, EADDRNOTAVAIL):
        reason = f"this machine has no address or interface {host!r}"
    return BadSettings(f"cannot serve on {host}:{port}: {reason}", fix="marx serve --host 0.0.0.0   (all addresses)")


def data_folder() -> Path:
    """Where this user's services keep their state."""
    from marx.cli.settings import home_folder

    return Path(os.environ.get("XDG_DATA_HOME") or home_folder(os.environ) / ".local" / "share") / "marx"
