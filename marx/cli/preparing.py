"""From the words of a command line to a submission: what `run` and `submit` do before they speak to anybody.

Source errors and missing files end the command here, before anything is stored anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from marx.tasker.discover import Found
    from marx.tasker.submission import Submission

STDIN = 0
_READ_BYTES = 1 << 20

Command = TypeVar("Command", bound=Callable[..., Any])


def duration(text: str) -> int:
    """A click type: 90s, 10m, 2h, 1-02:03:04; in milliseconds."""
    from marx.cli.quantities import duration_ms

    try:
        return duration_ms(text)
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from None


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line of `run` or `submit`. `stays_here`: nothing leaves this machine, so more files may be taken."""

    program: str
    arguments: Sequence[str]
    data: Sequence[str]
    parallel: bool
    speculate: bool
    paranoid: bool
    timeout_ms: int
    chunk_timeout_ms: int
    name: str
    stays_here: bool
    line_buffered: bool


def program_options(command: Command) -> Command:
    """What `run` and `submit` have in common. All that follows PROGRAM belongs to the program."""
    for decorate in (
        click.argument("arguments", nargs=-1, type=click.UNPROCESSED),
        click.argument("program"),
        click.option("--name", default="", help="How the job is called in tables (default: the file's name)."),
        click.option("--chunk-timeout", type=duration, default="0", help="Give up on a chunk after this time."),
        click.option("--timeout", type=duration, default="0", help="End the job after this time."),
        click.option("--paranoid", is_flag=True, help="Compute what runs in chunks twice, and compare."),
        click.option("--speculate", is_flag=True, help="Also try loops in chunks that call what is not understood."),
        click.option("--no-split", is_flag=True, help="Run everything in order, in one sandbox."),
        click.option("--data", multiple=True, metavar="PATH", help="A file or folder that the program reads."),
    ):
        command = decorate(command)
    return command


PASS_ARGUMENTS_ON = {"allow_interspersed_args": False}


def prepare(asked: Asked, *, say: Callable[[str], None] | None, warn: Callable[[str], None] | None) -> Submission:
    """Checks the source, finds the files, packs. `say` gets what `-v` shows, `warn` what a person should know."""
    from marx.program.limits import check_source, read_source
    from marx.tasker.discover import describe, discover, environment
    from marx.tasker.submission import Wish, script_path
    from marx.tasker.submission import prepare as pack

    folder = Path(os.getcwd())
    script = script_path(asked.program, folder)
    source = read_source(script)
    tree = check_source(source, asked.program)
    found = discover(script, tree, folder, arguments=asked.arguments, data=asked.data, everything=asked.stays_here)
    if say is not None:
        for line in (*describe(found), *_policy(source, asked.program)):
            say(line)
    if warn is not None and found.mentions.stdin and os.isatty(STDIN):
        warn(f"{asked.program} reads standard input, which is empty for it; give it some: {asked.program} < FILE")
    wish = Wish(
        typed=asked.program,
        arguments=asked.arguments,
        folder=folder,
        environment=environment(found.mentions, os.environ),
        python=_python_version(),
        stdin=_stdin(found),
        line_buffered=asked.line_buffered,
        parallel=asked.parallel,
        speculate=asked.speculate,
        paranoid=asked.paranoid,
        chunk_timeout_ms=asked.chunk_timeout_ms,
        timeout_ms=asked.timeout_ms,
        name=asked.name,
    )
    return pack(script, wish, found)


def _python_version() -> str:
    import platform

    return platform.python_version()


def _policy(source: str, filename: str) -> list[str]:
    from marx.cli.verdicts import policy_lines
    from sandbox.policy import check

    return list(policy_lines(filename, check(source, filename)))


def _stdin(found: Found) -> bytes | None:
    """All of standard input, where the program speaks of it and nobody types; one byte beyond the limit at most."""
    from marx.tasker.submission import STDIN_BYTES_MAX

    if not found.mentions.stdin or os.isatty(STDIN):
        return None
    parts: list[bytes] = []
    left = STDIN_BYTES_MAX + 1
    while left and (data := os.read(STDIN, min(left, _READ_BYTES))):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)
