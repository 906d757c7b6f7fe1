"""The guide says what the code does: every command, option, code and number in it is held against the code."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest

import marx
from marx.cli import COMMANDS
from marx.cli import marx as command_line
from marx.cli.causes import JOBS
from marx.cli.causes_elsewhere import CHUNKS, WORKERS
from marx.cli.defaults import NOT_HERE, long_name
from marx.cli.exits import MEANINGS, Exit
from marx.cli.settings import KEYS
from marx.cli.submission_options import MAIL_WORDS
from marx.distributor.mail_settings import MailSettings
from marx.distributor.settings import GIB, DistributorSettings
from marx.wire.where import FACTS

TOP = Path(marx.__file__).parent
GUIDE = (TOP / "GUIDE.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return GUIDE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(text: str) -> list[str]:
    return [found.strip("`") for found in re.findall(r"^\| ([^|]+?) \|", text, re.MULTILINE) if set(found) - {"-"}]


def test_every_command_has_its_row_and_every_row_a_command() -> None:
    named = [cell.split()[1] for cell in first_cells(section("Every command")) if cell.startswith("marx ")]
    assert sorted(named) == sorted(COMMANDS)


EVERYWHERE = frozenset({"json", "distributor", "quiet", "verbose"})
"""Explained once for all commands that have them."""
CAUSES = [row for table in (*JOBS.values(), CHUNKS, WORKERS) for row in table]


def options_of(command: click.Command, name: str) -> dict[str, set[str]]:
    """The long options of a command, and of the commands below it."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        below = {sub: command.get_command(context, sub) for sub in command.list_commands(context)}
        return {
            full: found for sub, one in below.items() if one for full, found in options_of(one, f"{name} {sub}").items()
        }
    return {name: {long_name(param) for param in command.params if isinstance(param, click.Option)}}


def every_option() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in COMMANDS:
        command = command_line.get_command(click.Context(command_line), name)
        assert command is not None
        found |= options_of(command, name)
    return found


def long_options(text: str) -> set[str]:
    return set(re.findall(r"--([a-z][a-z-]+)", text))


def explained() -> dict[str, set[str]]:
    """What the guide tells of each command, but for what is told once for all."""
    told = {
        name: long_options(" ".join(first_cells(section(title))))
        for name, title in (("submit", "Submitting"), ("worker", "Lending"))
    }
    for name, cell in re.findall(r"^\| `([a-z ]+)` \| (`.+?) \|", section("Options of every command"), re.MULTILINE):
        told.setdefault(name, set()).update(long_options(cell))
    return told


@pytest.mark.parametrize(("name", "options"), every_option().items())
def test_every_option_of_every_command_is_explained(name: str, options: set[str]) -> None:
    told = explained()
    known = told.get(name, set()) | EVERYWHERE | (told["submit"] if name in ("run", "plan") else set())
    assert options - known == set(), "add these to marx/GUIDE.md"


def test_every_option_that_is_explained_is_there() -> None:
    there = every_option()
    for name, told in explained().items():
        assert told - there[name] - EVERYWHERE == set(), name
    assert set.union(*there.values()) >= EVERYWHERE


def test_which_commands_say_less_or_more_on_request_is_told() -> None:
    there = every_option()
    for option, told in re.findall(
        r"`-. --(quiet|verbose)`\s+\((.+?)\)", section("Options of every command"), re.DOTALL
    ):
        assert set(re.findall(r"`(.+?)`", told)) == {name for name, options in there.items() if option in options}


def test_which_options_are_no_keys_of_a_submission_file_is_told() -> None:
    told = re.search(r"but for those of one command line: `(.+?)`", section("Submitting"), re.DOTALL)
    assert told
    assert set(told[1].split()) == NOT_HERE & every_option()["submit"]


def test_every_variable_of_ours_is_explained() -> None:
    sources = [path.read_text(encoding="utf-8") for path in TOP.rglob("*.py")]
    ours = {name for source in sources for name in re.findall(r"(?<!_)\bMARX_[A-Z]+\b", source)}
    ours |= {f"MARX_{name.upper()}" for name in KEYS}
    assert set(re.findall(r"\bMARX_[A-Z]+\b", section("Environment variables"))) == ours


def test_every_fact_of_a_condition_is_named() -> None:
    assert all(f"`{fact}`" in section("Submitting") for fact in FACTS)


def test_every_type_of_mail_and_every_setting_in_the_example_is_there() -> None:
    text = section("Mail")
    assert all(f"`{kind}`" in text for kind in MAIL_WORDS)
    example = tomllib.loads(text.split("```toml\n")[1].split("```")[0])
    assert set(example) <= {field.name for field in fields(MailSettings)}


def test_every_cause_is_listed_in_its_order() -> None:
    listed = [cell for cell in first_cells(section("Why?")) if cell != "code"]
    assert listed == [row.code for row in CAUSES]
    for row in CAUSES:
        assert f"| `{row.code}` | {re.sub('{.*?}', '…', row.cause)} |" in GUIDE


def test_every_finding_that_the_code_can_give_is_listed() -> None:
    sources = [path.read_text(encoding="utf-8") for path in TOP.rglob("*.py")]
    given = {code for source in sources for code in re.findall(r"\bMX\d{3}\b", source)}
    listed = [cell for cell in first_cells(section("Codes of findings")) if cell.startswith("MX")]
    assert given - set(listed) == set(), "add these to the table in marx/GUIDE.md"
    assert listed == sorted(set(listed))


REASONS = {
    "MX701": ("bound anew",),
    "MX702": ("map slice",),
    "MX703": ("two runs of an item", "has another value in a chunk"),
    "MX704": ("item {",),
    "MX705": ("items {",),
    "MX706": ("computes other last digits",),
    "MX707": ("a library holds other things",),
    "MX901": ("printed something else",),
    "MX902": ("printed more than",),
    "MX903": ("cannot be cut",),
    "MX904": ("opened more than",),
    "MX905": ("{fault.reason}",),
}
"""What every reason holds that is given with a code of a run, in agreement with the row of that code."""


def test_a_code_of_a_run_has_one_meaning() -> None:
    given = re.compile(r"\b(MX[79]\d\d)(?:\", f?\"| )((?!MX)[^\"]+)\"")
    found = [pair for path in sorted(TOP.rglob("*.py")) for pair in given.findall(path.read_text(encoding="utf-8"))]
    assert {code for code, _ in found} == set(REASONS)
    strange = [(code, text) for code, text in found if not any(words in text for words in REASONS[code])]
    assert strange == [], "another meaning needs a code of its own; another wording of the same one a line above"


@pytest.mark.parametrize("title", ["Why?", "Codes of findings", "Exit codes"])
def test_every_code_has_one_row_and_every_row_its_own_meaning(title: str) -> None:
    rows = re.findall(r"^\| `?(MX\d+|\d+|[a-z][a-z-]+)`? \| ([^|]+?) \|", section(title), re.MULTILINE)
    rows = [row for row in rows if row[0] != "code"]
    assert len(rows) > 10
    for column in zip(*rows, strict=True):
        assert sorted(column) == sorted(set(column))


def test_every_exit_code_is_listed_with_its_meaning() -> None:
    assert set(MEANINGS) == set(Exit)
    assert len(Exit) == len(Exit.__members__), "two names for one code"
    listed = dict(re.findall(r"^\| (\d+) \| (.+) \|$", section("Exit codes"), re.MULTILINE))
    assert listed == {str(int(code)): meaning for code, meaning in MEANINGS.items()}


def test_what_is_kept_is_what_the_settings_say() -> None:
    kept, text = DistributorSettings(), section("How long things are kept")
    assert f"the latest {kept.jobs_ended_max:,}" in text
    assert f"{kept.ended_bytes_max // GIB} GiB" in text
    assert f"{kept.ended_age_ms // 86_400_000} days" in text
    assert all(f"`{name}`" in text for name in ("jobs_ended_max", "ended_bytes_max", "ended_age_ms"))


@pytest.mark.parametrize("deed", ["submit", "watch", "^C", "switched off", "why", "results", "logs", "history"])
def test_the_session_is_a_whole_one(deed: str) -> None:
    assert deed in section("A session, recorded")


def anchor(title: str) -> str:
    return re.sub(r"[^a-z ]", "", title.lower()).replace(" ", "-")


def test_links_lead_somewhere_and_the_contents_to_every_section() -> None:
    titles = [anchor(title) for title in re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)]
    contents = re.findall(r"^- \[.+\]\(#(.+)\)$", GUIDE.split("\n## ", 1)[0], re.MULTILINE)
    assert contents == titles
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) <= set(titles)
