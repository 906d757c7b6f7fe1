"""`marx plan`: how long a program would take, and what of it would run in chunks, from its first moments here.

The program runs here, in its sandbox, until its first loop in chunks has been measured; then it is stopped, and nothing
that it wrote is kept.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from marx.cli.connection import distributor_option
from marx.cli.options import json_option
from marx.cli.preparing import PASS_ARGUMENTS_ON, Asked, prepare
from marx.cli.submission_options import program_options

if TYPE_CHECKING:
    from marx.tasker.client import Client
    from marx.tasker.submission import Submission
    from marx.wire.messages import Ended, RegionProgress

PATIENCE_S = 30.0
"""A program that has not come to a loop in chunks by then is said to have none so far."""
SURE = 1.3
"""So near to the median must the time be that nine of ten stay below; else it is measured for longer."""
SURE_S = 8.0
"""But not for longer than this."""
TARGET_MS = 500
"""What a chunk takes in the middle of a region."""


@dataclass(frozen=True, slots=True)
class Pilot:
    """What the first moments showed: the loop that was measured, or none."""

    ran_ms: int
    slots: int
    ended: Ended | None
    region: RegionProgress | None


@dataclass(frozen=True, slots=True)
class RunTime:
    """How long the program takes to the end of that loop, somewhere."""

    where: str
    slots: int
    likely_ms: int
    late_ms: int


@click.command(
    name="plan",
    context_settings=PASS_ARGUMENTS_ON,
    epilog="Example: marx plan census.py --year 2026",
)
@distributor_option
@json_option
@program_options
def command(distributor: str | None, as_json: bool, program: str, arguments: Sequence[str], **options: Any) -> None:
    """Runs the first moments of PROGRAM on this machine and stops it. Says what would run in chunks, in about how many,
    and when that would be through: here, and on the lab as it is now. Nothing is submitted or kept.
    """
    from marx.cli.as_json import document

    there = _lab_slots(distributor)
    asked = Asked(program, arguments, options, stays_here=True, line_buffered=False)
    pilot = _pilot(asked)
    run_times = [] if pilot.region is None else list(run_times_of(pilot, there))
    if as_json:
        rows = [{name: getattr(one, name) for name in one.__slots__} for one in run_times]
        click.echo(document(ran_ms=pilot.ran_ms, ended=pilot.ended is not None, region=pilot.region, run_times=rows))
        return
    for line in lines(pilot, run_times):
        click.echo(line)


def run_times_of(pilot: Pilot, there: int) -> Iterator[RunTime]:
    """Here and, if there is a lab with `there` slots, on it: what runs in chunks is shared by as many."""
    region = pilot.region
    assert region is not None
    for where, slots in (("here", pilot.slots), ("on the lab", there)):
        if slots:
            likely, late = (eta_ms * pilot.slots // slots for eta_ms in (region.eta_p50_ms, region.eta_p90_ms))
            yield RunTime(where, slots, pilot.ran_ms + likely, pilot.ran_ms + late)


def chunks_of(region: RegionProgress, slots: int) -> int:
    """About how many there will be, by what is left."""
    return region.chunks + max(0, round(region.eta_p50_ms * slots / TARGET_MS))


def lines(pilot: Pilot, run_times: Sequence[RunTime]) -> Iterator[str]:
    from marx.cli.progress import counted, excerpt
    from marx.wire.places import place_of
    from marx.wire.quantities import show_duration

    region = pilot.region
    if region is None:
        ran = show_duration(pilot.ran_ms)
        yield f"it ended after {ran}" if pilot.ended is not None else f"no loop in chunks in its first {ran}"
        yield "nothing of it was worth running in chunks until then; marx explain says why"
        return
    items = counted(region.items, "item")
    chunks = counted(chunks_of(region, pilot.slots), "chunk")
    yield f"{place_of(region)}: {excerpt(region.source)} {items}, about {chunks}"
    for one in run_times:
        likely, late = show_duration(one.likely_ms), show_duration(one.late_ms)
        yield f"{one.where} ({counted(one.slots, 'slot')}): through after {likely}, at most {late} (90%)"
    yield "what comes after this loop is not counted"


def _lab_slots(distributor: str | None) -> int:
    """Slots of the ready workers with this Python, where a lab is configured; 0 where none is."""
    from marx.cli.connection import configured, connected, python_version, settings_with

    if configured(settings_with(distributor)) is None:
        return 0
    minor = python_version().rpartition(".")[0]
    with connected(distributor) as client:
        rows = client.workers()
    return sum(row.slots for row in rows if row.state == "ready" and row.python.rpartition(".")[0] == minor)


def _pilot(asked: Asked) -> Pilot:
    from marx.cli.embedded import Lab
    from marx.worker.settings import cores_usable

    slots = 1 if asked.options["no_split"] else cores_usable()
    with Lab(slots=slots, say=None) as lab:
        submission = prepare(asked, say=None, warn=None)
        return _measured(lab.client(submission.program.python), submission, slots)


def _measured(client: Client, submission: Submission, slots: int) -> Pilot:
    """Runs it until a loop is measured, it ends, or patience does."""
    import gevent

    from marx.wire.messages import Ended, Progress

    started = time.monotonic()
    job = client.submit(secrets.token_hex(16), submission)
    ended, region = None, None
    with gevent.Timeout(PATIENCE_S, False):
        for message in client.follow(job):
            ended = message if isinstance(message, Ended) else None
            if isinstance(message, Progress):
                region = next((one for one in message.regions if one.done < one.items and one.eta_p50_ms > 0), region)
            if ended is not None or (region is not None and _is_sure(region, time.monotonic() - started)):
                break
    ran_ms = round(1000 * (time.monotonic() - started))
    if ended is None:
        client.cancel(job)
    return Pilot(ran_ms, slots, ended, region)


def _is_sure(region: RegionProgress, ran_s: float) -> bool:
    return region.eta_p90_ms <= SURE * region.eta_p50_ms or ran_s > SURE_S
