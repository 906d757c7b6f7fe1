"""What every test is held to: it leaves no process and no temporary folder behind. And a folder for tests of users.

All temporary files of the tests, and of the processes that they start, go to a folder of this session: other things
on the machine do not count. pytest's own `tmp_path` stays where it always is. Where the system can do it (Linux), a
process whose parent died becomes a child of this one, so that it counts as well.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psutil
import pytest

LEAVE_S = 30.0
"""How long a process that was told to end may take to do so after its test: a jail has the lowest priority there is."""
PR_SET_CHILD_SUBREAPER = 36

# How long an example takes is the machine's affair: other work on it is no fault of the test.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
_session_folder = Path(tempfile.mkdtemp(prefix="marx-tests-"))
_session_folder.chmod(0o1777)
os.environ["TMPDIR"] = str(_session_folder)
tempfile.tempdir = str(_session_folder)

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def pytest_unconfigure() -> None:
    shutil.rmtree(_session_folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def leaves_nothing_behind() -> Iterator[None]:
    processes = _children()
    files = _temporary()
    yield
    _, alive = psutil.wait_procs(_children() - processes, timeout=LEAVE_S)
    left = [*(_describe(process) for process in alive), *sorted(_temporary() - files)]
    for process in alive:
        process.kill()
    assert not left, "the test left this behind"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Not `tmp_path`: an ordinary user must be able to write there, and every user to pass through."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def _temporary() -> set[str]:
    return {path.name for path in _session_folder.iterdir()}


def _describe(process: psutil.Process) -> str:
    try:
        return f"process {process.pid}: {' '.join(process.cmdline())}"
    except psutil.Error:
        return f"process {process.pid}"
