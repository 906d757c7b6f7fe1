"""Every check of containment.py: as the user who runs the tests; as an ordinary user; and on a host without
namespaces."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.sandbox.containment import CHECKS, TOP, Ground

ORDINARY_ID = 61_234
"""A user that this system does not know; root runs the checks in its name."""
SYSTEM_PYTHON = "/usr/bin/python3"
"""The interpreter of the tests may lie where ordinary users have no access."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the checks as somebody else")


@pytest.mark.parametrize("name", CHECKS)
def test_as_oneself(name: str, open_folder: Path) -> None:
    CHECKS[name](Ground(open_folder))


@needs_root
@pytest.mark.parametrize("name", CHECKS)
def test_as_an_ordinary_user(name: str, open_folder: Path) -> None:
    _run_as_ordinary_user(name, open_folder, "")


@needs_root
@pytest.mark.parametrize("name", CHECKS)
def test_as_an_ordinary_user_without_namespaces(name: str, open_folder: Path) -> None:
    _run_as_ordinary_user(name, open_folder, "namespaces")


def _run_as_ordinary_user(name: str, folder: Path, waived: str) -> None:
    _skip_unless_possible()
    result = subprocess.run(
        [SYSTEM_PYTHON, "-m", "tests.sandbox.containment", name, str(folder), waived],
        cwd=TOP,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "error"},
        user=ORDINARY_ID,
        group=ORDINARY_ID,
        extra_groups=[],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


def _skip_unless_possible() -> None:
    command = [SYSTEM_PYTHON, "-c", "import sys; import sandbox, tests; sys.exit(sys.version_info < (3, 11))"]
    try:
        can = subprocess.run(
            command, cwd=TOP, user=ORDINARY_ID, group=ORDINARY_ID, extra_groups=[], capture_output=True
        )
    except OSError as fault:
        pytest.skip(f"no {SYSTEM_PYTHON} for ordinary users: {fault}")
    if can.returncode:
        pytest.skip(f"{SYSTEM_PYTHON} is older than 3.11, or ordinary users cannot read {TOP}")
