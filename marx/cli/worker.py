"""`marx worker`: lends this machine, as much of it and to whom as its owner says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from marx.cli.options import duration

if TYPE_CHECKING:
    from marx.worker.settings import WorkerSettings


def size(text: str) -> int:
    """A click type: 512M, 4G; in bytes."""
    from marx.wire.quantities import size_bytes

    try:
        return size_bytes(text)
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from None


def processors(text: str) -> tuple[int, ...]:
    """A click type: 0-3,6; as taskset has it."""
    try:
        spans = [tuple(map(int, part.split("-"))) for part in text.split(",")]
        found = [cpu for first, *last in spans for cpu in range(first, (last or [first])[0] + 1)]
    except ValueError:
        raise click.BadParameter(f"{text!r} is no list of processors: write 0-3,6") from None
    if not found or any(len(span) > 2 for span in spans):
        raise click.BadParameter(f"{text!r} is no list of processors: write 0-3,6")
    return tuple(dict.fromkeys(found))


@click.command(
    name="worker",
    short_help="Lends this machine to a distributor.",
    epilog="Example: marx worker --slots 4 marx://HOST:PORT/KEY/CODE",
)
@click.argument("address", required=False)
@click.option("--slots", type=click.IntRange(1, 9999), help="Chunks at a time (default: the usable cores).")
@click.option("--name", help="How this machine is called (default: its host name).")
@click.option("--memory", type=size, default="4G", show_default=True, help="Of one program's process.")
@click.option("--disk", type=size, default="512M", show_default=True, help="What one program may write.")
@click.option("--output", type=size, default="256M", show_default=True, help="What one program may print.")
@click.option("--chunk-timeout", type=duration, help="The longest that a chunk may take here (default: its job's).")
@click.option(
    "--drain-timeout",
    type=duration,
    default="5m",
    show_default=True,
    help="Told to leave, wait so long for a distributor that is silent.",
)
@click.option("--cpus", type=processors, metavar="LIST", help="Processors to lend, as 0-3,6; one a slot.")
@click.option(
    "--accept",
    type=click.Choice(["isolated+", "isolated", "guarded", "none"]),
    default="isolated",
    show_default=True,
    help="Lend only if this tier of isolation is proven at the start. Below isolated, strangers may get out.",
)
@click.option("--allow-missing", multiple=True, metavar="LAYER", help="Lend without this layer of the sandbox.")
@click.option(
    "--policy",
    type=click.Choice(["report", "static"]),
    default="report",
    show_default=True,
    help="static: refuse programs that reach behind the language (see marx explain), although the sandbox holds them.",
)
def command(
    address: str | None,
    slots: int | None,
    name: str | None,
    memory: int,
    disk: int,
    output: int,
    chunk_timeout: int | None,
    drain_timeout: int,
    cpus: tuple[int, ...] | None,
    accept: str,
    allow_missing: Sequence[str],
    policy: str,
) -> None:
    """Lends this machine to the distributor at ADDRESS (default: the configured one).

    SIGTERM or Ctrl-C finishes what runs and leaves; a second one leaves at once. Finished chunks that the distributor
    has not acknowledged stay on disk, and are offered again by the next start.
    """
    from marx.cli.connection import needed, own_name, settings_with
    from marx.cli.serve import data_folder
    from marx.cli.settings import BadSettings

    settings = settings_with(address)
    lab = needed(settings)
    if slots is None and "slots" in settings:
        slots = int(settings["slots"].value)

    from marx.worker.lending import lend
    from marx.worker.loading import KERNEL_FENCES
    from marx.worker.settings import FALLBACK, WorkerSettings, cpus_usable
    from sandbox import Limits, SandboxError

    usable = cpus_usable()
    if cpus and not set(cpus) <= set(usable):
        raise BadSettings(f"--cpus: of these only {_list(usable)} can be used here", fix="marx worker --cpus LIST")
    lent = WorkerSettings(
        name=name or own_name(settings),
        slots=slots or len(cpus or usable),
        waive=FALLBACK | frozenset(allow_missing) | (KERNEL_FENCES if accept == "guarded" else frozenset()),
        accept=accept,
        policy="static" if policy == "static" else "report",
        limits=Limits(memory_bytes=memory, work_bytes=disk),
        output_bytes_max=output,
        cpus=cpus or usable,
        chunk_timeout_ms=chunk_timeout or 0,
        farewell_s=drain_timeout / 1000,
    )
    click.echo(f"marx worker: {terms(lent)}", err=True)
    try:
        lend(lab, data_folder() / "worker", lent)
    except SandboxError as fault:
        raise BadSettings(
            str(fault), fix="marx doctor   (what this host's sandbox can do, and what would help)"
        ) from None


def terms(lent: WorkerSettings) -> str:
    """What the owner lends, in one line."""
    from marx.wire.quantities import show_duration, show_size

    longest = show_duration(lent.chunk_timeout_ms) if lent.chunk_timeout_ms else "any time"
    return (
        f"{lent.slots} slots on processors {_list(lent.cpus)}; a program gets {show_size(lent.limits.memory_bytes)} of "
        f"memory, {show_size(lent.limits.work_bytes)} of disk, {show_size(lent.output_bytes_max)} of output; a chunk "
        f"{longest}; at least {lent.accept}; policy {lent.policy}"
    )


def _list(cpus: Sequence[int]) -> str:
    return ",".join(map(str, cpus))
