"""`marx show`: everything that is known of one job."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from marx.cli.completing import job_argument
from marx.cli.connection import connected, distributor_option
from marx.cli.options import json_option

if TYPE_CHECKING:
    from marx.wire.messages import JobFacts, MailRow

WIDTH = 11


@click.command(name="show", epilog="Example: marx show bwd94k")
@job_argument()
@json_option
@distributor_option
def command(job: str, as_json: bool, distributor: str | None) -> None:
    """Shows JOB: what was asked for, where it stands, its regions, its mail, what it left."""
    with connected(distributor) as client:
        facts = client.facts(job)
    if as_json:
        from marx.cli.as_json import document, plain_values

        click.echo(document(**plain_values(facts)))
        return
    from marx.cli.table import fold

    for line in lines(facts):
        click.echo(fold(line, sys.stdout, " " * WIDTH))


def lines(facts: JobFacts) -> Iterator[str]:
    """One fact a line; what was not asked for and did not happen is left out."""
    from marx.cli.progress import plain

    for name, text in (*_job(facts), *_asked(facts), *_progress(facts)):
        if text:
            yield f"{name:<{WIDTH}}{plain(text)}"


def _job(facts: JobFacts) -> Iterator[tuple[str, str]]:
    from marx.cli.progress import counted
    from marx.cli.times import show_time
    from marx.wire.quantities import show_duration, show_size

    row = facts.row
    yield "job", row.job
    yield "name", row.name
    yield "kind", "the calls of a Python process (a session)" if facts.session else ""
    yield "command", " ".join(facts.argv)
    yield "folder", facts.folder
    yield (
        "sent",
        f"{counted(facts.files, 'file')}, {show_size(facts.bytes)}, for Python {facts.python}" if facts.python else "",
    )
    yield "state", f"{row.state}{f', exit code {row.exit_code}' if row.ended_ms else ''}"
    yield "reason", row.reason or ("" if row.ended_ms else facts.waits_for)
    yield "again", f"repeats {row.of}" if row.of else ""
    yield "submitted", show_time(row.submitted_ms)
    yield "due", show_time(row.due_ms) if row.due_ms else ""
    yield "started", show_time(row.started_ms) if row.started_ms else ""
    took = f" after {show_duration(row.ended_ms - row.started_ms)}" if row.started_ms else ""
    said = f" (said {show_duration(facts.said_ms)})" if facts.said_ms >= 0 else ""
    yield "ended", f"{show_time(row.ended_ms)}{took}{said}" if row.ended_ms else ""


def _asked(facts: JobFacts) -> Iterator[tuple[str, str]]:
    from marx.cli.times import show_time
    from marx.wire.quantities import show_duration

    terms = facts.terms
    yield "tags", " ".join(terms.tags)
    yield "note", terms.note
    yield "priority", str(terms.priority or "")
    yield "where", terms.where
    yield "workers", " or ".join(terms.workers)
    yield "packages", " ".join(f"{name}=={version}" if version else name for name, version in terms.packages.items())
    begins = f", from {show_time(terms.at_ms)} on" if terms.at_ms else ""
    yield "schedule", f"{terms.cron} {terms.zone}{begins}, missed times: {terms.missed}" if terms.cron else ""
    yield (
        "limits",
        ", ".join(
            f"{name} {show_duration(value)}"
            for name, value in (("timeout", facts.timeout_ms), ("chunk-timeout", facts.chunk_timeout_ms))
            if value
        ),
    )
    yield "retries", str(terms.retries) if terms.retries >= 0 else ""
    yield "leaving", "ends when nobody follows it" if terms.on_disconnect == "cancel" else ""
    yield "mail", f"to {terms.mail}: {', '.join(terms.mail_types)}" if terms.mail else ""


def _progress(facts: JobFacts) -> Iterator[tuple[str, str]]:
    from marx.cli.progress import region_line
    from marx.wire.places import place_of

    if facts.driver:
        yield "driver", f"at {facts.driver}, attempt {facts.attempt}"
    if facts.ahead:
        yield "before it", " ".join(facts.ahead)
    for region in facts.regions if not facts.row.ended_ms else ():
        yield "region", region_line(region, facts.workers)
    for report in facts.reports if facts.row.ended_ms else ():
        source = report.source.strip().partition("\n")[0]
        became = f"in order: {report.code} {report.reason}"
        if report.items or not report.code:
            counts = f"{report.items} items, {report.chunks} chunks, {report.in_place} in the driver"
            became = f"{counts}, {report.requeued} requeued"
        yield "region", f"{place_of(report)}: {source} {became}"
    for finding in facts.findings[:3]:
        yield "not split", f"{finding.code} {place_of(finding)}: {finding.message}"
    for mail in facts.mails:
        yield "mail", mail_line(mail)
    for path in facts.left:
        yield "left", path
    for path in facts.astray:
        yield "lost", f"{path!r}, written outside of the working folder"


def mail_line(mail: MailRow) -> str:
    """What became of one mail."""
    from marx.cli.times import show_time

    tries = f" after {mail.tries} tries" if mail.tries > 1 else ""
    return f"{mail.type}: {mail.state}{tries}, {show_time(mail.at_ms)}" + (f": {mail.reason}" if mail.reason else "")
