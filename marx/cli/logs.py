"""`marx logs`: what happened to a job, attempt by attempt and chunk by chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marx.cli.completing import job_argument
from marx.cli.connection import connected, distributor_option
from marx.cli.options import json_option

if TYPE_CHECKING:
    from marx.tasker.client import Client
    from marx.wire.messages import LogEntry

LOOK_S = 1.0
"""How often a log that is followed is asked for more: a second is soon for people and nothing for a journal."""
REGIONS_SHOWN = 5


@click.command(
    name="logs",
    epilog="Example: marx logs bwd94k --chunk 12",
)
@job_argument()
@click.option("-f", "--follow", is_flag=True, help="Wait for more until the job ends; Ctrl-C leaves.")
@click.option("--chunk", metavar="[REGION/]N", help="Only what concerns this chunk.")
@json_option
@distributor_option
def command(job: str, follow: bool, chunk: str | None, as_json: bool, distributor: str | None) -> None:
    """Prints the story of JOB: attempts, workers, chunks, what was lost and repeated, its mail.

    Below a chunk stands the head of what its items printed; what the program printed is in `marx results`.
    """
    region, number = chunk_of(chunk) if chunk else (-1, -1)
    with connected(distributor) as client:
        if number >= 0:
            demand_chunk(client, job, region, number)
        after = 0
        while True:
            for entry in client.log(job, after):
                after = entry.number
                if concerns(entry, region, number):
                    click.echo(json_line(entry) if as_json else "\n".join([line(entry), *printed(entry)]))
            if not follow or has_ended(client, job):
                return
            pause()


def chunk_of(text: str) -> tuple[int, int]:
    """Region (-1 for any) and chunk. Raises BadParameter."""
    region, _, number = text.rpartition("/")
    if not number.isdecimal() or not (region or "0").isdecimal():
        raise click.BadParameter(f"{text!r} is not a chunk: write 12 or 0/12", param_hint="--chunk")
    return int(region) if region else -1, int(number)


def demand_chunk(client: Client, job: str, region: int, chunk: int) -> None:
    """Raises JobFailed, with the numbers that there are, for a chunk that is neither in the log nor outstanding."""
    from marx.tasker.errors import JobFailed

    known = {(entry.region, entry.chunk) for entry in client.log(job) if entry.chunk >= 0}
    known |= {(row.region, row.chunk) for row in client.facts(job).chunks}
    if any(number == chunk and region in (-1, at) for at, number in known):
        return
    wanted = f"{region}/{chunk}" if region >= 0 else str(chunk)
    last = dict(sorted(known))
    ranges = [f"{at}/0..{at}/{number}" for at, number in last.items()]
    there = f"there are {', '.join(ranges[:REGIONS_SHOWN])}" if ranges else "none was cut yet"
    raise JobFailed(f"job {job} has no chunk {wanted}; {there}", fix=f"marx logs {job}")


def concerns(entry: LogEntry, region: int, chunk: int) -> bool:
    """Whether an entry is about a chunk; all are about chunk -1."""
    return chunk < 0 or (entry.chunk == chunk and region in (-1, entry.region))


def line(entry: LogEntry) -> str:
    from marx.cli.progress import plain
    from marx.cli.times import show_time
    from marx.wire.quantities import show_duration

    place = f"{entry.region}/{entry.chunk} " if entry.chunk >= 0 else f"{entry.region} " if entry.region >= 0 else ""
    text = plain(entry.text)
    if entry.kind == "chunk":
        again = f", attempt {entry.attempt}" if entry.attempt > 1 else ""
        text += f" at {plain(entry.worker)}{again}, {show_duration(entry.wall_ns // 1_000_000)}"
    when = show_time(entry.at_ms) if entry.at_ms else ""
    return f"{when:<19}  {entry.kind:<9} {place}{'' if text == entry.kind else text}".rstrip()


def printed(entry: LogEntry) -> list[str]:
    """The head of what a chunk's items printed, below its line."""
    from marx.cli.progress import plain

    return [f"{'':<19}  | {plain(text)}" for text in entry.printed.decode("utf-8", "replace").splitlines()]


def json_line(entry: LogEntry) -> str:
    from marx.cli.as_json import line as one_line
    from marx.cli.as_json import plain_values

    return one_line(**{**plain_values(entry), "printed": entry.printed.decode("utf-8", "replace")})


def has_ended(client: Client, job: str) -> bool:
    return bool(client.facts(job).row.ended_ms)


def pause() -> None:
    import gevent

    gevent.sleep(LOOK_S)
