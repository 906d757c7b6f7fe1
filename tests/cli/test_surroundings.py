"""Odd surroundings: what is missing is named in one line with its fix, and never by a traceback of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from marx.cli.checkup import room
from tests.sandbox.ground import TOP
from tests.sandbox.ordinary import needs_root

NOBODY = 0x7000_0001
"""A user without a home, a name, or processes."""
AS_NOBODY = f"import os, pwd, tomllib; os.setuid({NOBODY})\n"
ROWS = (
    "from marx.cli import checkup\nfor row in checkup.check_all(None): print(row.state, row.about, row.found, row.fix)"
)


def told(code: str, **environment: str) -> str:
    """What a process says in which this runs, and whatever goes wrong there."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(TOP), **environment},
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert "Traceback" not in result.stdout + result.stderr
    return result.stdout + result.stderr


def layers_after(code: str) -> str:
    return told(f"{code}\nfrom marx.cli import checkup\ncheckup.CHECKS = checkup.CHECKS[2:4]\n{ROWS}")


@needs_root
def test_without_proc() -> None:
    code = "from sandbox import libc; libc.unshare(libc.CLONE_NEWNS)\nlibc.mount('none', '/', '', 0x44000)\n"
    said = layers_after(f"{code}libc.unmount('/proc', libc.MNT_DETACH)")
    assert "bad layers no jail can be built without /proc: mount -t proc proc /proc" in said
    assert len(said.splitlines()) == 2


def test_with_few_descriptors_a_jail_stands() -> None:
    said = layers_after("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))")
    assert "isolated" in said.splitlines()[-1], said


def test_with_too_few_descriptors_they_are_named() -> None:
    said = layers_after("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))")
    assert said.splitlines()[-1].startswith("bad tier no jail can be had: the trial could not be made: Too many open")


@needs_root
def test_where_no_process_can_be_started() -> None:
    code = "import resource\nfrom sandbox.running import fork\n"
    code += f"os.setuid({NOBODY}); resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))\n"
    said = told(f"import os\n{code}try: fork(), fork()\nexcept OSError as fault: print(fault)")
    assert "raise ulimit -u" in said


def test_without_room_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone" / "x"))
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    rows = {row.about: row for row in room(None)}
    assert rows["temporary files"].found.startswith(str(tmp_path)), "the folder above"
    assert rows["data"].found.startswith("/")


@needs_root
def test_a_user_without_a_home_has_no_settings_and_is_told_where_one_is_needed() -> None:
    said = told(
        f"from marx.cli.settings import BadSettings, config_folder, load_settings\n{AS_NOBODY}"
        "print(load_settings({}))\ntry: config_folder({})\nexcept BadSettings as fault: print(fault, fault.fix)"
    )
    assert said == "{}\nthere is no home folder: HOME is not set export HOME=FOLDER\n"


@needs_root
def test_settings_that_this_user_may_not_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "home" / ".config" / "marx").mkdir(parents=True)
    (tmp_path / "home").chmod(0o700)
    code = f"import marx.cli.settings as s\n{AS_NOBODY}"
    said = told(f"{code}try: s.load_settings(os.environ)\nexcept s.BadSettings as f: print(f)", HOME=f"{tmp_path}/home")
    assert said == f"{tmp_path}/home/.config/marx/config.toml cannot be read: Permission denied\n"


def test_a_locale_without_a_letter_says_another() -> None:
    code = "from marx.cli import main; main(['config', 'get', 'name'])"
    assert told(code, MARX_NAME="Łab", PYTHONIOENCODING="latin-1", HOME="/") == "?ab\n"
