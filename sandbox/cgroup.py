"""Layer: a control group for the whole jail, whose memory the kernel caps, and the number of whose processes.

It counts what no limit of a single process does: kernel memory behind sockets and pipes, page tables, the memory file
system, all of it together with the jail's own processes. It is optional, since only root and the owners of delegated
groups may make one, and RLIMIT_AS bounds a program's memory without it.

    the host      names the group, asks it how often it killed, removes it; and what hosts left that are dead
    launcher      makes it below the host's own group, so that no limit set there is escaped, and enters it

Imported on both sides, so it imports next to nothing.
"""

import errno
import os

from sandbox.construction import Construction

FIX = (
    "run the host program as root, or as a service with memory delegated to it "
    "(systemd 254 or newer: Delegate=memory pids, DelegateSubgroup=host); optional"
)

_PREFIX = "jail-"
_ITS_OWN_BYTES = 64 << 20
"""For the launcher, the zygote and what the kernel keeps for an ordinary program: page tables, stacks, names."""
_PROCESSES = 520
"""The threads that rlimits.py allows, and the jail's own processes."""
_UNIFIED = "unified"

_left: list[str] = []
"""Groups whose last process was not quite gone when they should have been removed."""
_swept: set[int] = set()
"""The process that has looked for what dead hosts left; a copy of it made by fork looks again."""


def cap_bytes(memory_bytes: int, work_bytes: int) -> int:
    """More than a program within its other limits can use, so that only what they do not count ends here."""
    return memory_bytes + work_bytes + _ITS_OWN_BYTES


# --- in the launcher --------------------------------------------------------------------------------------------------


def raise_(construction: Construction) -> None:
    found = places()
    if not found:
        raise OSError("no group with a memory controller may be made here")
    limits = construction.limits
    memory = str(cap_bytes(limits["memory_bytes"], limits["work_bytes"]))
    for controller, folder in found.items():
        try:
            _enter(f"{folder}/{construction.group}", controller, memory)
        except OSError as fault:  # without the group's name, so that the same cause reads the same for every jail
            raise OSError(f"no group can be made in {folder}: {fault.strerror}") from None


def _enter(group: str, controller: str, memory: str) -> None:
    os.mkdir(group)
    if controller == "memory":
        _write(group, "memory.limit_in_bytes", memory)
        _write(group, "memory.memsw.limit_in_bytes", memory, optional=True)
    if controller == _UNIFIED:
        _write(group, "memory.max", memory)
        _write(group, "memory.swap.max", "0", optional=True)
    if controller != "memory":
        _write(group, "pids.max", str(_PROCESSES), optional=controller == _UNIFIED)
    _write(group, "cgroup.procs", "0")


def _write(group: str, name: str, text: str, *, optional: bool = False) -> None:
    """`optional`: a kernel without swap accounting has no such file, nor a group without the controller."""
    try:
        fd = os.open(f"{group}/{name}", os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        if optional:
            return
        raise
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


# --- in the host ------------------------------------------------------------------------------------------------------


def name_for(number: int) -> str:
    """The name of the group for this process's jail of that number. Takes away, once, what dead hosts have left."""
    if os.getpid() not in _swept:
        _swept.add(os.getpid())
        for folder in places().values():
            _sweep(folder)
    return f"{_PREFIX}{os.getpid()}-{number}"


def kills(name: str) -> int:
    """How often the kernel has killed in this group; 0 where there is none."""
    for folder in places().values():
        for file in ("memory.oom_control", "memory.events"):
            for line in _read(f"{folder}/{name}/{file}").splitlines():
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    return 0


def remove(name: str) -> None:
    """To be called when nothing of the jail is left alive."""
    _left.extend(f"{folder}/{name}" for folder in places().values())
    _left[:] = [group for group in _left if not _removed(group)]


def _removed(group: str) -> bool:
    try:
        os.rmdir(group)
    except OSError as fault:
        return fault.errno != errno.EBUSY
    return True


def _sweep(folder: str) -> None:
    for name in os.listdir(folder):
        host = name.removeprefix(_PREFIX).partition("-")[0]
        if name.startswith(_PREFIX) and host.isdigit() and not os.path.exists(f"/proc/{host}"):
            _removed(f"{folder}/{name}")


# --- where groups can be made -----------------------------------------------------------------------------------------


def places() -> dict[str, str]:
    """The folders in which this process may have groups, by controller; empty if memory cannot be capped."""
    own = own_folders(_read("/proc/self/cgroup"), _read("/proc/self/mountinfo"))
    if "memory" in own:
        return {name: own[name] for name in ("memory", "pids") if name in own}
    for folder in _candidates(own[_UNIFIED]) if _UNIFIED in own else ():
        if enabled(folder):
            return {_UNIFIED: folder}
    return {}


def own_folders(groups: str, mounts: str) -> dict[str, str]:
    """Where this process's own groups are, by controller, from its files `cgroup` and `mountinfo` of /proc."""
    roots: dict[str, tuple[str, str]] = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        kind, _, options = after.split()[:3]
        if kind == "cgroup":
            roots.update(dict.fromkeys(options.split(","), (root, point)))
        elif kind == "cgroup2":
            roots[_UNIFIED] = root, point
    found = {}
    for line in groups.splitlines():
        _, names, path = line.split(":", 2)
        for name in names.split(",") if names else (_UNIFIED,):
            root, point = roots.get(name, ("", ""))
            inner = path.removeprefix(root.rstrip("/"))
            if point and path.startswith(root):
                found[name] = f"{point}{inner}".rstrip("/")
    return found


def _candidates(own: str) -> tuple[str, ...]:
    """In the second version a group with processes has no groups with controllers, so that a host's own group will
    do only at the root; else the one above, where it was delegated."""
    above = os.path.dirname(own)
    for mark in ("user.delegate", "trusted.delegate"):
        try:
            if os.getxattr(above, mark) == b"1":
                return own, above
        except OSError:
            continue
    return (own,)


def enabled(folder: str) -> bool:
    """Whether groups in this folder have a memory cap, which is asked for where they do not."""
    control = f"{folder}/cgroup.subtree_control"
    if "memory" in _read(control).split():
        return os.access(folder, os.W_OK)
    try:
        _write(folder, "cgroup.subtree_control", "+memory")
        _write(folder, "cgroup.subtree_control", "+pids")
    except OSError:
        return "memory" in _read(control).split()
    return True


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""
