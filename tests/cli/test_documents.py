"""What people read leads somewhere: every link has its file and heading, every command of a measurement its script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import marx

TOP = Path(marx.__file__).parents[1]
DOCUMENTS = [
    "README.md",
    "marx/GUIDE.md",
    "marx/DESIGN.md",
    "marx/wire/PROTOCOL.md",
    "sandbox/README.md",
    "examples/README.md",
    "bench/README.md",
    "tests/README.md",
]


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def anchors(document: Path) -> set[str]:
    """The anchors of the headings, as the sites that show such documents make them."""
    titles = re.findall(r"^#+ (.+)$", text_of(document), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_to_a_file_and_a_heading(name: str) -> None:
    document = TOP / name
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(document)):
        if "://" not in link:
            path, _, anchor = link.partition("#")
            target = document.parent / path if path else document
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_of_a_measurement_is_there_and_explained(name: str) -> None:
    explained = text_of(TOP / "bench" / "README.md")
    for script in re.findall(r"\b(?:python3?|python -m pytest) (bench/\w+\.py)", text_of(TOP / name)):
        assert (TOP / script).exists()
        assert script in explained


def test_every_measurement_is_told() -> None:
    """Every script of `bench/` that has a command line, that is: the others are what these use."""
    told = text_of(TOP / "bench" / "README.md")
    scripts = [path for path in (TOP / "bench").glob("*.py") if "ArgumentParser" in text_of(path)]
    assert len(scripts) > 10
    assert [path.name for path in scripts if path.name not in told] == []
