"""A job that runs into its own time limit ends with 124, like timeout(1)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.test_lab import HOME, TIMEOUT_S


def test_a_job_beyond_its_time_ends_with_124_and_what_it_printed(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text("print('begun', flush=True)\nwhile True:\n    pass\n")
    done = subprocess.run(
        [sys.executable, "-m", "marx.cli", "run", "--timeout", "1s", "prog.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(HOME), "XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (124, b"begun\n")
    assert b"it ran longer than its limit of 1000 ms" in done.stderr
