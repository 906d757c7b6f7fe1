"""Takes away what a stranger left in a folder on the host's disk, in the case of a jail without mounts of its own.

The tree may be deeper than Python recurses and its paths longer than the kernel takes, so nothing here follows it
downwards: what lies in a folder is moved to the top, until there is nothing left to move. Its processes are dead, so
nothing changes meanwhile; no link is followed.
"""

import os
import stat

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(folder: str) -> None:
    """As far as possible: what the host does not allow stays."""
    try:
        top = os.open(folder, _FOLDER)
    except OSError:
        return
    try:
        while names := os.listdir(top):
            for name in names:
                _take_away(name, top)
        os.rmdir(folder)
    except OSError:
        pass
    finally:
        os.close(top)


def _take_away(name: str, top: int) -> None:
    if not _open_up(name, top):
        os.unlink(name, dir_fd=top)
        return
    inner = os.open(name, _FOLDER, dir_fd=top)
    try:
        for each in os.listdir(inner):
            _open_up(each, inner)
            os.rename(each, os.urandom(12).hex(), src_dir_fd=inner, dst_dir_fd=top)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)


def _open_up(name: str, place: int) -> bool:
    """Whether it is a folder, which from now on can be listed and moved."""
    if not stat.S_ISDIR(os.lstat(name, dir_fd=place).st_mode):
        return False
    os.chmod(name, 0o700, dir_fd=place)
    return True
