"""Every kind of fault once, at random moments of short programs, in a lab of real processes: python's answer each time.

The lab is bench/faults.py, which runs hundreds of them. With root its hosts have networks and disks of their own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
FAULTS = 18
PATIENCE_S = 280


@pytest.mark.skipif(sys.platform != "linux", reason="jails need Linux")
def test_whatever_is_done_to_a_lab_every_job_ends_with_pythons_answer() -> None:
    command = [sys.executable, str(BENCH / "faults.py"), "--quick", "--runs", str(FAULTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{FAULTS} of {FAULTS} jobs ended with python's answer" in done.stdout
