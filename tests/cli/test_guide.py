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
from marx.cli.defaults import long_name
from marx.cli.exits import MEANINGS, Exit
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


def test_every_option_of_a_submission_is_explained() -> None:
    command = command_line.get_command(click.Context(command_line), "submit")
    assert command is not None
    options = {f"--{long_name(param)}" for param in command.params if isinstance(param, click.Option)}
    explained = set(re.findall(r"--[a-z][a-z-]+", section("Submitting")))
    assert options - explained == set()


def test_every_fact_of_a_condition_is_named() -> None:
    assert all(f"`{fact}`" in section("Submitting") for fact in FACTS)


def test_every_type_of_mail_and_every_setting_in_the_example_is_there() -> None:
    text = section("Mail")
    assert all(f"`{kind}`" in text for kind in MAIL_WORDS)
    example = tomllib.loads(text.split("```toml\n")[1].split("```")[0])
    assert set(example) <= {field.name for field in fields(MailSettings)}


def test_every_cause_is_listed_in_its_order() -> None:
    rows = [row for table in (*JOBS.values(), CHUNKS, WORKERS) for row in table]
    listed = [cell for cell in first_cells(section("Why?")) if cell != "code"]
    assert listed == [row.code for row in rows]
    for row in rows:
        assert f"| `{row.code}` | {re.sub('{.*?}', '…', row.cause)} |" in GUIDE


def test_every_finding_that_the_code_can_give_is_listed() -> None:
    sources = [path.read_text(encoding="utf-8") for path in TOP.rglob("*.py")]
    given = {code for source in sources for code in re.findall(r"\bMX\d{3}\b", source)}
    listed = [cell for cell in first_cells(section("Codes of findings")) if cell.startswith("MX")]
    assert given - set(listed) == set(), "add these to the table in marx/GUIDE.md"
    assert listed == sorted(set(listed))


def test_every_exit_code_is_listed_with_its_meaning() -> None:
    assert set(MEANINGS) == set(Exit)
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


def test_links_lead_somewhere() -> None:
    titles = {
        re.sub(r"[^a-z ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^## (.+)$", GUIDE, re.M)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) <= titles
