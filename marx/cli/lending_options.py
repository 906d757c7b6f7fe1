"""The options of `marx worker`: what its owner lends, behind which fences, for how long; and what they amount to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from marx.cli.options import Command, declared, duration
from marx.cli.settings import BadSettings
from marx.wire.limits import SLOTS_MAX

if TYPE_CHECKING:
    from marx.worker.settings import WorkerSettings

MEMORY_BYTES_MIN = 64 << 20
"""Half of it is what the interpreter of a jail takes before a program asks for anything."""
DISK_BYTES_MIN = 1 << 20
"""A jail's own folders are of these, too."""


def size(text: str) -> int:
    """A click type: 512M, 4G; in bytes."""
    from marx.wire.quantities import size_bytes

    try:
        return size_bytes(text)
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from None


def memory(text: str) -> int:
    """A click type: the same, and enough for a jail's interpreter."""
    return _at_least(MEMORY_BYTES_MIN, text, "is not enough for a Python")


def disk(text: str) -> int:
    """A click type: the same, and enough for a jail's folders."""
    return _at_least(DISK_BYTES_MIN, text, "is not enough for a sandbox")


def _at_least(least: int, text: str, otherwise: str) -> int:
    from marx.wire.quantities import size_to_type

    if (found := size(text)) < least:
        raise click.BadParameter(f"{text!r} {otherwise}: the least is {size_to_type(least)}")
    return found


def layer(text: str) -> str:
    """A click type: a layer of the sandbox."""
    from sandbox.order import LAYERS

    if text not in (names := [known.name for known in LAYERS]):
        raise click.BadParameter(f"{text!r} is no layer of the sandbox; there are {', '.join(names)}")
    return text


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


def share_options(command: Command) -> Command:
    """How much is lent."""
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--slots", type=click.IntRange(1, SLOTS_MAX), help="Chunks at a time (default: the usable cores)."
        ),
        click.option("--name", help="How this worker is called (default: as the host); each has a folder of its own."),
        click.option("--memory", type=memory, default="4G", show_default=True, help="Of one program's process."),
        click.option("--disk", type=disk, default="512M", show_default=True, help="What one program may write."),
        click.option("--output", type=size, default="256M", show_default=True, help="What one program may print."),
        click.option("--cpus", type=processors, metavar="LIST", help="Processors to lend, as 0-3,6; one a slot."),
    ]
    return declared(options, command)


def time_options(command: Command) -> Command:
    """For how long."""
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--chunk-timeout", type=duration, help="The longest that a chunk may take here (default: its job's)."
        ),
        click.option(
            "--drain-timeout",
            type=duration,
            default="5m",
            show_default=True,
            help="Told to leave, wait so long for a distributor that is silent.",
        ),
    ]
    return declared(options, command)


def fence_options(command: Command) -> Command:
    """Behind which fences."""
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--accept",
            type=click.Choice(["isolated+", "isolated", "guarded", "none"]),
            default="isolated",
            show_default=True,
            help="Lend only if this tier of isolation is proven at the start. Below isolated, strangers may get out.",
        ),
        click.option(
            "--allow-missing",
            type=layer,
            multiple=True,
            metavar="LAYER",
            help="Lend without this layer of the sandbox.",
        ),
        click.option(
            "--policy",
            type=click.Choice(["report", "static"]),
            default="report",
            show_default=True,
            help="static: refuse programs that reach behind the language (see marx explain), "
            "although the sandbox holds them.",
        ),
    ]
    return declared(options, command)


def lent_of(options: Mapping[str, Any], name: str, slots: int) -> WorkerSettings:
    """What the options say; `slots` 0: one a core. Raises BadSettings for processors that are not there."""
    from marx.worker.loading import KERNEL_FENCES
    from marx.worker.settings import FALLBACK, WorkerSettings, cpus_usable
    from sandbox import Limits

    usable, cpus = cpus_usable(), options["cpus"]
    if cpus and not set(cpus) <= set(usable):
        raise BadSettings(f"--cpus: of these only {as_list(usable)} can be used here", fix="marx worker --cpus LIST")
    waived = KERNEL_FENCES if options["accept"] == "guarded" else frozenset()
    return WorkerSettings(
        name=name,
        slots=slots or len(cpus or usable),
        waive=FALLBACK | frozenset(options["allow_missing"]) | waived,
        accept=options["accept"],
        policy="static" if options["policy"] == "static" else "report",
        limits=Limits(memory_bytes=options["memory"], work_bytes=options["disk"]),
        output_bytes_max=options["output"],
        cpus=cpus or usable,
        chunk_timeout_ms=options["chunk_timeout"] or 0,
        farewell_s=options["drain_timeout"] / 1000,
    )


def terms(lent: WorkerSettings) -> str:
    """What the owner lends, in one line."""
    from marx.cli.progress import counted
    from marx.wire.quantities import show_duration, show_size

    longest = show_duration(lent.chunk_timeout_ms) if lent.chunk_timeout_ms else "any time"
    return (
        f"{counted(lent.slots, 'slot')} on processors {as_list(lent.cpus)}; a program gets "
        f"{show_size(lent.limits.memory_bytes)} of memory, {show_size(lent.limits.work_bytes)} of disk, "
        f"{show_size(lent.output_bytes_max)} of output; a chunk {longest}; at least {lent.accept}; policy {lent.policy}"
    )


def too_much(lent: WorkerSettings, memory_bytes: int) -> Iterator[str]:
    """What is allowed to one program and more than this machine's memory, where all that a jail writes lies as well."""
    from marx.wire.quantities import show_size

    here = f"more than the {show_size(memory_bytes)} of memory that this machine has"
    if lent.limits.memory_bytes > memory_bytes:
        yield f"--memory {show_size(lent.limits.memory_bytes)} is {here}"
    if lent.limits.work_bytes > memory_bytes:
        yield f"--disk {show_size(lent.limits.work_bytes)} is {here}, and what programs write is kept there"


def as_list(cpus: Sequence[int]) -> str:
    return ",".join(map(str, cpus))
