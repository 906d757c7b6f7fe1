"""Layer: first to go when the host's memory runs out; and, if the owner wishes so, last in every queue of the kernel
for processor and disk."""

import os

from sandbox import libc, syscalls
from sandbox.construction import Construction
from sandbox.seccomp import architecture

FIX = "start the jail with nice=False"

_IOPRIO_WHO_PROCESS = 1
_IOPRIO_IDLE = 3 << 13
_LAST = 19


def raise_(construction: Construction) -> None:
    construction.write_proc("oom_score_adj", "1000")
    if not construction.nice:
        return
    os.nice(_LAST)
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    number = syscalls.PRIVILEGED["ioprio_set"][architecture()]
    libc.syscall("ioprio_set", number, _IOPRIO_WHO_PROCESS, 0, _IOPRIO_IDLE)
