"""A job's changes as NDJSON: what `run --events FILE` writes and `watch --json` prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from marx.wire.messages import Ended, Progress


def event_line(message: Progress | Ended) -> str:
    """One change. Of an end what a program wants to know; the output and the files are in `marx results`."""
    from marx.cli.as_json import line, plain_values
    from marx.wire.messages import Ended

    if not isinstance(message, Ended):
        return line(kind="progress", **plain_values(message))
    return line(
        kind="ended",
        job=message.job,
        wall_ms=message.wall_ms,
        state=message.state,
        exit_code=message.exit_code,
        reason=message.reason,
        astray=message.astray,
    )


def events_to(stream: IO[str] | None) -> Callable[[Progress | Ended], None]:
    """Writes each change at once, for whoever reads along."""

    def write(message: Progress | Ended) -> None:
        if stream is not None:
            stream.write(event_line(message) + "\n")
            stream.flush()

    return write
