"""Layer: limits of the kernel on the program's process.

With one process, no fork and no memfd, RLIMIT_AS bounds all memory but the sized tmpfs.
"""

import os
import resource

from sandbox.construction import Construction

FIX = "raise the hard limits (ulimit -H) of the host program, or lower the jail's"

_OPEN_FILES = 1024
_THREADS = 512
_QUEUED_SIGNALS = 256
"""Signals that have a number in a queue are counted by user: a jail must leave the owner some."""
_NPROC_BY_NAMESPACE = (5, 14)
"""From this kernel on RLIMIT_NPROC counts per user namespace; before, it would count the owner's own processes in."""
_BESIDE = 2048
"""Threads that the owner may start elsewhere, after a jail has begun, before the jail can start no more."""


def raise_(construction: Construction) -> None:
    limits = construction.limits
    _lower(resource.RLIMIT_AS, limits["memory_bytes"])
    _lower(resource.RLIMIT_FSIZE, limits["work_bytes"])
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _lower(resource.RLIMIT_SIGPENDING, _QUEUED_SIGNALS)
    for nothing in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE, resource.RLIMIT_RTPRIO):
        _lower(nothing, 0)
    if "mounts" not in construction.raised:
        _lower(resource.RLIMIT_NPROC, _THREADS + _BESIDE + construction.threads_beside)
    elif _kernel() >= _NPROC_BY_NAMESPACE:
        _lower(resource.RLIMIT_NPROC, _THREADS)
    if limits["cpu_s"]:
        # The soft limit is a signal that a program may ignore, the hard one is not.
        resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"] + 1))


def _lower(which: int, value: int) -> None:
    """Both limits, never above what the host program has itself."""
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _kernel() -> tuple[int, int]:
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int("".join(digit for digit in minor if digit.isdigit()))
