"""What a stranger's program must not be able to do, tried out: in a jail by `main`, and outside by `control`.

A deed is done if its function returns; a wall makes it raise OSError or MemoryError. `CONTROLLED` names the deeds that
any ordinary process can do: where the control fails, the trial would prove nothing. Runs inside jails; it imports
nothing once its files are loaded.
"""

import errno
import fcntl
import mmap
import os
import resource
import socket
import sys
import threading
from collections.abc import Callable, Iterator

from sandbox import frames, libc
from sandbox.channel import Channel
from sandbox.construction import THREAD_CAPS

WHOLE = b"whole"
"""Said among the deeds by a jail in which an ordinary program can work."""
SEES_HOST = b"sees the host's file names"

_GUARDS = {errno.EPERM, errno.ENOSYS, errno.EACCES, errno.ENOTSUP, errno.EROFS}
"""Errors of those that guard. With any other the kernel has looked at the arguments: it would have done it."""
_RAW = {
    "unshare": (272, 97, 0x1000_0000),
    "mount": (165, 40, 0, 0, 0, 0, 0),
    "setns": (308, 268, -1, 0),
    "pivot_root": (155, 41, 0, 0),
    "bpf": (321, 280, 0, 0, 48),
    "io_uring_setup": (425, 425, 4, 0),
    "keyctl": (250, 219, 0, -3, 0),
    "memfd_create": (319, 279, 0, 0),
    "userfaultfd": (323, 282, 1),
    "perf_event_open": (298, 241, 0, 0, -1, -1, 0),
    "process_vm_readv": (310, 270, 1, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, 271, 1, 0, 0, 0, 0, 0),
    "pidfd_open": (434, 434, 1, 0),
    "init_module": (175, 105, 0, 0, 0),
    "open_by_handle_at": (304, 265, -1, 0, 0),
    "ptrace": (101, 117, 16, 1, 0, 0),
    "socket": (41, 198, 1, 1, 0),
    "shmget": (29, 194, 0, 4096, 0),
    "msgget": (68, 186, 0, 0),
    "prctl": (157, 167, 4, 1, 0, 0, 0),
}
"""Numbers on x86-64 and aarch64, and arguments that do no harm where nobody refuses them."""


class Aims:
    """What there is to be harmed."""

    __slots__ = ("abstract", "folder", "memory_bytes", "pid", "port", "work_bytes")

    def __init__(self, fields: list[bytes]) -> None:
        folder, abstract, *numbers = fields
        self.folder = os.fsdecode(folder)
        self.abstract = b"\0" + abstract
        self.port, self.pid, self.memory_bytes, self.work_bytes = map(frames.number, numbers)

    @property
    def secret(self) -> str:
        return self.folder + "/secret"


def main(channel: Channel) -> int:
    """The entry: one frame with the aims, one back with the deeds that were done."""
    body = channel.receive()
    if body is not None:
        channel.send(frames.pack(b"done", *_done(Aims(frames.unpack(body)[1])), *_benign()))
    return 0


def control() -> None:
    """The same in a plain process, for the deeds that are no harm there: the aims come as arguments."""
    aims = Aims([os.fsencode(text) for text in sys.argv[1:]])
    print(*(name for name in CONTROLLED if _does(DEEDS[name], aims)))


def _done(aims: Aims) -> Iterator[bytes]:
    # In a jail with process ids of its own the number may by chance be that of one of its own processes.
    skipped = _ABOUT_PROCESSES if aims.pid in (1, os.getpid(), os.getppid()) else ()
    for name, deed in DEEDS.items():
        if deed not in skipped and _does(deed, aims):
            yield name.encode()
    if os.path.exists(aims.secret):
        yield SEES_HOST


def _does(deed: "Callable[[Aims], object]", aims: Aims) -> bool:
    try:
        deed(aims)
    except (OSError, MemoryError, ValueError):
        return False
    return True


def _benign() -> Iterator[bytes]:
    """Whether an ordinary program gets along."""
    try:
        os.mkdir("folder")
        with open("folder/file", "w+") as file:
            file.write("text")
            file.seek(0)
            read = file.read()
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        whole = read == "text" and os.listdir("folder") == ["file"] and sum(range(1000)) == 499_500
    except (OSError, RuntimeError):
        return
    if whole:
        yield WHOLE


# --- deeds ------------------------------------------------------------------------------------------------------------


def _refuse() -> None:
    raise PermissionError


def _read(aims: Aims) -> None:
    with open(aims.secret, "rb") as file:
        file.read()


def _list(aims: Aims) -> None:
    os.listdir(aims.folder)


def _write(aims: Aims) -> None:
    with open(aims.folder + "/mark", "wb") as file:
        file.write(b"x")


def _connect(aims: Aims) -> None:
    socket.create_connection(("127.0.0.1", aims.port), 1.0).close()


def _reach(aims: Aims) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(aims.abstract)


def _signal(aims: Aims) -> None:
    os.kill(aims.pid, 0)


def _ask(aims: Aims) -> None:
    os.sched_getaffinity(aims.pid)


def _fork(_: Aims) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _execute(_: Aims) -> None:
    try:
        os.execv("/nonexistent/program", ["program"])
    except FileNotFoundError:
        return  # it looked


def _need_memory(aims: Aims) -> None:
    mmap.mmap(-1, aims.memory_bytes + (1 << 20)).close()


def _need_disk(aims: Aims) -> None:
    with open("large", "wb") as file:
        file.truncate(aims.work_bytes + (1 << 20))


def _raise_limits(_: Aims) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard + 1, hard + 1))


def _hold_descriptors(_: Aims) -> None:
    for number in range(4, 256):
        try:
            fcntl.fcntl(number, fcntl.F_GETFD)
        except OSError:
            continue
        return
    _refuse()


def _know_environment(_: Aims) -> None:
    if not set(os.environ) - {*THREAD_CAPS, "LC_CTYPE"}:
        _refuse()


def _change_library(_: Aims) -> None:
    os.close(os.open(os.__file__, os.O_WRONLY))


def _be_root(_: Aims) -> None:
    if os.getuid() != 0:
        os.setuid(0)


def _override_modes(_: Aims) -> None:
    os.close(os.open("closed", os.O_CREAT | os.O_WRONLY, 0))
    with open("closed", "rb") as file:
        file.read()


def _link(_: Aims) -> None:
    os.symlink("/etc", "link")


def _hurry(_: Aims) -> None:
    os.nice(-1)


def _raw(name: str) -> "Callable[[Aims], None]":
    x86_64, aarch64, *arguments = _RAW[name]
    number = aarch64 if os.uname().machine == "aarch64" else x86_64

    def knock(_: Aims) -> None:
        try:
            libc.syscall(name, number, *arguments)
        except OSError as fault:
            if fault.errno in _GUARDS:
                raise

    return knock


_ABOUT_PROCESSES = (_signal, _ask)
CONTROLLED = {
    "read a file beside it": _read,
    "list a folder beside it": _list,
    "write a file beside it": _write,
    "connect to this host": _connect,
    "reach an abstract socket": _reach,
    "signal this process": _signal,
    "ask about this process": _ask,
    "make a process": _fork,
    "start a program": _execute,
    "make a link": _link,
}
DEEDS: "dict[str, Callable[[Aims], object]]" = {
    **CONTROLLED,
    "use more memory than allowed": _need_memory,
    "use more disk than allowed": _need_disk,
    "raise its limits": _raise_limits,
    "hold another descriptor": _hold_descriptors,
    "know an environment": _know_environment,
    "change the library": _change_library,
    "be root": _be_root,
    "read what nobody may read": _override_modes,
    "raise its priority": _hurry,
    **{f"call {name}": _raw(name) for name in _RAW},
}
