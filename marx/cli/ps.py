"""`marx ps`: the user's jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from marx.cli.connection import connected, distributor_option, say_left_out

if TYPE_CHECKING:
    from marx.wire.messages import JobRow

HEADING = ("JOB", "NAME", "STATE", "ITEMS", "TIME", "NOTE")


@click.command(name="ps", epilog="Example: marx ps -a")
@click.option("-a", "--all", "everything", is_flag=True, help="Ended jobs too.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@distributor_option
def command(everything: bool, as_json: bool, distributor: str | None) -> None:
    """Lists your jobs."""
    with connected(distributor) as client:
        from marx.wire.messages import ListJobs

        jobs = client.jobs(ListJobs(everything))
        say_left_out(client, "marx history --until TIME")
    if as_json:
        from marx.cli.as_json import document

        click.echo(document(jobs=jobs))
        return
    import time

    from marx.cli.table import columns, terminal_width

    for line in columns(HEADING, [row(job, int(time.time() * 1000)) for job in jobs], terminal_width()):
        click.echo(line)
    if not jobs:
        known = "no job of yours is here yet: marx submit PROGRAM" if everything else "nothing is under way: marx ps -a"
        click.echo(f"marx: {known}", err=True)


def row(job: JobRow, now_ms: int) -> tuple[str, ...]:
    """One job's cells. The time is how long it runs, or ran, or waits for its turn."""
    from marx.cli.times import show_time
    from marx.wire.quantities import show_duration

    begin_ms = job.started_ms or job.submitted_ms
    lasted_ms = max(0, (job.ended_ms or now_ms) - begin_ms)
    items = f"{job.done}/{job.items}" if job.items else "-"
    note = f"exit code {job.exit_code}" if job.state == "done" and job.exit_code else job.reason
    if not note and job.attempts > 1:
        note = f"driver attempt {job.attempts}"
    if job.due_ms:
        return job.job, job.name, job.state, items, "-", f"comes at {show_time(job.due_ms)}"
    return job.job, job.name, job.state, items, show_duration(lasted_ms), note
