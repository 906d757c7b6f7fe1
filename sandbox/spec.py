"""What a host program says to a jail and hears from it: frozen values, no behaviour. Never imported inside a jail."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one jail may use. Bytes, files and seconds; `cpu_s` 0 means none."""

    memory_bytes: int = 4 << 30
    """Address space of the program's process."""
    work_bytes: int = 512 << 20
    """Size of the memory file system that holds the working folder and /tmp."""
    work_files: int = 10_000
    """Files and folders that fit there."""
    cpu_s: int = 0
    """Processor seconds of the program; the host's clock is the caller's business."""
    message_bytes: int = 512 << 20
    """Cap of one frame of the channel, checked before anything is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JailSpec:
    """Which code a jail runs, and what it sees of the host."""

    entry: str
    """"package.module:function", called in the runner with a Channel; returns the exit status or raises as it likes."""
    read_only: tuple[str, ...] = ()
    """Host folders and files that the jail sees, read-only, at the same path. The entry and `preload` are looked up
    here too."""
    path: tuple[str, ...] = ()
    """Further folders where these are looked up. Of them the jail sees only what `read_only` names."""
    store: str = ""
    """A host folder with files that never change, so that large ones of a load can be shown instead of copied."""
    limits: Limits = field(default_factory=Limits)
    python: str = sys.executable
    hash_seed: str = "0"
    """PYTHONHASHSEED of the interpreter: the same seed, the same order of sets on every machine."""
    preload: tuple[str, ...] = ()
    """Modules that the zygote imports before any stranger's code is there."""
    waive: frozenset[str] = frozenset()
    """Names of layers that the owner allows to be missing."""
    nice: bool = True
    """Run at the lowest priority; off on one's own machine."""
    threads: int = 1
    """Threads that numeric libraries take where the program does not say: the last digits of a product depend on it."""
    bubblewrap: bool = False
    """Whether bubblewrap stands in, where it is installed, for namespaces that are refused and waived."""


@dataclass(frozen=True, slots=True)
class FileIn:
    """A file for the jail. `path` is absolute (an empty folder's ends in "/"); `content` the bytes, or the host's
    file. `mtime_ns`: when it was changed last, as the program shall see it (0: now)."""

    path: str
    content: bytes | Path
    mode: int = 0o644
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a program needs around it."""

    folder: str
    """Absolute path of the working folder inside the jail."""
    files: tuple[FileIn, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """The program's `os.environ`, complete; caps on the threads of numeric libraries are added where it has none."""
    stdin: bytes | None = None
    """What descriptor 0 yields; None is /dev/null."""
    collect: bool = False
    """Whether the outcome lists the files that the program left."""
    quiet: bool = False
    """Whether descriptors 1 and 2 are /dev/null, for a caller who would only have to throw away what comes."""
    cpus: tuple[int, ...] = ()
    """The only processors that the program may use; none named means those of the host program."""


@dataclass(frozen=True, slots=True)
class FileOut:
    """A file that the program made or changed. `path` is relative to the working folder; an empty folder ends in
    "/"."""

    path: str
    content: bytes
    mode: int


class Verdict(StrEnum):
    """How a program ended. SIGNAL: of its own doing. KILLED: by somebody else's SIGKILL, who may be the host."""

    EXITED = "exited"
    SIGNAL = "signal"
    TIMEOUT_WALL = "timeout-wall"
    TIMEOUT_CPU = "timeout-cpu"
    MEMORY = "memory"
    OUTPUT_TOO_LARGE = "output-too-large"
    DISK = "disk"
    SANDBOX_ERROR = "sandbox-error"
    KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a program. `exit_code` and `signal` are the process's own; one of them is 0.

    MEMORY and DISK come with the exit code of a program that hit the cap and said so itself. `files` and `removed`
    are what the load asked to collect, and complete only for EXITED, SIGNAL, MEMORY and DISK. `astray` are names of
    the first files that were written where nothing is collected: text to be shown, never a path to be opened.
    """

    verdict: Verdict
    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    files: tuple[FileOut, ...] = ()
    removed: tuple[str, ...] = ()
    astray: tuple[str, ...] = ()
    wall_ns: int = 0
    cpu_ns: int = 0


@dataclass(frozen=True, slots=True)
class LayerState:
    """One layer on this host: whether it can be raised, if not why, and what would help."""

    name: str
    raised: bool
    why: str = ""
    fix: str = ""
