"""Layer: real root becomes a user id that nobody has, without groups, in a user namespace of its own.

For an ordinary user there is nothing to do: namespaces.py has made the user namespace, and without one the id is
unprivileged.
"""

import os
import sys

from sandbox import libc
from sandbox.construction import Construction
from sandbox.namespaces import enter_user_namespace

FIX = "run the host program as an ordinary user, with an interpreter that ordinary users can read"


def raise_(construction: Construction) -> None:
    if os.geteuid() != 0:
        return
    unused = construction.outer_id
    os.setgroups([])
    os.setresgid(unused, unused, unused)
    os.setresuid(unused, unused, unused)
    if "mounts" not in construction.raised and not os.access(os.__file__, os.R_OK):
        # Mounts would have been made while still root; without them nothing more could be imported.
        raise OSError(f"root's interpreter at {sys.prefix} cannot be read by anybody else")
    # A change of user hides the process's own files in /proc from it; the maps below are written through them.
    libc.prctl(libc.PR_SET_DUMPABLE, 1)
    if "namespaces" in construction.raised:
        # The new mount namespace inherits the mounts locked: not even a full set of capabilities in it undoes them.
        enter_user_namespace(construction, libc.CLONE_NEWNS)
