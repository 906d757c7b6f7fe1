"""Temporary folders of runs: gone with the run, and after `kill -9` with the next one; never those of the living."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from marx.cli.scratch import LOCK, PREFIX, scratch_folder
from tests.sandbox.ground import TOP


def age(folder: Path) -> None:
    os.utime(folder, (0, 0))


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_goes_with_its_run(temporary: Path) -> None:
    with scratch_folder() as folder:
        (folder / "file").write_text("x")
        assert folder.parent == temporary
    assert list(temporary.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next(temporary: Path) -> None:
    code = "from marx.cli.scratch import *\nwith scratch_folder() as folder: print(folder, flush=True); input()"
    environment = {**os.environ, "PYTHONPATH": str(TOP), "TMPDIR": str(temporary)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, **pipes) as run:  # type: ignore[call-overload]
        left = Path(run.stdout.readline().decode().strip())
        age(left)
        with scratch_folder():
            assert left.exists(), "it lives"
        run.send_signal(signal.SIGKILL)
        run.wait()
    age(left)
    with scratch_folder() as folder:
        assert [path.name for path in temporary.iterdir()] == [folder.name]


def test_a_folder_that_was_only_just_made_stays(temporary: Path) -> None:
    (temporary / f"{PREFIX}new").mkdir()
    (temporary / f"{PREFIX}new" / LOCK).write_text("")
    with scratch_folder():
        assert (temporary / f"{PREFIX}new").exists()


def test_what_is_no_folder_of_ours_stays(temporary: Path) -> None:
    (temporary / "precious").mkdir()
    for name in ("without-a-lock", "link"):
        (temporary / f"{PREFIX}{name}").mkdir()
    (temporary / f"{PREFIX}link" / LOCK).symlink_to(temporary / "precious")
    (temporary / f"{PREFIX}file").write_text("")
    for path in temporary.iterdir():
        age(path)
    with scratch_folder():
        names = {path.name for path in temporary.iterdir()}
    assert names >= {"precious", f"{PREFIX}without-a-lock", f"{PREFIX}link", f"{PREFIX}file"}
