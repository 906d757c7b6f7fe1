"""Limits on the working folder of a jail without mounts, which lies on the host's disk: the zygote looks, again and
again, and kills the program that has taken more than its share. Runs in the zygote, while a stranger's code runs.

A jail with mounts has a file system of a fixed size instead. No link is followed: a jail cannot make any.
"""

import os
import select
import stat
import time

from sandbox import libc

_PAUSE_S = 0.05
_SHARE = 20
"""Looking takes at most a twentieth of a processor, however many files there are."""
_FREE_BYTES_MIN = 1 << 30
"""What always stays free on the disk (or half of what was free at the start). Catches what has no name any more."""


def watch(pid: int, folder: str, bytes_max: int, files_max: int) -> bool:
    """Waits until the process has ended, and sees to it that it has. True if it was killed for using too much."""
    floor = min(_FREE_BYTES_MIN, _free_bytes(folder) // 2)
    ended = select.poll()
    ended.register(os.pidfd_open(pid), select.POLLIN)
    pause_s = _PAUSE_S
    while not ended.poll(pause_s * 1000):
        began = time.monotonic()
        if _free_bytes(folder) < floor or exceeds(folder, bytes_max, files_max):
            os.kill(pid, libc.SIGKILL)
            return True
        pause_s = max(_PAUSE_S, _SHARE * (time.monotonic() - began))
    return False


def exceeds(folder: str, bytes_max: int, files_max: int) -> bool:
    """Whether what lies below a folder is too much. Stops looking as soon as it is."""
    files = size = 0
    pending = [folder]
    while pending:
        try:
            found = _look(pending.pop())
        except OSError:
            return True  # too deep to be named
        for path, facts in found:
            files += 1
            size += facts.st_blocks * 512
            if stat.S_ISDIR(facts.st_mode):
                pending.append(path)
        if files > files_max or size > bytes_max:
            return True
    return False


def _look(folder: str) -> list[tuple[str, os.stat_result]]:
    """What lies in a folder. One that has gone meanwhile is empty; one that may not be listed is opened up."""
    try:
        with os.scandir(folder) as entries:
            return [(entry.path, facts) for entry in entries if (facts := _facts(entry)) is not None]
    except FileNotFoundError:
        return []
    except PermissionError:
        os.chmod(folder, 0o700)
        return _look(folder)


def _facts(entry: "os.DirEntry[str]") -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None


def _free_bytes(folder: str) -> int:
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize
