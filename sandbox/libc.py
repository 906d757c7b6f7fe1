"""The few system calls that Python 3.11 has no function for. Each raises OSError with the call's name.

Runs inside the launcher, so it imports nothing but ctypes.
"""

import ctypes
import os

CLONE_NEWNS = 0x0002_0000
CLONE_NEWCGROUP = 0x0200_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x4_0000
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

SIGINT = 2
SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True)


def _check(name: str, result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def unshare(flags: int) -> None:
    _check("unshare", _libc.unshare(flags))


def sethostname(name: bytes) -> None:
    _check("sethostname", _libc.sethostname(name, len(name)))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2); paths are given as they are, so that a name outside ASCII is the file system's own."""
    result = _libc.mount(
        os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode() or None
    )
    _check(f"mount {target}", result)


def unmount(target: str, flags: int) -> None:
    _check(f"umount {target}", _libc.umount2(os.fsencode(target), flags))


def pivot_root(new: str, old: str) -> None:
    _check("pivot_root", _libc.pivot_root(os.fsencode(new), os.fsencode(old)))


def prctl(option: int, *arguments: int) -> int:
    values = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    return _check(f"prctl {option}", _libc.prctl(option, *values))


def syscall(name: str, number: int, *arguments: "int | ctypes.Array[ctypes.c_char] | None") -> int:
    """A call that libc has no wrapper for. Whole numbers are passed as longs, buffers by address."""
    values = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    return _check(name, int(_libc.syscall(ctypes.c_long(number), *values)))


def address(buffer: "ctypes.Array[ctypes.c_char]") -> int:
    """For structures that hold pointers. The caller keeps the buffer alive."""
    return ctypes.addressof(buffer)


def buffer(data: bytes) -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(data, len(data))


def capset(header: "ctypes.Array[ctypes.c_char]", data: "ctypes.Array[ctypes.c_char]") -> None:
    _check("capset", _libc.capset(header, data))
