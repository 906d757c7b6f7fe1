"""From a program on the wire to what a jail is given. Pure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from marx.inside.messages import Begin
from marx.wire.messages import Content, Program
from marx.worker.settings import WorkerSettings
from sandbox import FileIn, Load

TEMPORARY = "/tmp"
"""The folder that is every job's own."""
FENCED = ("isolated", "isolated+")
"""Tiers at which nothing was missing, whatever was waived."""
KERNEL_FENCES = frozenset({"landlock", "seccomp"})
"""Without these the language policy is all that stands between a program and this machine, so it is not optional."""


def hash_seed(program: Program) -> str:
    """The hash seed of every jail of the program: the tasker's where one was fixed, else one for all."""
    asked = program.environment.get("PYTHONHASHSEED", "")
    return asked if asked.isascii() and asked.isdigit() and int(asked) < 1 << 32 else "0"


def load(program: Program, blob_path: Callable[[str], Path], *, driver: bool, cpus: tuple[int, ...] = ()) -> Load:
    """The program's files, environment and input. `blob_path` says where the blob of a hash lies on this host.

    Of a driver its files are wanted afterwards, and what it prints. What a chunk prints comes with its outcome.
    """

    def source(content: Content) -> bytes | Path:
        return blob_path(content.hash) if content.data is None else content.data

    stdin = None if program.stdin is None else source(program.stdin)
    return Load(
        folder=program.folder,
        files=tuple(FileIn(f.path, source(f.content), f.mode, f.mtime_ns) for f in program.files),
        environment=program.environment,
        stdin=stdin.read_bytes() if isinstance(stdin, Path) else stdin,
        collect=driver,
        quiet=not driver,
        cpus=cpus,
    )


def begin(
    program: Program, role: str, settings: WorkerSettings, place: Callable[[str], str], slots: int = 1, tier: str = ""
) -> Begin:
    """The first message to the entry. `place` translates the program's paths to the jail's, once it has been loaded;
    `tier` is what was proven of it."""
    paths = {file.path for file in program.files}
    return Begin(
        role=role,
        script=place(program.script),
        argv=[place(text) if program.session or text in paths else text for text in program.argv],
        folder=place(program.folder),
        parallel=program.parallel,
        slots=slots,
        line_buffered=program.line_buffered,
        speculate=program.speculate,
        paranoid=program.paranoid,
        policy=settings.policy == "static" or (bool(KERNEL_FENCES & settings.waive) and tier not in FENCED),
        guarded=tier == "guarded",
        temporary=place(TEMPORARY),
        shown={path: inside for path in (TEMPORARY, program.folder) if (inside := place(path)) != path},
    )
