"""Runs a program by `python` and by `marx run`, each in a fresh folder, and keeps all that a user could see of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SECONDS_MAX = 180
"""Far above what any of the programs needs: only a run that hangs gets there."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run left behind. In `stderr` the working folder reads `FOLDER`; in `files` a folder has None for bytes."""

    exit_code: int
    stdout: bytes
    stderr: str
    files: dict[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Region:
    """A line of `marx run --report`."""

    line: int
    chunks: int
    items: int


def by_python(program: Path, folder: Path) -> Seen:
    return _run([sys.executable], program, folder)


def by_marx(program: Path, folder: Path, *options: str) -> tuple[Seen, list[Region]]:
    report = folder / "report.json"
    seen = _run([sys.executable, "-m", "marx.cli", "run", *options, "--report", str(report)], program, folder)
    if not report.exists():
        return seen, []
    regions = json.loads(report.read_text(encoding="utf-8"))["regions"]
    return seen, [Region(region["line"], region["chunks"], region["items"]) for region in regions]


def _run(command: list[str], program: Path, folder: Path) -> Seen:
    work = folder / "work"
    work.mkdir(parents=True)
    copy = work / program.name
    copy.write_bytes(program.read_bytes())
    done = subprocess.run(
        [*command, program.name],
        cwd=work,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    stderr = done.stderr.decode("utf-8", "backslashreplace").replace(str(work), "FOLDER")
    copy.unlink()
    return Seen(done.returncode, done.stdout, stderr, _files(work))


def _environment(folder: Path) -> dict[str, str]:
    """Nobody's settings but the test's own: no server is configured, and the state of a run stays in its folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MARX_", "XDG_", "PYTHON"))}
    checkout = str(Path(__file__).resolve().parents[2])
    return {**kept, "HOME": str(folder), "PYTHONPATH": checkout, "PYTHONDONTWRITEBYTECODE": "1"}


def _files(folder: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }
