"""Every attack of the collection, by its effect on the host: as the user who runs the tests; as an ordinary user; and
as one on a host without namespaces. And the controls: outside of a jail the same programs do harm.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.attacks.collection import ATTACKS
from tests.attacks.trial import Trial, controls, name_of, promised
from tests.sandbox.ground import TOP
from tests.sandbox.ordinary import ORDINARY_ID, SYSTEM_PYTHON, needs_root, skip_unless_possible

CONTROLS_AT_LEAST = 0.9
"""How many of the controls must do harm: kernels differ in what they have, and containers in what they allow."""
WITHOUT_NAMESPACES = "namespaces"


def try_all(python: str, lacking: str, user: int | None) -> dict[str, str]:
    """The harm by attack, from a process of that user."""
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o777)
    try:
        result = subprocess.run(
            [python, "-m", "tests.attacks.trial", folder, lacking, "all"],
            cwd=TOP,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "error"},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            capture_output=True,
            text=True,
        )
    finally:
        shutil.rmtree(folder)
    assert result.returncode == 0, result.stderr
    found: dict[str, str] = json.loads(result.stdout)
    return found


@cache
def as_oneself() -> dict[str, str]:
    return try_all(sys.executable, "", None)


@cache
def as_an_ordinary_user(lacking: str) -> dict[str, str]:
    skip_unless_possible()
    return try_all(SYSTEM_PYTHON, lacking, ORDINARY_ID)


ALL = [*map(name_of, ATTACKS), "the host"]
WITHOUT = [*(name_of(attack) for attack in ATTACKS if promised(attack, Trial(Path(), frozenset({WITHOUT_NAMESPACES}))))]


@pytest.mark.parametrize("name", ALL)
def test_as_oneself(name: str) -> None:
    assert as_oneself()[name] == ""


@needs_root
@pytest.mark.parametrize("name", ALL)
def test_as_an_ordinary_user(name: str) -> None:
    assert as_an_ordinary_user("")[name] == ""


@needs_root
@pytest.mark.parametrize("name", [*WITHOUT, "the host"])
def test_as_an_ordinary_user_without_namespaces(name: str) -> None:
    assert as_an_ordinary_user(WITHOUT_NAMESPACES)[name] == ""


def test_nothing_else_was_harmed() -> None:
    """Attacks that have jails of their own are not told apart in what they do to the ground."""
    assert {name: harm for name, harm in as_oneself().items() if harm} == {}


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)


def test_the_controls_do_harm(folder: Path) -> None:
    chosen = [attack for attack in ATTACKS if attack.harm and (os.geteuid() == 0 or not attack.root_only)]
    done = controls(folder, chosen)
    harmless = [name_of(attack) for attack in chosen if attack.harm not in done[name_of(attack)]]
    assert len(chosen) > 200
    assert len(harmless) <= (1 - CONTROLS_AT_LEAST) * len(chosen), harmless
