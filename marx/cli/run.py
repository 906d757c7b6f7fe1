"""`marx run`: like `python`. Output, exit code and files are the program's; nothing of ours goes to standard output."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from marx.cli.preparing import PASS_ARGUMENTS_ON, Asked, prepare
from marx.cli.submission_options import program_options, terms_options
from marx.wire.limits import SLOTS_MAX

if TYPE_CHECKING:
    from marx.cli.screen import Screen
    from marx.cli.settings import Setting
    from marx.tasker.client import Client
    from marx.tasker.submission import Submission
    from marx.wire.address import Address
    from marx.wire.messages import Ended


@click.command(
    name="run",
    context_settings=PASS_ARGUMENTS_ON,
    epilog="Example: marx run --timeout 2h census.py --year 2026",
)
@click.option("--report", type=click.Path(path_type=Path), help="Write what became of each region, as JSON.")
@click.option(
    "--events", type=click.File("w", lazy=False), help="Write each change into this file, a line of JSON each."
)
@click.option("-q", "--quiet", is_flag=True, help="No bar, no words of ours but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is sent and what happens.")
@click.option("--distributor", metavar="ADDRESS", help="The line that `marx serve` printed.")
@click.option(
    "--slots", type=click.IntRange(1, SLOTS_MAX), help="Chunks at a time on this machine; one a core if omitted."
)
@terms_options
@program_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    report: Path | None,
    events: IO[str] | None,
    quiet: bool,
    verbose: bool,
    distributor: str | None,
    slots: int | None,
    program: str,
    arguments: Sequence[str],
    **options: Any,
) -> None:
    """Runs PROGRAM with its arguments as `python` would, its slow parts on the lab or on all cores of this machine."""
    from marx.cli.connection import configured, settings_with
    from marx.cli.defaults import fill_in, of_project
    from marx.cli.screen import Screen, open_standard_streams
    from marx.tasker.submission import script_path

    open_standard_streams()
    settings = settings_with(distributor)
    address = configured(settings)
    if values := of_project(script_path(program, Path.cwd())):
        fill_in(ctx, options, values)
    if address is None:
        _needs_a_lab(ctx)
    if report is not None and not os.access(report if report.exists() else report.parent, os.W_OK):
        raise click.BadParameter(f"{report}: no such folder, or not writable", param_hint="--report")
    screen = Screen(quiet=quiet, verbose=verbose)
    say = screen.say if verbose else None
    seen = screen.is_terminal and not quiet
    asked = Asked(program, arguments, options, stays_here=address is None, line_buffered=os.isatty(1), typed=seen)
    slots = 1 if options["no_split"] else slots or 0
    with _lab(address, settings, slots=slots, say=say, tier=options["tier"] or "") as client_for:
        submission = prepare(asked, say=say, warn=screen.say if seen else None)
        client = client_for(submission.program.python)
        ctx.exit(run(client, submission, screen, can_detach=address is not None, report=report, events=events))


def _needs_a_lab(ctx: click.Context) -> None:
    """What was typed and means nothing on this machine alone is an error, not silence."""
    for name in ("where", "worker", "mail"):
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} needs a lab: marx config set distributor marx://…")


@contextmanager
def _lab(
    address: Address | None,
    settings: dict[str, Setting],
    *,
    slots: int,
    say: Callable[[str], None] | None,
    tier: str,
) -> Iterator[Callable[[str], Client]]:
    """Gives a function that connects: to the configured distributor, or to one in this process."""
    if address is None:
        from marx.cli.embedded import Lab

        with Lab(slots=slots, say=say, tier=tier) as lab:
            yield lab.client
        return

    from marx.cli.connection import line_to, own_name

    with line_to(address, own_name(settings)) as client:
        yield lambda python: _connected(client)


def _connected(client: Client) -> Client:
    client.connect()
    return client


def run(
    client: Client,
    submission: Submission,
    screen: Screen,
    *,
    can_detach: bool,
    report: Path | None,
    events: IO[str] | None = None,
) -> int:
    """Submits, shows the output, writes the files. Returns the exit code."""
    import secrets

    from marx.cli.attached import Interrupts, Left, follow, leave
    from marx.cli.events import events_to
    from marx.cli.exits import Exit
    from marx.tasker.errors import TaskerError

    client.on_silence(screen.silent)
    job = client.submit(secrets.token_hex(16), submission)
    if can_detach:  # now, since what kills this process leaves it no last word
        screen.mention(f"job {job}; to follow it from elsewhere: marx watch {job}")
    try:
        interrupts = Interrupts(screen, job, can_detach=can_detach)
        ended = follow(client, job, screen, interrupts, show_output=True, events=events_to(events))
    except Left as left:
        return leave(client, job, left, screen)
    except OSError as fault:
        with suppress(TaskerError):
            client.cancel(job)
        if isinstance(fault, BrokenPipeError):
            return Exit.BROKEN_PIPE
        screen.say(f"{job} is cancelled: its output cannot be written: {fault.strerror}")
        return Exit.JOB_FAILED
    code = finish(client, ended, submission, screen, is_kept=can_detach)
    if interrupts.interrupted.is_set() and ended.state == "cancelled":
        is_own = interrupts.exit_code == Exit.INTERRUPTED and ended.exit_code != Exit.KILLED
        return ended.exit_code if is_own else interrupts.exit_code
    return code if _keep_report(ended, submission, screen, report) else Exit.JOB_FAILED


def _keep_report(ended: Ended, submission: Submission, screen: Screen, report: Path | None) -> bool:
    """Keeps what became of each region for `explain`, and in the file that was asked for; whether that went well."""
    from marx.cli.as_json import document
    from marx.cli.lastrun import bugs, remember, report_of

    made = report_of(ended, submission.source_hash)
    remember(Path(submission.program.script), made)
    for bug in bugs(made) if submission.program.paranoid else ():
        screen.say(bug)
    if report is not None:
        try:
            report.write_text(document(**made) + "\n", encoding="utf-8")
        except OSError as fault:
            screen.say(f"the report could not be written: {fault}")
            return False
    return True


def finish(client: Client, ended: Ended, submission: Submission, screen: Screen, *, is_kept: bool) -> int:
    """Writes the files that the program left and passes its exit code on. A job that failed is an error of ours.
    `is_kept`: the distributor has them also later, as no distributor in this process does."""
    import shlex

    from marx.cli.exits import Exit, code_of_done, failure_code
    from marx.cli.progress import plain
    from marx.cli.results import astray
    from marx.tasker.changed import Sent
    from marx.tasker.writing import ChangedMeanwhile, SameName, UnsafePath, write_files

    program = submission.program
    sent = Sent.of(program, submission.at_ns)
    failures = write_files(Path(program.folder), ended.files, ended.removed, client.fetch, sent)
    lost = [fault for fault in failures if not isinstance(fault, ChangedMeanwhile)]
    for fault in failures:
        asks_the_job = (is_kept and fault in lost) or isinstance(fault, UnsafePath | SameName)
        screen.say(str(fault), "" if asks_the_job else fault.fix)
    if lost and is_kept:
        screen.say(f"what it left is safe in job {ended.job}", f"marx results {ended.job} -o ELSEWHERE")
    if stray := astray(ended):
        screen.say(stray, f"write below the working folder, or run: python {shlex.join(program.argv)}")
    if ended.state == "cancelled" and ended.exit_code != Exit.KILLED:
        return ended.exit_code  # its own, after an interruption: it has said what it had to say
    if ended.state != "done":
        screen.say(f"{ended.job} {ended.state}" + (f": {plain(ended.reason)}" if ended.reason else ""))
        return failure_code(ended)
    if ended.reason:  # of an end that `python` would have had as well: a signal, memory
        screen.mention(f"{ended.job}: {plain(ended.reason)}")
    return Exit.JOB_FAILED if failures else code_of_done(ended)
