"""Layer: no capability in any set, none to be had again, no privilege through exec."""

import sys

from sandbox import libc
from sandbox.construction import Construction

FIX = "none known: dropping one's own capabilities is allowed to everybody"

_VERSION_3 = 0x2008_0522
_NO_ROOT_LOCKED = 0b1110_1111
"""NOROOT, NO_SETUID_FIXUP, NO_CAP_AMBIENT_RAISE and their locks, and the lock of KEEP_CAPS (which stays off)."""


def raise_(construction: Construction) -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    if "namespaces" in construction.raised:
        # Needs a capability itself, which a process without namespaces does not have; and then there is nothing to
        # drop.
        libc.prctl(libc.PR_SET_SECUREBITS, _NO_ROOT_LOCKED)
        _empty_bounding_set()
    libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    header = libc.buffer(_VERSION_3.to_bytes(4, sys.byteorder) + bytes(4))
    libc.capset(header, libc.buffer(bytes(24)))


def _empty_bounding_set() -> None:
    """Up to the last capability that this kernel knows, whichever that is."""
    for capability in range(64):
        try:
            libc.prctl(libc.PR_CAPBSET_DROP, capability)
        except OSError:
            if capability == 0:
                raise
            return
