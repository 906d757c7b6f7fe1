"""Layer: a seccomp filter that names the system calls a program may make; everything else is refused.

The filter is raw BPF, put together here and loaded with prctl. Calls that only make sense with certain arguments are
looked at:

    clone          threads only, which share descriptors and folder with all others, so that limits count once
    clone3         ENOSYS, as its flags cannot be read; libc then uses clone
    kill, tgkill   the process itself only. A process that sends itself SIGKILL is ended by the filter, which is SIGSYS:
                   so a program's own doing is told from that of somebody outside. (SIGSYS sent to oneself then looks
                   the same.)
    prlimit64      reading one's own only
    getsid and its like   about the process itself only
    clock_gettime and its like   the machine's clocks and the process's own
    mmap           no huge pages, which the owner has set aside for something else
    madvise        advice about one's own memory; none that merges it with others', swaps it out or stops processors
    fadvise64      said to have been done: it could push the host's files out of memory
    fsync and its like   said to have been done: nothing here outlives the jail, and each makes the host's disk flush
    preadv2, pwritev2   without flags, which tell what the host has in memory, or flush
    close_range    in the one table of descriptors that all threads share, so that limits count once
    ioctl          FIONBIO and close-on-exec; else ENOTTY
    prctl          the thread's name only
    fcntl          flags and copies; not the owner of a descriptor, whose signals would reach other processes. Locks of
                   ranges are said to be had: the one process here always would, and nobody counts what they take
    getsockopt     what Python asks of a socket that it wraps; not who is at the other end
    socketpair     AF_UNIX streams only: two ends in one process, without an address and without anybody else to reach
    sendto         without an address, and with no flags but those that wait for nobody and raise no signal
    futex          without priority inheritance, which tells whether a thread of any number lives
    membarrier     of the process itself, not one that makes all processors of the machine stop
    renameat2      without leaving a device node behind
    getpriority    of the process itself
    open, openat   where the disk is watched by name: no file that never has one (O_TMPFILE), nor flushes at each write
    fallocate      where the disk is watched: not supported, so that room is taken only as fast as it is written

Calls newer than this list get ENOSYS, so that libraries fall back to older ones; another architecture's calls kill.
"""

import errno
import os
import struct
import sys

from sandbox import libc, syscalls
from sandbox.construction import Construction

FIX = "use a kernel with CONFIG_SECCOMP_FILTER on x86-64 or aarch64"

_MODE_FILTER = 2
_KILL_PROCESS, _ERRNO, _ALLOW = 0x8000_0000, 0x0005_0000, 0x7FFF_0000
_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_NR, _ARCH = 0, 4
_AUDIT = {syscalls.X86_64: 0xC000_003E, syscalls.AARCH64: 0xC000_00B7}
_MACHINES = {"x86_64": syscalls.X86_64, "aarch64": syscalls.AARCH64}
_FIRST_NEW = 424
"""Where the numbers of all architectures became the same, with pidfd_send_signal."""
_X32 = 0x4000_0000

_CLONE_FS, _CLONE_FILES, _CLONE_THREAD = 0x200, 0x400, 0x1_0000
_NEW_NAMESPACES = 0x7E02_0000
_FIONBIO, _FIONCLEX, _FIOCLEX = 0x5421, 0x5450, 0x5451
_PR_SET_NAME, _PR_GET_NAME = 15, 16
_FCNTL = [0, 1, 2, 3, 4, 5, 36, 1030, 1032, 1034]
"""DUPFD, GETFD, SETFD, GETFL, SETFL, GETLK, OFD_GETLK, DUPFD_CLOEXEC, GETPIPE_SZ, GET_SEALS."""
_FCNTL_DONE = [6, 7]
"""SETLK, SETLKW."""
_SOCKET_OPTIONS = [3, 4, 7, 8, 30, 38, 39]
"""TYPE, ERROR, SNDBUF, RCVBUF, ACCEPTCONN, PROTOCOL, DOMAIN; the level does not matter for the only family there is."""
_CLOCKS = range(12)
_CPU_TIME = 2
"""Clocks of the machine and of oneself; beyond them, numbers made of a process id and what to measure of it."""
_AF_UNIX = 1
_SOCK_STREAM = 1
_SOCK_TYPE_MASK = 0xF
_MSG_DONTWAIT, _MSG_NOSIGNAL = 0x40, 0x4000
_FUTEX_COMMANDS = [0, 1, 3, 4, 5, 9, 10]
"""WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP, WAIT_BITSET, WAKE_BITSET."""
_FUTEX_COMMAND_MASK = 0x7F
_RENAME_WHITEOUT = 4
_MEMBARRIER_OF_ALL = [1, 2, 4]
"""GLOBAL, GLOBAL_EXPEDITED, REGISTER_GLOBAL_EXPEDITED."""
_TMPFILE = 0o2000_0000
"""The bit of O_TMPFILE that is not O_DIRECTORY's."""
_DSYNC = 0o1_0000
"""O_DSYNC, which is a part of O_SYNC."""
_MAP_HUGETLB = 0x4_0000
_ADVICE = [*range(5), 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 22, 23, 24, 102, 103]
"""NORMAL to DONTNEED, FREE, REMOVE, DONTFORK, DOFORK, HUGEPAGE, NOHUGEPAGE, DONTDUMP, DODUMP, WIPEONFORK, KEEPONFORK,
POPULATE_READ, POPULATE_WRITE, DONTNEED_LOCKED, GUARD_INSTALL, GUARD_REMOVE."""
_MS_SYNC = 4
_CLOSE_RANGE_UNSHARE = 2

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false (both relative), constant."""


def architecture() -> int:
    machine = os.uname().machine
    if machine not in _MACHINES or sys.maxsize < 1 << 32:
        raise OSError(errno.ENOSYS, f"no table of system calls for this interpreter on {machine}")
    return _MACHINES[machine]


def probe() -> str:
    """Why a filter cannot be loaded here; empty if one can."""
    try:
        architecture()
        libc.prctl(libc.PR_SET_SECCOMP, _MODE_FILTER, 0)
    except OSError as refusal:
        # A kernel that would take a filter complains about the address of this one.
        return "" if refusal.errno == errno.EFAULT else str(refusal)
    return "the kernel took an empty filter"


def raise_(construction: Construction) -> None:
    instructions = filter_for(architecture(), os.getpid(), own_mounts="mounts" in construction.raised)
    load(instructions)


def load(instructions: list[Instruction]) -> None:
    """Binds the calling process to a filter, for good. Needs no_new_privs."""
    code = libc.buffer(b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions))
    program = libc.buffer(struct.pack("@HP", len(instructions), libc.address(code)))
    libc.prctl(libc.PR_SET_SECCOMP, _MODE_FILTER, libc.address(program))


def filter_for(machine: int, pid: int, *, own_mounts: bool) -> list[Instruction]:
    """The filter of the process `pid`. `own_mounts`: whether chmod and utime reach nothing but the jail's own files,
    and process ids nothing but its own processes."""
    of_mounts = syscalls.BY_NAME | syscalls.ABOUT_PROCESSES | syscalls.TAKING_DISK
    free = syscalls.FREE | (of_mounts if own_mounts else {})
    result: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, _AUDIT[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NR),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    # First, since the kernel remembers only of the others that they are allowed, and futex is called often.
    for name, block in _looked_at(pid).items():
        number = syscalls.LOOKED_AT[name][machine]
        if number >= 0 and name not in free:
            result += [(_EQUAL, 0, len(block), number), *block]
    for number in sorted(row[machine] for row in free.values() if row[machine] >= 0):
        result += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for row in syscalls.NOT_SUPPORTED.values():
        result += [(_EQUAL, 0, 1, row[machine]), _refuse(errno.ENOTSUP)]
    return [*result, (_AT_LEAST, 0, 1, _FIRST_NEW), _refuse(errno.ENOSYS), _refuse(errno.EPERM)]


def _looked_at(pid: int) -> dict[str, list[Instruction]]:
    """For each call with arguments: instructions that return a verdict. `futex` is asked most, and stands first."""
    return _of_threads() | _of_memory() | _of_files() | _of_processes(pid) | _of_clocks(pid) | _of_descriptors()


def _of_threads() -> dict[str, list[Instruction]]:
    shared = _CLONE_FS | _CLONE_FILES | _CLONE_THREAD
    return {
        "futex": [
            (_LOAD, 0, 0, _low(1)),
            (_AND, 0, 0, _FUTEX_COMMAND_MASK),
            *_if_one_of(_FUTEX_COMMANDS),
            _refuse(errno.ENOSYS),
        ],
        "membarrier": [(_LOAD, 0, 0, _low(0)), *_if_one_of(_MEMBARRIER_OF_ALL, _ERRNO | errno.EPERM), _allow()],
        "clone": [
            (_LOAD, 0, 0, _low(0)),
            (_AND, 0, 0, shared | _NEW_NAMESPACES),
            (_EQUAL, 0, 1, shared),
            _allow(),
            _refuse(errno.EPERM),
        ],
        "clone3": [_refuse(errno.ENOSYS)],
        "prctl": _when(0, [_PR_SET_NAME, _PR_GET_NAME], errno.EPERM),
    }


def _of_memory() -> dict[str, list[Instruction]]:
    return {
        "mmap": _unless(3, _MAP_HUGETLB, errno.EPERM),
        "madvise": _when(2, _ADVICE, errno.EPERM),
        "msync": _unless(2, _MS_SYNC, 0),
    }


def _of_files() -> dict[str, list[Instruction]]:
    return {
        "open": _unless(1, _TMPFILE | _DSYNC, errno.ENOTSUP),
        "openat": _unless(2, _TMPFILE | _DSYNC, errno.ENOTSUP),
        "preadv2": _when(5, [0], errno.ENOTSUP),
        "pwritev2": _when(5, [0], errno.ENOTSUP),
        "fsync": [_refuse(0)],
        "fdatasync": [_refuse(0)],
        "sync_file_range": [_refuse(0)],
        "fallocate": [_refuse(errno.ENOTSUP)],
        "renameat2": _unless(4, _RENAME_WHITEOUT, errno.EPERM),
        "fadvise64": [_refuse(0)],
    }


def _of_processes(pid: int) -> dict[str, list[Instruction]]:
    itself = _when(0, [0, pid], errno.EPERM)
    return {
        "kill": _signal_to_itself(pid, 1),
        "tgkill": _signal_to_itself(pid, 2),
        "prlimit64": [*_zero_or_refuse(_low(2)), *_zero_or_refuse(_high(2)), *itself],
        "getpgid": itself,
        "getsid": itself,
        "getpriority": [*_zero_or_refuse(_low(0)), *_when(1, [0, pid], errno.EPERM)],
        "sched_getaffinity": itself,
        "sched_getscheduler": itself,
        "sched_getparam": itself,
    }


def _signal_to_itself(pid: int, argument: int) -> list[Instruction]:
    """Allows a signal, which is this argument, to the process `pid`."""
    return [
        (_LOAD, 0, 0, _low(0)),
        (_EQUAL, 1, 0, pid),
        _refuse(errno.EPERM),
        (_LOAD, 0, 0, _low(argument)),
        (_EQUAL, 0, 1, libc.SIGKILL),
        (_RETURN, 0, 0, _KILL_PROCESS),
        _allow(),
    ]


def _of_clocks(pid: int) -> dict[str, list[Instruction]]:
    known = _when(0, [*_CLOCKS, (~pid << 3 | _CPU_TIME) & 0xFFFF_FFFF], errno.EPERM)
    return {"clock_gettime": known, "clock_getres": known, "clock_nanosleep": known}


def _of_descriptors() -> dict[str, list[Instruction]]:
    return {
        "ioctl": _when(1, [_FIONBIO, _FIOCLEX, _FIONCLEX], errno.ENOTTY),
        "fcntl": [
            (_LOAD, 0, 0, _low(1)),
            *_if_one_of(_FCNTL),
            *_if_one_of(_FCNTL_DONE, _ERRNO),
            _refuse(errno.EPERM),
        ],
        "close_range": _unless(2, _CLOSE_RANGE_UNSHARE, errno.EPERM),
        "getsockopt": _when(2, _SOCKET_OPTIONS, errno.EPERM),
        "socketpair": [
            (_LOAD, 0, 0, _low(1)),
            (_AND, 0, 0, _SOCK_TYPE_MASK),
            (_EQUAL, 1, 0, _SOCK_STREAM),
            _refuse(errno.EPERM),
            *_when(0, [_AF_UNIX], errno.EPERM),
        ],
        "sendto": [
            *_zero_or_refuse(_low(4)),
            *_zero_or_refuse(_high(4)),
            *_unless(3, ~(_MSG_DONTWAIT | _MSG_NOSIGNAL) & 0xFFFF_FFFF, errno.EPERM),
        ],
    }


def _when(argument: int, values: list[int], otherwise: int) -> list[Instruction]:
    """Allows if the low half of an argument (an int, as the kernel reads it) is one of `values`."""
    return [(_LOAD, 0, 0, _low(argument)), *_if_one_of(values), _refuse(otherwise)]


def _unless(argument: int, bits: int, otherwise: int) -> list[Instruction]:
    """Allows if an argument (an int) has none of these bits."""
    return [(_LOAD, 0, 0, _low(argument)), (_AND, 0, 0, bits), (_EQUAL, 0, 1, 0), _allow(), _refuse(otherwise)]


def _if_one_of(values: list[int], verdict: int = _ALLOW) -> list[Instruction]:
    """Returns the verdict if what was loaded last is one of `values`."""
    return [part for value in values for part in ((_EQUAL, 0, 1, value), (_RETURN, 0, 0, verdict))]


def _zero_or_refuse(offset: int) -> list[Instruction]:
    return [(_LOAD, 0, 0, offset), (_EQUAL, 1, 0, 0), _refuse(errno.EPERM)]


def _allow() -> Instruction:
    return (_RETURN, 0, 0, _ALLOW)


def _refuse(code: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | code)


def _low(argument: int) -> int:
    """Offset of an argument's low half; both machines are little-endian."""
    return 16 + 8 * argument


def _high(argument: int) -> int:
    return _low(argument) + 4
