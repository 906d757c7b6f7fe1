"""Layer: a root of its own. The interpreter and its libraries read-only, three devices, one sized tmpfs to write on,
no /proc.

    /                     tmpfs, read-only once the program is loaded
    /dev/{null,zero,urandom}
    /.scratch             tmpfs of `work_bytes` and `work_files`: everything that a program writes
        work, tmp             → bound to the working folder (workspace.py) and to /tmp
    <prefixes, sys.path, system libraries, read_only>      recursive binds, read-only, at their own paths

/proc would give away mount sources, kernel facts and environments of siblings; nothing here needs it.
"""

import ctypes
import os
import sys

from sandbox import libc
from sandbox.construction import Construction

FIX = 'see "namespaces": the mount namespace is there, but the kernel or a security module refuses mounts in it'

SCRATCH = "/.scratch"
STORE = SCRATCH + "/store"
_BASE = "/proc"
"""Where the new root is put together: a folder that exists everywhere and that no source of a bind lies in."""
_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/share/zoneinfo", "/nix/store")
_COPIED = ("/etc/ld.so.cache", "/etc/localtime")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
_SHARED_PREFIXES = ("/", "/usr", "/usr/local")
"""Prefixes that hold far more than Python: only their libraries are bound."""
_SITES = ("site-packages", "dist-packages")
_INODES_SPARE = 256

_NR_MOUNT_SETATTR = 442
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_READ_ONLY, _NO_SUID, _NO_DEV, _NO_EXEC = 1, 2, 4, 8


def raise_(construction: Construction) -> None:
    libc.mount("none", "/", "none", libc.MS_REC | libc.MS_PRIVATE)
    tmpfs(construction, _BASE)
    os.mkdir(_BASE + SCRATCH)
    tmpfs(construction, _BASE + SCRATCH)
    for name, mode in (("work", 0o755), ("tmp", 0o1777)):
        path = f"{_BASE}{SCRATCH}/{name}"
        os.mkdir(path)
        os.chmod(path, mode)
        construction.give(path)
    os.mkdir(_BASE + "/tmp")
    bind(_BASE + SCRATCH + "/tmp", _BASE + "/tmp")
    _furnish(construction)
    if construction.store:
        # The workspace shows single files of it, and covers it before there is a program.
        os.mkdir(_BASE + STORE)
        bind(construction.store, _BASE + STORE)
        make_read_only(_BASE + STORE)
    os.chdir(_BASE)
    libc.pivot_root(".", ".")
    libc.unmount(".", libc.MNT_DETACH)
    os.chdir("/")
    construction.scratch = SCRATCH
    construction.writable = ["/tmp"]


def tmpfs(construction: Construction, target: str) -> None:
    owner = f",uid={construction.outer_id},gid={construction.outer_id}" if os.geteuid() == 0 else ""
    size, files = construction.limits["work_bytes"], construction.limits["work_files"] + _INODES_SPARE
    options = f"mode=0755,size={size},nr_inodes={files}{owner}"
    libc.mount("tmpfs", target, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, options)


def bind(source: str, target: str) -> None:
    """Recursive, since a user namespace refuses to uncover what a mount below the source covers."""
    libc.mount(source, target, "", libc.MS_BIND | libc.MS_REC)


def make_read_only(target: str, *, below: bool = True, devices: bool = False) -> None:
    """Sets the flags of the mount at `target`, and of all mounts below it."""
    flags = _READ_ONLY | _NO_SUID | (_NO_EXEC if devices else _NO_DEV)
    attributes = libc.buffer(b"".join(value.to_bytes(8, sys.byteorder) for value in (flags, 0, 0, 0)))
    path = ctypes.create_string_buffer(os.fsencode(target))
    where = _AT_RECURSIVE if below else 0
    libc.syscall("mount_setattr", _NR_MOUNT_SETATTR, _AT_FDCWD, path, where, attributes, len(attributes))


def sources(construction: Construction, below: str = "") -> list[str]:
    """What the jail sees of the host (inside of the folder `below`), outermost first, without what lies in another."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    wanted = {f"{prefix}/lib" if prefix in _SHARED_PREFIXES else prefix for prefix in prefixes}
    wanted.update(_LIBRARIES, sys.path)
    package = os.path.dirname(os.path.abspath(__file__))
    home = os.path.dirname(package)
    if os.path.basename(home) not in _SITES:
        # An editable installation: all of a developer's folder is on the path, where only packages are meant.
        wanted.discard(home)
    wanted.update(construction.read_only)
    if not below:  # loaded by now, and no business of the program's
        wanted.add(package)
    # Debian's site module and some of its library files are links to there.
    wanted.add(f"/etc/python{sys.version_info.major}.{sys.version_info.minor}")
    wanted.update([os.path.realpath(path) for path in wanted if path])
    kept: list[str] = []
    for path in sorted(wanted):
        inside = not below or (path != below and is_below(path, below))
        known = any(is_below(path, outer) for outer in kept)
        if path.startswith("/") and inside and not known and os.path.exists(path):
            kept.append(os.path.normpath(path))
    return kept


def is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it, by name."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _furnish(construction: Construction) -> None:
    for path in sources(construction):
        _make_mount_point(construction, path)
        bind(os.path.realpath(path), _BASE + path)
        make_read_only(_BASE + path)
    for path in DEVICES:
        _make_mount_point(construction, path)
        bind(path, _BASE + path)
        make_read_only(_BASE + path, devices=True)
    for path in filter(os.path.exists, _COPIED):
        construction.make_folders(_BASE + os.path.dirname(path))
        with open(path, "rb") as source, open(_BASE + path, "wb") as copy:
            copy.write(source.read())


def _make_mount_point(construction: Construction, path: str) -> None:
    """An empty folder or file, for `path` to be bound on."""
    if os.path.isdir(path):
        construction.make_folders(_BASE + path)
    else:
        construction.make_folders(_BASE + os.path.dirname(path))
        os.close(os.open(_BASE + path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
