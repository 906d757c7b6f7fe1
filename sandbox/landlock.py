"""Layer: Landlock. Reading below the jail's read-only folders, writing below its working folder and /tmp, no TCP, no
reach out of the domain by signals or abstract sockets.

Where the jail has a root of its own this is a second wall behind the mounts; where it has none, it is the wall.
"""

import os
import sys

from sandbox import libc
from sandbox.construction import Construction
from sandbox.mounts import sources

FIX = "use a kernel of 5.13 or newer with Landlock switched on (boot option lsm=landlock,...)"

_NR_CREATE_RULESET, _NR_ADD_RULE, _NR_RESTRICT_SELF = 444, 445, 446
_GET_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14

_READ = _EXECUTE | _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_OF_FILES = _EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE
"""The rights that a rule on a single file may hold."""
_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights on files each version of the ABI knows; 16 from version 5 on."""
_NET = 0b11
_SCOPES = 0b11
_LOG_SAME_EXEC_OFF = 1
"""From version 7 on each refusal is a line of the host's audit log, unless this is said: a stranger would fill it."""
_READ_WITHOUT_ROOT = ("/etc/ld.so.cache", "/etc/localtime", "/dev/zero", "/dev/urandom")


def probe() -> str:
    """Why Landlock cannot be used here; empty if it can."""
    try:
        _version()
    except OSError as refusal:
        return str(refusal)
    return ""


def raise_(construction: Construction) -> None:
    version = _version()
    known = (1 << _FS_RIGHTS.get(version, 16)) - 1
    # Everything the kernel knows is handled, so everything that no rule grants is refused.
    fields = [known] + [_NET] * (version >= 4) + [_SCOPES] * (version >= 6)
    attributes = libc.buffer(b"".join(field.to_bytes(8, sys.byteorder) for field in fields))
    ruleset = libc.syscall("landlock_create_ruleset", _NR_CREATE_RULESET, attributes, len(attributes), 0)
    readable = ["/"] if "mounts" in construction.raised else [*sources(construction), *_READ_WITHOUT_ROOT]
    for path in readable:
        _grant(ruleset, path, _READ & known)
    for path in (*construction.writable, "/dev/null"):
        _grant(ruleset, path, _WRITE & known)
    quiet = _LOG_SAME_EXEC_OFF if version >= 7 else 0
    libc.syscall("landlock_restrict_self", _NR_RESTRICT_SELF, ruleset, quiet)
    os.close(ruleset)


def _version() -> int:
    return libc.syscall("landlock_create_ruleset", _NR_CREATE_RULESET, None, 0, _GET_VERSION)


def _grant(ruleset: int, path: str, rights: int) -> None:
    if not os.path.exists(path):
        return
    if not os.path.isdir(path):
        rights &= _OF_FILES
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = libc.buffer(rights.to_bytes(8, sys.byteorder) + fd.to_bytes(4, sys.byteorder))
    libc.syscall("landlock_add_rule", _NR_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    os.close(fd)
