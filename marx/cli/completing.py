"""Completion of job ids: `marx watch <TAB>` offers the jobs that the command could be about.

A shell that completes must not wait, nor print: a distributor that does not answer at once has no jobs to offer, and
so has one that cannot be reached, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from marx.wire.messages import JobRow

Command = TypeVar("Command", bound=Callable[..., Any])

WAIT_S = 2.0
SHOWN_MAX = 50
"""The latest: nobody reads more."""
GOING_ON = ("scheduled", "queued", "running", "paused")
ENDED = ("done", "failed", "cancelled")


def job_argument(
    states: Sequence[str] = GOING_ON + ENDED, name: str = "job", **settings: Any
) -> Callable[[Command], Command]:
    """The argument of every command that is about a job in one of these states."""

    def offer(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        rows = _jobs(ctx.params.get("distributor"), states)
        return [CompletionItem(row.job, help=f"{row.name}, {row.state}") for row in rows if row.job.startswith(begun)]

    return click.argument(name, shell_complete=offer, **settings)


def _jobs(distributor: str | None, states: Sequence[str]) -> list[JobRow]:
    """The latest first."""
    import gevent

    from marx.cli.connection import connected
    from marx.wire.messages import ListJobs

    with suppress(Exception), gevent.Timeout(WAIT_S, False), connected(distributor) as client:
        return client.jobs(ListJobs(True, states=list(states), limit=SHOWN_MAX))[::-1]
    return []
