"""`marx watch`: follows a job without its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marx.cli.completing import job_argument
from marx.cli.connection import connected, distributor_option

if TYPE_CHECKING:
    from marx.tasker.client import Client


@click.command(
    name="watch",
    epilog="Example: marx watch bwd94k",
)
@job_argument()
@click.option("--json", "--events", "as_json", is_flag=True, help="Print each change as a line of JSON.")
@distributor_option
@click.pass_context
def command(ctx: click.Context, job: str, as_json: bool, distributor: str | None) -> None:
    """Follows JOB until it ends: a bar a region, how long it may take, workers. Ctrl-C leaves; the job goes on."""
    with connected(distributor) as client:
        ctx.exit(_print_changes(client, job) if as_json else wait_for(client, job, quiet=False, programs_code=False))


def wait_for(client: Client, job: str, *, quiet: bool, programs_code: bool) -> int:
    """Shows progress until the end. The exit code is the program's, or says whether the job was done."""
    from marx.cli.attached import Interrupts, Left, follow
    from marx.cli.exits import Exit, code_of_done, failure_code
    from marx.cli.results import ASTRAY_FIX, astray, summary
    from marx.cli.screen import Screen

    screen = Screen(quiet=quiet, verbose=not quiet)
    client.on_silence(screen.silent)
    if not quiet and (due := when_due(client, job)):
        screen.say(due)
    interrupts = Interrupts(screen, job, can_detach=True, ask=False)
    try:
        ended = follow(client, job, screen, interrupts, show_output=False)
    except Left as left:
        screen.say(f"{job} goes on; come back with: marx watch {job}")
        return left.exit_code
    if not quiet:
        screen.say(summary(ended))
        screen.say(f"output and files: marx results {job}")
    if lost := astray(ended):
        screen.say(lost, ASTRAY_FIX)
    if ended.state != "done":
        return failure_code(ended)
    return code_of_done(ended) if programs_code else Exit.DONE


def when_due(client: Client, job: str) -> str:
    """When a scheduled job comes; "" for one that came."""
    from marx.cli.times import show_time

    due_ms = client.facts(job).row.due_ms
    return f"{job} waits for {show_time(due_ms)}" if due_ms else ""


def _print_changes(client: Client, job: str) -> int:
    from marx.cli.events import event_line
    from marx.cli.exits import Exit, failure_code
    from marx.cli.screen import Screen
    from marx.wire.messages import Ended, Progress

    client.on_silence(Screen(quiet=True, verbose=True).silent)
    for message in client.follow(job):
        if isinstance(message, Progress | Ended):
            click.echo(event_line(message))
        if isinstance(message, Ended):
            return Exit.DONE if message.state == "done" else failure_code(message)
    return Exit.JOB_FAILED
