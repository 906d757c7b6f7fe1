"""Processes of an ordinary user, where the tests run as root."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.sandbox.ground import TOP

ORDINARY_ID = 61_234
"""A user that this system does not know; root runs the checks in its name."""
SYSTEM_PYTHON = "/usr/bin/python3"
"""The interpreter of the tests may lie where ordinary users have no access."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the checks as somebody else")


def skip_unless_possible() -> None:
    command = [SYSTEM_PYTHON, "-c", "import sys; import sandbox, tests; sys.exit(sys.version_info < (3, 11))"]
    try:
        can = subprocess.run(
            command, cwd=TOP, user=ORDINARY_ID, group=ORDINARY_ID, extra_groups=[], capture_output=True
        )
    except OSError as fault:
        pytest.skip(f"no {SYSTEM_PYTHON} for ordinary users: {fault}")
    if can.returncode:
        pytest.skip(f"{SYSTEM_PYTHON} is older than 3.11, or ordinary users cannot read {TOP}")
