"""From the words of a command line to a submission: what `run` and `submit` do before they speak to anybody.

Source errors and missing files end the command here, before anything is stored anywhere.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marx.cli.submission_options import terms_of

if TYPE_CHECKING:
    from marx.tasker.discover import Found
    from marx.tasker.submission import Submission, Wish
    from marx.wire.messages import Terms

STDIN = 0
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line of `run` or `submit`. `stays_here`: nothing leaves this machine, so more files may be taken."""

    program: str
    arguments: Sequence[str]
    options: Mapping[str, Any]
    """As the command was given them, defaults filled in."""
    stays_here: bool
    line_buffered: bool
    typed: bool = False
    """Somebody can be asked at this terminal for what the program is to read."""


PASS_ARGUMENTS_ON = {"allow_interspersed_args": False}


def prepare(asked: Asked, *, say: Callable[[str], None] | None, warn: Callable[[str], None] | None) -> Submission:
    """Checks the source, finds the files, packs. `say` gets what `-v` shows, `warn` what a person should know."""
    from marx.program.limits import check_source, read_source
    from marx.program.reduction import merely_defines
    from marx.tasker.discover import describe, discover
    from marx.tasker.submission import prepare as pack
    from marx.tasker.submission import script_path

    options, folder = asked.options, Path(os.getcwd())
    script = script_path(asked.program, folder)
    source = read_source(script)
    tree = check_source(source, asked.program)
    data: Sequence[str] = options["data"]
    found = discover(script, tree, folder, arguments=asked.arguments, data=data, everything=asked.stays_here)
    if say is not None:
        for line in (*describe(found), *_policy(source, asked.program)):
            say(line)
    if warn is not None:
        for line in _warnings(asked, found, defines=merely_defines(tree)):
            warn(line)
    now_ms = time.time_ns() // 1_000_000
    terms = None if asked.stays_here else terms_of(options, _packages(found, script), now_ms)
    if say is not None:
        for line in (*describe_running(options), *describe_terms(terms)):
            say(line)
    return pack(script, _wish(asked, folder, found, terms), found)


def _wish(asked: Asked, folder: Path, found: Found, terms: Terms | None) -> Wish:
    from marx.tasker.discover import environment
    from marx.tasker.submission import Wish

    options = asked.options
    return Wish(
        typed=asked.program,
        arguments=asked.arguments,
        folder=folder,
        environment=environment(found.mentions, os.environ),
        python=_python_version(),
        stdin=_stdin() if found.mentions.stdin and (asked.typed or not os.isatty(STDIN)) else None,
        line_buffered=asked.line_buffered,
        parallel=not options["no_split"],
        speculate=options["speculate"],
        paranoid=options["paranoid"],
        chunk_timeout_ms=options["chunk_timeout"] or 0,
        timeout_ms=options["timeout"] or 0,
        name=options["name"],
        terms=terms,
    )


def _warnings(asked: Asked, found: Found, *, defines: bool) -> Iterator[str]:
    """What a person should know before the program starts."""
    if found.mentions.stdin and os.isatty(STDIN):
        reads = f"{asked.program} reads standard input"
        if asked.typed:
            yield f"{reads}: type all of it, then Ctrl-D; or give it a file: marx run {asked.program} < FILE"
        else:
            yield f"{reads}, which is empty for it; give it some: marx submit {asked.program} < FILE"
    if defines:
        yield f"{asked.program} merely defines ITEMS, mapper and reducer: what they give is printed"


def describe_running(options: Mapping[str, Any]) -> Iterator[str]:
    """One line for each thing that was asked for of the run itself, for `-v`."""
    from marx.wire.quantities import show_duration

    for name in ("timeout", "chunk_timeout"):
        if options[name]:
            yield f"asks for {name.replace('_', '-')}: {show_duration(options[name])}"
    for name in ("no_split", "speculate", "paranoid"):
        if options[name]:
            yield f"asks for {name.replace('_', '-')}"


def describe_terms(terms: Terms | None) -> Iterator[str]:
    """The same for everything else."""
    from marx.cli.times import show_time

    for name in terms.__struct_fields__ if terms is not None else ():
        value = getattr(terms, name)
        if value and value not in ("run", "keep", -1):
            text = show_time(value) if name == "at_ms" else _as_text(value)
            yield f"asks for {name.removesuffix('_ms').replace('_', '-')}: {text}"


def _as_text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {wanted}".rstrip() for name, wanted in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _packages(found: Found, script: Path) -> dict[str, str]:
    """The installed packages that the program and its own modules import."""
    from marx.link.packages import needed
    from marx.tasker.discover import modules_of

    return needed(found.mentions.modules, modules_of(found, script))


def _python_version() -> str:
    import platform

    return platform.python_version()


def _policy(source: str, filename: str) -> list[str]:
    from marx.cli.verdicts import policy_lines
    from sandbox.policy import check

    return list(policy_lines(filename, check(source, filename)))


def _stdin() -> bytes:
    """All of standard input; one byte beyond the limit at most."""
    from marx.tasker.submission import STDIN_BYTES_MAX

    parts: list[bytes] = []
    left = STDIN_BYTES_MAX + 1
    while left and (data := os.read(STDIN, min(left, _READ_BYTES))):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)
