"""`marx serve`: the distributor."""

from __future__ import annotations

import os
from errno import EADDRINUSE
from pathlib import Path

import click

PORT = 7979
PORT_MAX = 65535


@click.command(
    name="serve",
    short_help="Runs the central service, and prints how to join it.",
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
        taken = fault.errno == EADDRINUSE
        fix = f"marx serve --port {port % PORT_MAX + 1}" if taken else "marx serve --host 0.0.0.0   (all addresses)"
        reason = os.strerror(fault.errno) if fault.errno is not None else str(fault)
        raise BadSettings(f"cannot serve on {host}:{port}: {reason}", fix=fix) from None


def data_folder() -> Path:
    """Where this user's services keep their state."""
    import os

    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "marx"
