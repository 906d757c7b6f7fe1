"""`marx doctor`: here all is well or says what would help; a host without a wall is told so, and `run` refers to it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from marx.cli import checkup
from marx.cli.checkup import Row, check_all, packages
from marx.cli.doctor import lines
from tests.cli.test_commands import invoke
from tests.sandbox.ground import TOP

REFUSING = f"""
import os, sys
sys.path.insert(0, {str(TOP)!r})
from sandbox import libc, seccomp
libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
seccomp.load([(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)])
os.execv(sys.executable, [sys.executable, "-m", "marx.cli", *sys.argv[1:]])
"""
"""A kernel without Landlock."""


def without_landlock(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TOP), os.environ.get("PYTHONPATH", "")]),
        "XDG_CONFIG_HOME": str(folder / "none"),
    }
    return subprocess.run(
        [sys.executable, "-c", REFUSING, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_this_host_is_looked_at_and_told_line_by_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    result = invoke("doctor", "--json")
    told = json.loads(result.stdout)
    found = {row["about"]: row for row in told["checks"]}
    assert told["healthy"] is (result.exit_code == 0) is all(row["state"] != "bad" for row in told["checks"])
    assert found["python"]["found"].startswith("CPython 3.")
    assert found["tier"]["found"].split()[0] in ("isolated+", "isolated")
    assert found["layer seccomp"] == {"about": "layer seccomp", "state": "ok", "found": "stands", "fix": ""}
    assert found["distributor"]["state"] == "note"


def test_a_host_without_a_wall_is_told_what_would_help(tmp_path: Path) -> None:
    told = without_landlock(tmp_path, "doctor")
    assert told.returncode == 1
    assert told.stderr == ""
    assert "!!  layer landlock" in told.stdout
    assert "      try: use a kernel of 5.13 or newer" in told.stdout
    assert "!!  tier                  no jail can be had: cannot raise landlock" in told.stdout


def test_run_refers_to_it_and_shows_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("print(1)\n")
    told = without_landlock(tmp_path, "run", "program.py")
    assert (told.returncode, told.stdout) == (78, "")
    assert told.stderr.startswith("marx: cannot raise landlock")
    assert told.stderr.splitlines()[1].startswith("  try: marx doctor")
    assert len(told.stderr.splitlines()) == 2


def test_run_holds_this_machine_to_a_tier_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("print(1)\n")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TOP), os.environ.get("PYTHONPATH", "")]),
        "XDG_CONFIG_HOME": str(tmp_path / "none"),
    }
    command = [sys.executable, "-m", "marx.cli", "run", "--tier", "isolated", "program.py"]
    told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (0, "1\n"), told.stderr
    told = without_landlock(tmp_path, "run", "--tier", "isolated", "program.py")
    assert (told.returncode, told.stdout) == (78, "")


def test_a_distributor_that_does_not_answer_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (row,) = checkup.distributor("marx://nowhere")
    assert (row.about, row.state) == ("distributor", "bad")
    assert row.fix


def test_a_missing_package_is_bad_with_its_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "required", lambda: ("no-such-package",))
    assert next(packages(None)) == Row("no-such-package", "bad", "missing", "pip install no-such-package")


def test_the_packages_looked_at_are_those_of_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "marx-0.dist-info"
    info.mkdir()
    lines = ["Name: marx", "Version: 0", "Requires-Dist: click>=8.1", "Requires-Dist: sqlite-utils (>=4.0)"]
    (info / "METADATA").write_text("\n".join([*lines, 'Requires-Dist: numpy>=1.26; extra == "examples"', ""]))
    monkeypatch.syspath_prepend(tmp_path)
    assert checkup.required() == ("click", "sqlite-utils")


def test_the_packages_of_a_marx_that_is_not_installed_are_those_of_setup() -> None:
    calls = [found for found in ast.walk(ast.parse((TOP / "setup.py").read_text())) if isinstance(found, ast.Call)]
    (declared,) = [word.value for call in calls for word in call.keywords if word.arg == "install_requires"]
    assert tuple(text.split(">=")[0] for text in ast.literal_eval(declared)) == checkup.PACKAGES


def test_a_check_that_breaks_is_a_row_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "CHECKS", (("broken", lambda _: iter([1 // 0])), ("versions", checkup.versions)))
    rows = list(check_all(None))
    assert rows[0] == Row("broken", "bad", "cannot be looked at: ZeroDivisionError: integer division or modulo by zero")
    assert rows[1].about == "python"


def test_what_others_say_cannot_change_the_terminal() -> None:
    assert "\x1b" not in "".join(lines(Row("distributor", "bad", "\x1b[2J", "\x1b]0;x\x07")))
