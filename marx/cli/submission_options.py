"""The options of a submission: declared once for `run` and `submit`, and what they amount to as the wire's `Terms`.

A value comes from the command line, else from the submission file, else from `[tool.marx]` of the program's
pyproject.toml; the names are the same everywhere (defaults.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from marx.cli.options import Command, declared, time_limit
from marx.wire.limits import MAIL_TYPES, PRIORITY_MAX

if TYPE_CHECKING:
    from marx.wire.messages import Terms

MAIL_WORDS = ("none", *MAIL_TYPES, "all")


def mail_types(text: str) -> list[str]:
    """A click type: words of MAIL_WORDS with commas between them."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if wrong := [word for word in words if word not in MAIL_WORDS]:
        raise click.BadParameter(f"{wrong[0]!r} is no type of mail; there are {', '.join(MAIL_WORDS)}")
    chosen = set(MAIL_TYPES) if "all" in words else set(words) - {"none"}
    return [word for word in MAIL_TYPES if word in chosen]


def zone_name(text: str) -> str:
    """A click type: a time zone, as Europe/Berlin."""
    from marx.cli.times import is_zone

    if text and not is_zone(text):
        raise click.BadParameter(f"{text!r} is no time zone: write one like Europe/Berlin or UTC")
    return text


def condition(text: str) -> str:
    """A click type: a condition on workers."""
    from marx.wire.where import BadCondition
    from marx.wire.where import condition as parse

    try:
        parse(text)
    except BadCondition as fault:
        raise click.BadParameter(str(fault)) from None
    return text


def program_options(command: Command) -> Command:
    """What the program is and how it is run. All that follows PROGRAM belongs to the program."""
    options: list[Callable[[Any], Any]] = [
        click.option("--data", multiple=True, metavar="PATH", help="A file or folder that the program reads."),
        click.option("--no-split", is_flag=True, help="Run everything in order, in one sandbox."),
        click.option("--speculate", is_flag=True, help="Also try loops in chunks that call what is not understood."),
        click.option("--paranoid", is_flag=True, help="Compute what runs in chunks twice, and compare."),
        click.option("--timeout", type=time_limit, help="End the job after this time: 90s, 2h."),
        click.option("--chunk-timeout", type=time_limit, help="Give up on a chunk after this time."),
        click.option("--name", default="", help="How the job is called in tables (default: the file's name)."),
        click.argument("program"),
        click.argument("arguments", nargs=-1, type=click.UNPROCESSED),
    ]
    return declared(options, command)


def terms_options(command: Command) -> Command:
    """What it is filed under, where it may run, who is told."""
    return _filing_options(_place_options(_following_options(command)))


def _filing_options(command: Command) -> Command:
    options: list[Callable[[Any], Any]] = [
        click.option("--tag", multiple=True, help="A word to find it by: marx history --tag WORD."),
        click.option("--note", default="", help="A line about it, for yourself."),
        click.option(
            "--priority",
            type=click.IntRange(-PRIORITY_MAX, PRIORITY_MAX),
            default=0,
            help="Before (1 to 10) or after (-1 to -10) your other jobs and everybody's.",
        ),
    ]
    return declared(options, command)


def _place_options(command: Command) -> Command:
    options: list[Callable[[Any], Any]] = [
        click.option("--where", type=condition, default=None, help="Only on workers like this: 'lent >= 8G'."),
        click.option("--worker", multiple=True, metavar="NAME", help="Only on this worker; `desk-*` means several."),
        click.option(
            "--tier",
            type=click.Choice(["guarded", "isolated", "isolated+"]),
            default=None,
            help="Only on workers that have proven at least this isolation.",
        ),
        click.option(
            "--packages",
            type=click.Choice(["same", "present", "any"]),
            default="same",
            show_default=True,
            help="Workers need the packages that the program imports: in the same version, in any, or not at all.",
        ),
    ]
    return declared(options, command)


def _following_options(command: Command) -> Command:
    options: list[Callable[[Any], Any]] = [
        click.option("--retries", type=click.IntRange(0, 100), help="How often a chunk that fails is tried again."),
        click.option(
            "--on-disconnect",
            type=click.Choice(["keep", "cancel"]),
            default="keep",
            show_default=True,
            help="What becomes of the job when nobody follows it any more.",
        ),
        click.option("--mail", default="", metavar="ADDRESS", help="Write to this address about it."),
        click.option(
            "--mail-type",
            type=mail_types,
            default="end,fail",
            show_default=True,
            help="none end fail begin late all.",
        ),
    ]
    return declared(options, command)


def times_options(command: Command) -> Command:
    """When it is run, for `submit` only."""
    options: list[Callable[[Any], Any]] = [
        click.option("--at", metavar="TIME", help="Run it then: 2026-11-21 08:00, 08:00, tomorrow 8:00, +2h."),
        click.option(
            "--cron", default="", metavar="FIELDS", help="Again and again (from --at on): '30 3 * * mon-fri'."
        ),
        click.option(
            "--zone",
            type=zone_name,
            default="",
            metavar="NAME",
            help="The time zone of --at and --cron (default: this machine's).",
        ),
        click.option(
            "--missed",
            type=click.Choice(["run", "skip"]),
            default="run",
            show_default=True,
            help="Times at which no distributor ran: make up for them once, or leave them out.",
        ),
    ]
    return declared(options, command)


def terms_of(options: Mapping[str, Any], packages: Mapping[str, str], now_ms: int) -> Terms | None:
    """What is asked for beside the program; None where it is nothing."""
    from marx.wire.messages import Terms

    mail = options.get("mail") or ""
    terms = Terms(
        tags=list(options["tag"]),
        note=options["note"],
        priority=options["priority"],
        retries=-1 if options["retries"] is None else options["retries"],
        where=options["where"] or "",
        workers=list(options["worker"]),
        packages=_needed(packages, options["packages"]),
        on_disconnect=options["on_disconnect"],
        mail=mail,
        mail_types=list(options["mail_type"]) if mail else [],
        tier=options.get("tier") or "",
        **_times(options, now_ms),
    )
    return None if terms == Terms() else terms


def _needed(packages: Mapping[str, str], rule: str) -> dict[str, str]:
    if rule == "any":
        return {}
    return {name: version if rule == "same" else "" for name, version in packages.items()}


def _times(options: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """Only `submit` has these."""
    at, cron = options.get("at"), options.get("cron", "")
    if not at and not cron:
        return {}
    from marx.cli.times import local_zone, time_ms

    zone = options["zone"] or local_zone()
    try:
        at_ms = time_ms(at, now_ms, zone) if at else 0
    except (ValueError, OSError) as fault:
        raise click.BadParameter(str(fault), param_hint="--at") from None
    if at and at_ms < now_ms - 60_000:
        raise click.BadParameter(f"{at!r} is over", param_hint="--at")
    return {"at_ms": at_ms, "cron": cron, "zone": zone if cron else "", "missed": options["missed"]}
