"""Layer: own user, mount, process, network, IPC, host-name and control-group namespaces.

Real root needs no user namespace to make the others, and must not have one yet: it still has to reach folders that only
root may enter (mounts.py). It gets its user namespace when it gives up its identity (identity.py).
"""

import os

from sandbox import libc
from sandbox.construction import INNER_ID, Construction

FIX = (
    "allow user namespaces to ordinary users (Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0; "
    "RHEL: sysctl user.max_user_namespaces=65536; Docker: --security-opt seccomp=unconfined), "
    'or waive "namespaces"'
)

_ALL_BUT_USER = (
    libc.CLONE_NEWNS
    | libc.CLONE_NEWPID
    | libc.CLONE_NEWNET
    | libc.CLONE_NEWIPC
    | libc.CLONE_NEWUTS
    | libc.CLONE_NEWCGROUP
)


def raise_(construction: Construction) -> None:
    if os.geteuid() == 0:
        libc.unshare(_ALL_BUT_USER)
    else:
        enter_user_namespace(construction, _ALL_BUT_USER)
    libc.sethostname(b"localhost")


def enter_user_namespace(construction: Construction, others: int) -> None:
    """New user namespace (with `others`), in which the process is `INNER_ID` and has all capabilities."""
    user, group = os.geteuid(), os.getegid()
    libc.unshare(libc.CLONE_NEWUSER | others)
    # An unprivileged process may map its group only after it has given up changing its supplementary ones.
    construction.write_proc("setgroups", "deny")
    construction.write_proc("uid_map", f"{INNER_ID} {user} 1")
    construction.write_proc("gid_map", f"{INNER_ID} {group} 1")
