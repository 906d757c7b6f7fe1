"""Limits on the working folder of a jail without mounts, which lies on the host's disk: the zygote looks, again and
again, and kills the program that has taken more than its share. Runs in the zygote, while a stranger's code runs.

What has lost its name counts for as long as the program holds it, by a descriptor or in memory. A jail with mounts has
a file system of a fixed size instead. No link is followed: a jail cannot make any.
"""

import os
import stat
import time
from collections.abc import Iterator

from sandbox.running import Running

_PAUSE_S = 0.05
_SHARE = 20
"""Looking takes at most a twentieth of a processor, however many files there are."""
_FREE_BYTES_MIN = 1 << 30
"""What always stays free on the disk (or half of what was free at the start), whoever takes it."""


def watch(program: Running, folder: str, bytes_max: int, files_max: int) -> bool:
    """Waits until the process has ended, and sees to it that it has. True if it was killed for using too much."""
    floor = min(_FREE_BYTES_MIN, _free_bytes(folder) // 2)
    pause_s = _PAUSE_S
    while not program.ended(pause_s):
        began = time.monotonic()
        left = bytes_max - nameless_bytes(program.pid, folder, bytes_max)
        if _free_bytes(folder) < floor or exceeds(folder, left, files_max):
            program.kill()
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


def nameless_bytes(pid: int, folder: str, bytes_max: int) -> int:
    """What the files take that a process holds, and that had a name below a folder once.

    Which blocks belong to a file that is held by nothing but a memory map cannot be asked: that is more than
    `bytes_max`. Python's own maps hold a descriptor as well.
    """
    try:
        task = _living_task(pid)
        mapped = _mapped_without_name(task, folder)
        sizes = dict(_open_without_name(task, folder))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0  # it has ended, or is not a stranger's yet
    known = sum(sizes.values())
    return known if mapped <= sizes.keys() else known + bytes_max + 1


def _living_task(pid: int) -> str:
    """A thread with descriptors: the first may have ended before others. All share them, as seccomp sees to."""
    tasks = f"/proc/{pid}/task"
    for name in sorted(os.listdir(tasks), key=int):
        try:
            if os.listdir(f"{tasks}/{name}/fd"):
                return f"{tasks}/{name}"
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # what has ended is root's
    raise ProcessLookupError(pid)


def _open_without_name(task: str, folder: str) -> Iterator[tuple[int, int]]:
    """Inode and size of what no folder names any more. A look at the name first: no other file is anybody's matter."""
    for number in os.listdir(f"{task}/fd"):
        place = f"{task}/fd/{number}"
        try:
            if os.readlink(place).startswith(folder + "/") and (facts := os.stat(place)).st_nlink == 0:
                yield facts.st_ino, facts.st_blocks * 512
        except FileNotFoundError:
            continue  # closed meanwhile


def _mapped_without_name(task: str, folder: str) -> set[int]:
    """Inodes. Lines are: addresses, rights, offset, device, inode, and the name that it has or had."""
    with open(f"{task}/maps", "rb") as lines:
        rows = [line.split(None, 5) for line in lines]
    wanted = os.fsencode(folder) + b"/"
    return {
        int(row[4])
        for row in rows
        if len(row) == 6 and row[5].startswith(wanted) and row[5].rstrip(b"\n").endswith(b" (deleted)")
    }


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
