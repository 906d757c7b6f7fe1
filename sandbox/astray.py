"""What a program wrote in the jail where nothing is collected, so that nobody takes its answer for whole. Runs in the
zygote, before and after the program; no link is followed.

A jail lets a program write below its working folder and in /tmp, everything else is refused to its face. /tmp is a
temporary place, and what is left there goes with the jail as promised; but where the working folder or the home folder
lies in /tmp, what is beside it is as good as any other place of the user's. A jail without mounts has one folder on the
host for all of this, and what lies in that beside the working folder was named from there (`../result.txt`).
"""

import os
import stat
from collections.abc import Iterator

from sandbox.frames import ASTRAY_MAX
from sandbox.mounts import is_below

TEMPORARY = "/tmp"
_LOOKS_MAX = 20_000
"""Entries that are looked at: a program may have unpacked an archive there, and the job shall end."""


class Place:
    """A folder of the jail, `inside`, and what the program calls it. `passing` are names in it that are not looked
    at."""

    __slots__ = ("_before", "_folder", "inside", "passing")

    def __init__(self, inside: str, folder: str, passing: frozenset[str] = frozenset()) -> None:
        self.inside = inside
        self.passing = passing
        self._folder = folder
        self._before = frozenset(self._files())

    def new(self) -> Iterator[str]:
        """Files that there were not when this was made, as the program names them."""
        return (self._folder.rstrip("/") + path for path in self._files() if path not in self._before)

    def _files(self) -> Iterator[str]:
        """Regular files below, from "/" on, without caches and temporary files."""
        pending = [""]
        looks = 0
        while pending:
            above = pending.pop()
            for name in _names(self.inside + above):
                looks += 1
                if looks > _LOOKS_MAX:
                    return
                if _is_passing(name) or (not above and name in self.passing):
                    continue
                path = f"{above}/{name}"
                mode = _mode(self.inside + path)
                if stat.S_ISDIR(mode):
                    pending.append(path)
                elif stat.S_ISREG(mode):
                    yield path


def of_the_user(folder: str, home: str) -> list[str]:
    """Folders in /tmp that are no temporary place: they hold the working folder, or are the user's home."""
    found = []
    if is_below(folder, TEMPORARY) and folder != TEMPORARY:
        name, _, deeper = folder[len(TEMPORARY) + 1 :].partition("/")
        found += [f"{TEMPORARY}/{name}"] if deeper else []  # else what is beside it is in /tmp itself
    home = os.path.normpath(home)
    outside = not is_below(home, folder) and not any(is_below(home, one) for one in found)
    if is_below(home, TEMPORARY) and home != TEMPORARY and outside:
        found.append(home)
    return found


def named(paths: Iterator[str], folder: str) -> list[str]:
    """The first of these in order, those beside the working folder as seen from there."""
    beside = os.path.dirname(folder).rstrip("/") + "/"
    known = sorted(set(paths))[:ASTRAY_MAX]
    return [f"../{path[len(beside) :]}" if path.startswith(beside) else path for path in known]


def _is_passing(name: str) -> bool:
    """Caches, settings of libraries, and what `tempfile` makes: nobody looks for a result there."""
    return name.startswith((".", "tmp")) or name == "__pycache__"


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _mode(path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except OSError:
        return 0
