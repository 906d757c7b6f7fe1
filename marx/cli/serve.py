"""`marx serve`: the distributor."""

from __future__ import annotations

from pathlib import Path

import click

PORT = 7979


@click.command(name="serve")
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="Port (0: a free one).")
@click.option("--folder", type=click.Path(path_type=Path), help="Journal, keys and blobs (~/.local/share/marx/serve).")
def command(host: str, port: int, folder: Path | None) -> None:
    """Runs the central service and prints the line with which workers and taskers join."""
    from zmq.error import ZMQError

    from marx.cli.settings import BadSettings
    from marx.distributor.serving import serve

    try:
        serve(folder or data_folder() / "serve", host, port)
    except (OSError, ZMQError) as fault:
        reason = fault.strerror or fault
        raise BadSettings(f"cannot serve on {host}:{port}: {reason}", fix=f"marx serve --port {port + 1}") from None


def data_folder() -> Path:
    """Where this user's services keep their state."""
    import os

    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "marx"
