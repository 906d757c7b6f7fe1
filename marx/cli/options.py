"""Options that several commands have, each declared once, and the types of their values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def declared(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    """The command with a list of options. Its help has them in this order; click puts the last applied first."""
    for decorate in reversed(options):
        command = decorate(command)
    return command


def json_option(command: Command) -> Command:
    """Every command that prints data has it."""
    return click.option("--json", "as_json", is_flag=True, help="For programs.")(command)


def duration(text: str) -> int:
    """A click type: 90s, 10m, 2h, 1-02:03:04; in milliseconds."""
    from marx.wire.quantities import duration_ms

    try:
        return duration_ms(text)
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from None


def time_limit(text: str) -> int:
    """A click type: the same, and longer than nothing."""
    if (limit_ms := duration(text)) < 1:
        raise click.BadParameter(f"{text!r} leaves no time; leave the option out for no limit")
    return limit_ms


def past(text: str) -> int:
    """A click type: a point in time that is over, or how long ago it was; in milliseconds since 1970."""
    import time

    from marx.cli.times import past_ms

    try:
        return past_ms(text, int(time.time() * 1000))
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from None
