"""What starts other programs, of which a jail allows none: it says so in plain words. `os.system` would otherwise only
give back a number that few look at, and the program go on without what it had asked for."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

_STARTING = ("system", "fork", "forkpty", "posix_spawn", "posix_spawnp", "execv", "execve")
_NO_PROGRAM = "{} starts a process, and a sandbox allows none: run this program by python"


def install() -> None:
    """To be called before the program's first statement."""
    import _posixsubprocess
    import posix

    for name in _STARTING:
        function = _refusing(f"os.{name}", getattr(os, name))
        setattr(os, name, function)
        setattr(posix, name, function)
    refused = _refusing("subprocess", _posixsubprocess.fork_exec)
    _posixsubprocess.fork_exec = refused
    if "subprocess" in sys.modules:
        vars(sys.modules["subprocess"])["_fork_exec"] = refused


def _refusing(name: str, function: Callable[..., Any]) -> Callable[..., NoReturn]:
    @functools.wraps(function)
    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EPERM, _NO_PROGRAM.format(name))

    return refuse
