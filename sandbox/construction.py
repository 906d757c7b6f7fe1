"""What the launcher knows of the jail that it is building. Values only; the layers act on it, in the order of
order.py."""

import os

from sandbox.frames import number

INNER_ID = 1000
"""User and group id that the program sees, the same on every machine."""

THREAD_CAPS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "BLIS_NUM_THREADS")
"""Set by the spec, usually to 1: a slot is one processor, and numeric libraries would take all of them."""


class Construction:
    """The host's spec, and what has become of each layer so far.

    `raised` names the layers that stand; `missing` has (name, why, fix) of the others. `proc` is a descriptor of
    /proc/self that outlives the change of root. `scratch` is the folder with all that the program may write: below it
    are `work` (the working folder) and `tmp`. `threads_beside` counts threads that the same user runs elsewhere; it is
    0 where the kernel does not count them as the jail's. `group` is the name for the jail's control group.
    """

    __slots__ = (
        "bubblewrap",
        "entry",
        "group",
        "limits",
        "missing",
        "nice",
        "outer_id",
        "path",
        "preload",
        "proc",
        "raised",
        "read_only",
        "scratch",
        "store",
        "threads_beside",
        "waive",
        "writable",
    )

    def __init__(self, fields: list[bytes]) -> None:
        pairs = list(zip(fields[::2], fields[1::2], strict=True))

        def every(key: bytes) -> tuple[str, ...]:
            return tuple(os.fsdecode(value) for name, value in pairs if name == key)

        self.entry = every(b"entry")[0]
        self.read_only = every(b"read_only")
        self.path = every(b"path")
        self.preload = every(b"preload")
        self.store = "".join(every(b"store"))
        self.group = "".join(every(b"group"))
        self.waive = frozenset(every(b"waive"))
        self.bubblewrap = every(b"bubblewrap") == ("1",)
        self.nice = every(b"nice") == ("1",)
        self.limits = {
            name.decode(): number(value) for name, value in pairs if name.endswith((b"_bytes", b"_files", b"_s"))
        }
        self.proc = _own_folder_of_proc()
        self.outer_id = unused_id() if os.geteuid() == 0 else os.geteuid()
        self.threads_beside = 0
        self.raised: set[str] = set()
        self.missing: list[tuple[str, str, str]] = []
        self.scratch = ""
        self.writable: list[str] = []

    def write_proc(self, name: str, text: str) -> None:
        """Writes one of the process's own files in /proc."""
        fd = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=self.proc)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)

    def make_folders(self, path: str) -> None:
        """`mkdir -p`. Folders made while still root belong to the jail's user, who makes more below them later."""
        if os.path.isdir(path):
            return
        self.make_folders(os.path.dirname(path))
        os.mkdir(path, 0o755)
        self.give(path)

    def give(self, path: str) -> None:
        """Hands over what was made while still root."""
        if os.geteuid() == 0:
            os.chown(path, self.outer_id, self.outer_id)


def _own_folder_of_proc() -> int:
    try:
        return os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise OSError("no jail can be built without /proc: mount -t proc proc /proc") from None


def threads_of(user: int) -> int:
    """How many threads of a user run on this host, as far as /proc shows them."""
    total = 0
    with os.scandir("/proc") as entries:
        for entry in entries:
            try:
                if entry.name.isdigit() and entry.stat().st_uid == user:
                    total += len(os.listdir(f"/proc/{entry.name}/task"))
            except OSError:
                continue  # it has ended
    return total


def unused_id() -> int:
    """A user id that nobody has: one per live launcher, from the range that systemd's list of ids leaves unused.

    In a container that maps fewer ids, one from the top of what is mapped.
    """
    wanted = 0x7000_0000 + os.getpid()
    with open("/proc/self/uid_map", encoding="ascii") as lines:
        spans = [(int(first), int(count)) for first, _, count in (line.split() for line in lines)]
    if any(first <= wanted < first + count for first, count in spans):
        return wanted
    first, count = max(spans, key=lambda span: span[1])
    if count < 2:
        raise OSError("no user id but root's is mapped in this container")
    return first + count - 1 - os.getpid() % min(count - 1, 4096)
