"""What lies in the folders of a user: walks with limits, and odd names. No opinion on programs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

FOLDER_FILES_MAX = 2000
FOLDER_BYTES_MAX = 256 << 20
"""A folder beyond either is sent only when `--data` names it."""

SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "marx-results"})


def is_file(path: Path) -> bool:
    """A name that the system finds too long or odd is no file."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def files_below(folder: Path) -> list[Path] | None:
    """Regular files below a folder in order; None where they are too many or too large to be sent unasked."""
    files: list[Path] = []
    size = 0
    for path in walk(folder, skip=True):
        with contextlib.suppress(FileNotFoundError):
            size += path.stat().st_size
            files.append(path)
        if len(files) > FOLDER_FILES_MAX or size > FOLDER_BYTES_MAX:
            return None
    return sorted(files)


def folders_below(folder: Path) -> set[Path]:
    return {Path(place) for place, _, _ in _places(folder, skip=True)} - {folder}


def walk(folder: Path, *, skip: bool) -> Iterator[Path]:
    for place, _, names in _places(folder, skip=skip):
        for name in names:
            path = Path(place, name)
            if is_file(path):
                yield path


def _places(folder: Path, *, skip: bool) -> Iterator[tuple[str, list[str], list[str]]]:
    """os.walk without the folders that hold no program's data: hidden ones, caches, virtual environments."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not (skip and _is_skipped(place, name)))
        yield place, folders, names


def _is_skipped(place: str, name: str) -> bool:
    return name.startswith(".") or name in SKIPPED_FOLDERS or os.path.exists(os.path.join(place, name, "pyvenv.cfg"))
