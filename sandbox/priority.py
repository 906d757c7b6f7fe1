"""Layer: last in every queue of the kernel (processor, disk, and first to go when memory runs out), if the owner
wishes so."""

import os

from sandbox import libc, syscalls
from sandbox.construction import Construction
from sandbox.seccomp import architecture

FIX = "start the jail with nice=False"

_IOPRIO_WHO_PROCESS = 1
_IOPRIO_IDLE = 3 << 13
_LAST = 19


def raise_(construction: Construction) -> None:
    if not construction.nice:
        return
    construction.write_proc("oom_score_adj", "1000")
    os.nice(_LAST)
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    number = syscalls.PRIVILEGED["ioprio_set"][architecture()]
    libc.syscall("ioprio_set", number, _IOPRIO_WHO_PROCESS, 0, _IOPRIO_IDLE)
