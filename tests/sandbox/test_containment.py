"""Every check of containment.py: as the user who runs the tests; as an ordinary user; and on a host without
namespaces."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.sandbox.containment import CHECKS
from tests.sandbox.ground import TOP, Ground
from tests.sandbox.ordinary import ORDINARY_ID, SYSTEM_PYTHON, needs_root, skip_unless_possible


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
    skip_unless_possible()
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
