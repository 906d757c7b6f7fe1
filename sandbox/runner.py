"""The runner: raises the last layers and makes the process look like one that runs `python prog.py`. A stranger's
code follows."""

import fcntl
import mmap
import os
import sys
import time
from collections.abc import Callable

from sandbox import libc, order
from sandbox.channel import Channel
from sandbox.construction import THREAD_CAPS, Construction
from sandbox.workspace import Workspace

CHANNEL_FD = 3
OUT_OF_MEMORY = b"m"


def prepare(
    construction: Construction,
    workspace: Workspace,
    environment: dict[str, str],
    entry: Callable[[Channel], "int | str | None"],
    channel_fd: int,
    begun_fd: int,
    note: mmap.mmap,
) -> Callable[[], "int | str | None"]:
    """Everything up to the call of the entry, which is what is returned. A fault goes to the zygote through
    `begun_fd`."""
    try:
        libc.prctl(libc.PR_SET_PDEATHSIG, libc.SIGKILL)
        begun_fd = _descriptors(workspace, channel_fd, begun_fd)
        os.chdir(workspace.folder_inside)
        _environment(environment)
        if "mounts" not in construction.raised:
            # So that the zygote, of the same user, may look at what it holds (quota.py). No jail gets at /proc.
            libc.prctl(libc.PR_SET_DUMPABLE, 1)
        order.raise_stage(construction, order.RUN)
    except BaseException as fault:  # nothing may run behind a fence that failed
        os.write(begun_fd, (str(fault) or repr(fault)).encode(errors="replace")[:2000])
        os._exit(1)
    os.close(begun_fd)
    channel = Channel(CHANNEL_FD, construction.limits["message_bytes"])

    def run() -> "int | str | None":
        try:
            return entry(channel)
        except MemoryError:
            note.write(OUT_OF_MEMORY)
            raise

    return run


def _descriptors(workspace: Workspace, channel_fd: int, begun_fd: int) -> int:
    """0, 1, 2 and the channel, and until the program begins the descriptor that is returned; no other."""
    os.dup2(workspace.stdin(), 0)
    # Above all that is wanted, so that no copy overwrites what has yet to be copied.
    high = fcntl.fcntl(begun_fd, fcntl.F_DUPFD_CLOEXEC, CHANNEL_FD + 1)
    os.dup2(channel_fd, CHANNEL_FD, inheritable=False)
    os.closerange(CHANNEL_FD + 1, high)
    os.closerange(high + 1, 1 << 16)
    return high


def _environment(environment: dict[str, str]) -> None:
    """The program's environment instead of the launcher's, and its PYTHONPATH where the interpreter would have put
    it."""
    caps = {name: os.environ.get(name, "1") for name in THREAD_CAPS}
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()  # else the program would have the clock of the worker, whatever its TZ says
    for name, threads in caps.items():
        if name not in os.environ:  # for the libraries that look for it, not for a program that lists its environment
            os.putenv(name, threads)
    sys.path[:0] = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.argv[:] = [""]
