"""Runs attacks: inside a jail through `perform`, outside through `python -m tests.attacks.jailed`, the control.

Standard library only: the interpreter may be the system's. The functions here are the tools of the attacks.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.channel import Channel

REFUSALS = {errno.EPERM, errno.ENOSYS, errno.EACCES, errno.ENOTSUP, errno.ENOTTY, errno.EROFS}
"""Errors of those that guard. With any other the kernel has looked at the arguments: it would have done it."""
OBEYED = "OBEYED"

_libc = ctypes.CDLL(None, use_errno=True)


def perform(channel: Channel) -> int:
    """The entry: answers each frame, an attack, with what it said."""
    while (body := channel.receive()) is not None:
        order = json.loads(body)
        channel.send(attempt(order["source"], order["names"]).encode(errors="replace"))
    return 0


def attempt(source: str, names: dict[str, Any]) -> str:
    """What the program said, and the exception that ended it."""
    said: list[str] = []
    space = {"say": lambda text: said.append(str(text)), "obeyed": lambda: said.append(OBEYED), **TOOLS, **names}
    home = os.getcwd()
    try:
        exec(compile(source, "<attack>", "exec"), space)
    except SystemExit:
        raise
    except BaseException as fault:
        said.append(f"{type(fault).__name__}: {fault}")
    os.chdir(home)
    return "\n".join(said)


def syscall(number: int, *arguments: Any) -> int:
    """Numbers go as longs, buffers by address; raises OSError."""
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *values))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def knock(number: int, *arguments: Any) -> str:
    """Makes a system call that does no harm if it is not refused: OBEYED unless a guard refused it."""
    try:
        return f"{OBEYED}: {syscall(number, *arguments)}"
    except OSError as fault:
        return str(fault) if fault.errno in REFUSALS else f"{OBEYED}, in principle: {fault}"


TOOLS: dict[str, Any] = {"os": os, "sys": sys, "ctypes": ctypes, "errno": errno, "syscall": syscall, "knock": knock}

if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(attempt(given["source"], given["names"]), flush=True)
