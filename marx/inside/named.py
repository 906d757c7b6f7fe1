"""Paths that a program names and that lie elsewhere in a jail without mounts: `/tmp` and the working folder.

Functions of `os` and `open` take the jail's path in place of the named one; what is printed is renamed back by the
worker. Only programs that may name such a path get these functions: they show as a line in tracebacks that a program
prints itself. Libraries that open files without Python (sqlite3) meet the host's `/tmp`, and are refused.
"""

from __future__ import annotations

import _io
import builtins
import functools
import io
import os
import posix
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from marx.inside.local_modules import local_sources
from marx.inside.messages import Begin

_ONE_PATH = (
    "access chdir chmod listdir lstat mkdir open pathconf readlink remove rmdir scandir stat statvfs truncate unlink"
    " utime"
).split()
_TWO_PATHS = ("rename", "replace")
_BY_KEYWORD = frozenset({"path", "file", "src", "dst"})
_TELLING = (b"/tmp", b"tempfile")


def install(begin: Begin) -> None:
    """To be called before the program's first statement."""
    if not begin.shown or not _may_name(begin):
        return
    for inside in begin.shown.values():
        os.makedirs(inside, exist_ok=True)
    paths = Paths(begin.shown)
    for name in _ONE_PATH:
        _replace(name, paths.taking(getattr(os, name), 1))
    for name in _TWO_PATHS:
        _replace(name, paths.taking(getattr(os, name), 2))
    builtins.open = io.open = _io.open = paths.taking(io.open, 1)
    io.open_code = _io.open_code = paths.taking(io.open_code, 1)


class Paths:
    """From what a program names to where it is."""

    def __init__(self, shown: Mapping[str, str]) -> None:
        # The longer first: the working folder may lie in /tmp. What is in the jail's folder already stays.
        self._pairs = sorted(shown.items(), key=lambda pair: len(pair[0]), reverse=True)
        self._home = os.path.commonpath(list(shown.values()))

    def place(self, path: Any) -> Any:
        """Anything that is no path below the named ones comes back as it is."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return path
        text = os.fsdecode(path)
        if _is_below(text, self._home):
            return path
        for named, inside in self._pairs:
            if _is_below(text, named):
                place = inside + text[len(named) :]
                return os.fsencode(place) if isinstance(path, bytes) else place
        return path

    def taking(self, native: Callable[..., Any], paths: int) -> Callable[..., Any]:
        """The function, whose first arguments are paths."""

        @functools.wraps(native)
        def placed(*arguments: Any, **named: Any) -> Any:
            for name in _BY_KEYWORD & named.keys():
                named[name] = self.place(named[name])
            return native(*map(self.place, arguments[:paths]), *arguments[paths:], **named)

        return placed


def _may_name(begin: Begin) -> bool:
    """Whether the program's text or its arguments speak of such a path."""
    telling = [*_TELLING, *map(os.fsencode, begin.shown)]
    sources = [begin.script, *local_sources(begin.script)]
    texts = [os.fsencode(text) for text in begin.argv[1:]] + [Path(source).read_bytes() for source in sources]
    return any(each in text for each in telling for text in texts)


def _replace(name: str, placed: Callable[..., Any]) -> None:
    native = getattr(os, name)
    for supported in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        if native in supported:
            supported.add(placed)
    setattr(os, name, placed)
    setattr(posix, name, placed)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")
