"""Children of a process that has everything imported: forked in milliseconds, watched, ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable

SECONDS_MAX = 30
"""A program of the writer takes some hundredths of a second; one that is not through by then hangs."""


def fork(body: Callable[[], int]) -> int:
    """A child that runs `body` and exits with what it returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    try:
        status = body()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 70
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def wait(pid: int) -> int:
    """The exit status of a child; 137 if it had to be ended."""
    handle = os.pidfd_open(pid)
    try:
        if not select.select([handle], [], [], SECONDS_MAX)[0]:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(handle)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else 128 - status
