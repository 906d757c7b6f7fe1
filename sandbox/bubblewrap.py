"""Bubblewrap, in place of own namespaces where the kernel refuses these to us but not to it: Ubuntu's AppArmor has a
profile for `bwrap`, and elsewhere it may be installed set-user-ID.

What is tried, in order: own namespaces, bubblewrap, none. A launcher that was refused puts bubblewrap around itself and
starts again inside, without capabilities. There it makes the jail as on a host without namespaces; but that host shows
the interpreter, its libraries and nothing else, and has a /tmp of fixed size and no network. Bubblewrap is one more
wall, not a layer: the tier is that of the layers.
"""

import os
import sys

from sandbox import frames
from sandbox.construction import Construction
from sandbox.mounts import DEVICES, is_below, sources

_PLACES = ("/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap")
"""Not looked up in PATH: that is what its owner trusts."""
_SPEC_BYTES_MAX = 60_000
"""What a pipe takes without a reader."""


def stand_in(construction: Construction, spec: bytes, descriptors: list[int]) -> None:
    """Does not return where bubblewrap takes over. Does nothing where it is not wanted, needed, there or able."""
    refused = any(name == "namespaces" for name, _, _ in construction.missing)
    program = next((path for path in _PLACES if os.access(path, os.X_OK)), "")
    wanted = construction.bubblewrap and refused and "namespaces" in construction.waive and os.geteuid() != 0
    if not (wanted and program) or len(spec) > _SPEC_BYTES_MAX:
        return
    command = [program, *_options(construction), sys.executable]
    if not _works([*command, "-S", "-c", ""]):
        return
    spec_fd, end = os.pipe()
    os.write(end, frames.header(spec) + spec)
    os.close(end)
    os.set_inheritable(spec_fd, True)
    raised = ",".join(sorted(construction.raised))
    os.execv(program, [*command, sys.argv[0], *map(str, (*descriptors, spec_fd)), raised])


def _options(construction: Construction) -> list[str]:
    # The watch over the working folder keeps half of a small disk free (quota.py).
    size = str(2 * construction.limits["work_bytes"])
    options = ["--unshare-all", "--hostname", "localhost", "--proc", "/proc", "--size", size, "--tmpfs", "/tmp"]
    shown = sources(construction)
    interpreter = {sys.executable, os.path.realpath(sys.executable)}
    shown += [path for path in sorted(interpreter) if not any(is_below(path, folder) for folder in shown)]
    for path in shown:
        options += ["--ro-bind", os.path.realpath(path), path]
    for path in DEVICES:
        options += ["--dev-bind", path, path]
    for path in ("/etc/ld.so.cache", "/etc/localtime"):
        options += ["--ro-bind-try", path, path]
    return [*options, "--chdir", "/"]


def _works(command: list[str]) -> bool:
    """Silently: what it would say is about a wall that may be missing."""
    null = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=null)
    return os.waitpid(pid, 0)[1] == 0
