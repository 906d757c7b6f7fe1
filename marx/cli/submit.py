"""`marx submit`: gives a program to the lab and leaves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marx.cli.connection import connected, distributor_option
from marx.cli.preparing import PASS_ARGUMENTS_ON, Asked, prepare
from marx.cli.submission_options import program_options, terms_options, times_options

if TYPE_CHECKING:
    from marx.cli.sweeps import Sweep
    from marx.tasker.client import Client
    from marx.tasker.submission import Submission


def sweep_of(text: str) -> Sweep:
    """A click type."""
    from marx.cli.sweeps import BadSweep, sweep

    try:
        return sweep(text)
    except BadSweep as fault:
        raise click.BadParameter(str(fault)) from None


@click.command(
    name="submit",
    context_settings=PASS_ARGUMENTS_ON,
    epilog="Example: marx submit --tag night --mail ann@lab.example --sweep seed=1..3 fit.py --seed {seed}",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the job's id alone.")
@click.option("-v", "--verbose", is_flag=True, help="Say which files are sent, and why.")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--wait", is_flag=True, help="Wait for the end, and exit with the program's code.")
@click.option("--sweep", multiple=True, type=sweep_of, metavar="NAME=VALUES", help="A job for each: seed=1..3.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@distributor_option
@times_options
@terms_options
@program_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    quiet: bool,
    verbose: bool,
    dry_run: bool,
    wait: bool,
    sweep: Sequence[Sweep],
    as_json: bool,
    distributor: str | None,
    program: str,
    arguments: Sequence[str],
    **options: Any,
) -> None:
    """Submits PROGRAM with its arguments and files, prints the job's id, and returns.

    PROGRAM may be a submission file: lines `executable = PROGRAM`, `data = PATH`, `email = ADDRESS` …, or a TOML file
    with long option names. With --sweep there is a job for each combination; in the arguments {NAME} is the value.
    """
    from marx.cli.screen import open_standard_streams

    open_standard_streams()
    options["sweep"] = sweep
    program, arguments = _with_defaults(ctx, options, program, arguments)
    submissions = _submissions(options, program, arguments, verbose=verbose or dry_run, quiet=quiet)
    if dry_run:
        _rehearse(submissions)
        return
    with connected(distributor) as client:
        jobs = _submit(client, submissions)
        _tell(jobs, submissions[0], as_json=as_json, quiet=quiet)
        if wait:
            ctx.exit(_wait(client, jobs, quiet=quiet))


def _rehearse(submissions: Sequence[Submission]) -> None:
    """Says what would be submitted. Raises UsageFault for what every distributor would refuse, in its words."""
    from marx.distributor.terms import sense_fault
    from marx.tasker.errors import UsageFault

    if fault := sense_fault(submissions[0].terms):
        raise UsageFault(fault.reason, fault.fix)
    for submission in submissions:
        _say(f"would submit {submission.program.name}: {' '.join(submission.program.argv)}")


def _tell(jobs: Sequence[str], submission: Submission, *, as_json: bool, quiet: bool) -> None:
    """The jobs' ids on standard output; what to do next beside it, for people."""
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(job=jobs[0], jobs=jobs))
        return
    click.echo("\n".join(jobs))
    if not quiet:
        _say(_what_next(jobs, submission))


def _with_defaults(
    ctx: click.Context, options: dict[str, Any], program: str, arguments: Sequence[str]
) -> tuple[str, Sequence[str]]:
    """Fills in what a submission file and the program's pyproject.toml say; the file's folder is where it runs then."""
    from marx.cli.defaults import fill_in, of_project
    from marx.cli.submission_file import order_of
    from marx.tasker.submission import script_path

    order = order_of(Path(program))
    if order is not None:
        os.chdir(order.folder)
        program, arguments = order.program, [*order.arguments, *arguments]
    project = of_project(script_path(program, Path.cwd()))
    for values in (project, order.values if order is not None else None):
        if values is not None:
            fill_in(ctx, options, values)
    return program, arguments


def _submissions(
    options: dict[str, Any], program: str, arguments: Sequence[str], *, verbose: bool, quiet: bool
) -> list[Submission]:
    """One, or one for each combination of the sweeps. What is sent is said once."""
    from marx.cli.sweeps import BadSweep, combinations

    sweeps = options.pop("sweep")
    found: list[Submission] = []
    try:
        chosen = list(combinations(sweeps, arguments))
    except BadSweep as fault:
        raise click.BadParameter(str(fault), param_hint="--sweep") from None
    for number, one in enumerate(chosen):
        named = {**options, "name": f"{options['name'] or Path(program).name} {one.label}"} if one.label else options
        asked = Asked(program, one.arguments, named, stays_here=False, line_buffered=False)
        first = number == 0
        found.append(prepare(asked, say=_say if verbose and first else None, warn=None if quiet or not first else _say))
    return found


def _submit(client: Client, submissions: Sequence[Submission]) -> list[str]:
    """All of them; where one is refused, those before it are named before the error is."""
    import secrets

    jobs: list[str] = []
    try:
        for submission in submissions:
            jobs.append(client.submit(secrets.token_hex(16), submission))
    except Exception:
        if jobs:
            _say(f"submitted before the error: {' '.join(jobs)}")
        raise
    return jobs


def _what_next(jobs: Sequence[str], submission: Submission) -> str:
    terms = submission.terms
    if terms is not None and terms.cron:
        return f"{jobs[0]} is a schedule; its jobs are in: marx history   end it with: marx cancel {jobs[0]}"
    if terms is not None and terms.at_ms:
        from marx.cli.times import show_time

        return f"{jobs[0]} waits for {show_time(terms.at_ms)}; see it with: marx show {jobs[0]}"
    if len(jobs) > 1:
        return f"{len(jobs)} jobs are submitted; see them with: marx ps"
    return f"{jobs[0]} is submitted; follow it with: marx watch {jobs[0]}"


def _wait(client: Client, jobs: Sequence[str], *, quiet: bool) -> int:
    """The exit code of the first job that has another one than 0, in the order of submission."""
    from marx.cli.watch import wait_for

    codes = [wait_for(client, job, quiet=quiet, programs_code=True) for job in jobs]
    return next((code for code in codes if code), 0)


def _say(text: str) -> None:
    click.echo(f"marx: {text}", err=True)
