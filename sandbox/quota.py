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
"""Looking takes at most a twentieth of a processor, however many files there are, while the disk has room as before."""
_BYTES_UNSEEN, _FILES_UNSEEN = 16 << 20, 1000
"""So much may go from the disk without a look, whoever takes it."""
_DEPTH_MAX = 128
"""Folders within folders, beyond what any ordinary program makes: with each of them a look takes longer."""
_FREE_BYTES_MIN = 1 << 30
"""What always stays free on the disk (or half of what was free at the start), whoever takes it."""


def watch(program: Running, folder: str, bytes_max: int, files_max: int) -> bool:
    """Waits until the process has ended, and sees to it that it has. True if it was killed for using too much.

    A look that takes long is made seldom; but at once when more has gone from the disk than the program had left.
    """
    free_bytes, free_files = _free(folder)
    floor = min(_FREE_BYTES_MIN, free_bytes // 2)
    least_bytes, least_files, due_s = free_bytes, free_files, 0.0
    while not program.ended(_PAUSE_S):
        began_s = time.monotonic()
        free_bytes, free_files = _free(folder)
        if floor <= free_bytes and least_bytes <= free_bytes and least_files <= free_files and began_s < due_s:
            continue
        used = None if free_bytes < floor else taken(program.pid, folder, bytes_max, files_max)
        if used is None:
            program.kill()
            return True
        least_bytes = free_bytes - max(_BYTES_UNSEEN, bytes_max - used[0])
        least_files = free_files - max(_FILES_UNSEEN, files_max - used[1])
        due_s = began_s + _SHARE * (time.monotonic() - began_s)
    return False


def taken(pid: int, folder: str, bytes_max: int, files_max: int) -> tuple[int, int] | None:
    """Bytes and files of a program, those without names as well; None if it is too much."""
    nameless = nameless_bytes(pid, folder, bytes_max)
    named = lying_in(folder, bytes_max - nameless, files_max)
    return None if named is None else (named[0] + nameless, named[1])


def lying_in(folder: str, bytes_max: int, files_max: int) -> tuple[int, int] | None:
    """Bytes and files below a folder; None if it is too much. Stops looking as soon as it is."""
    files = size = 0
    pending = [(folder, 0)]
    while pending:
        place, depth = pending.pop()
        try:
            found = _look(place)
        except OSError:
            return None  # too deep to be named
        for path, facts in found:
            files += 1
            size += facts.st_blocks * 512
            if stat.S_ISDIR(facts.st_mode):
                pending.append((path, depth + 1))
        if files > files_max or size > bytes_max or depth > _DEPTH_MAX:
            return None
    return size, files


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
    except OSError:
        return bytes_max + 1  # held in a place too deep to be named
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
    """What lies in a folder. One that has gone meanwhile, or become a file, is empty; one that may not be listed is
    opened up."""
    try:
        return _entries(folder)
    except PermissionError:
        _open_up(folder)
        return _entries(folder)


def _open_up(folder: str) -> None:
    try:
        os.chmod(folder, 0o700)
    except FileNotFoundError:
        return  # gone meanwhile


def _entries(folder: str) -> list[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            return [(entry.path, facts) for entry in entries if (facts := _facts(entry)) is not None]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _facts(entry: "os.DirEntry[str]") -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None


def _free(folder: str) -> tuple[int, int]:
    """Bytes and files that the disk still takes; where it does not count files, always the same number of them."""
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize, facts.f_ffree
