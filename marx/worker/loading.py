"""From a program on the wire to what a jail is given. Pure but for looking up where this installation's modules lie.

The interpreter of the jail is the worker's own. Where `marx` and its libraries are not on that interpreter's
ordinary path (an editable or a PYTHONPATH installation), these packages alone are made visible in the jail, read-only:
beside them may lie whatever a developer keeps there.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from marx.inside.messages import Begin
from marx.journal.blobs import BLOBS
from marx.wire.messages import Content, Program
from marx.worker.settings import WorkerSettings
from sandbox import FileIn, JailSpec, Load

NEEDED_INSIDE = ("marx", "sandbox", "msgspec", "dill", "cloudpickle", "RestrictedPython")
"""Top-level modules that jails import, ours and of others."""


def jail_spec(settings: WorkerSettings, hash_seed: str = "0") -> JailSpec:
    """The jail that this owner allows, for programs of one hash seed."""
    module = settings.entry.partition(":")[0]
    homes = homes_to_show((*NEEDED_INSIDE, module.partition(".")[0]))
    return JailSpec(
        entry=settings.entry,
        read_only=homes,
        path=tuple(dict.fromkeys(str(Path(home).parent) for home in homes)),
        limits=settings.limits,
        python=sys.executable,
        hash_seed=hash_seed,
        preload=(module, *_checks(settings)),
        waive=settings.waive,
        bubblewrap=True,
        nice=not settings.embedded,
        threads=len(os.sched_getaffinity(0)) if settings.embedded else 1,  # on one's own machine, as `python` has it
        store=str(settings.cache_folder / BLOBS) if settings.cache_folder is not None else "",
    )


def _checks(settings: WorkerSettings) -> tuple[str, ...]:
    """What jails import beforehand to check programs, where their owner wants that."""
    if settings.accept == "guarded":
        return ("sandbox.guards",)
    return ("sandbox.policy",) if settings.policy == "static" else ()


def homes_to_show(needed: tuple[str, ...] = NEEDED_INSIDE) -> tuple[str, ...]:
    """The packages and modules of `needed` where the jail's interpreter would not look by itself, once each."""
    usual = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    homes = dict.fromkeys(home for name in needed if (home := _home(name)) is not None)
    return tuple(str(home) for home in homes if home.parent.resolve() not in usual)


def _home(module: str) -> Path | None:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin)
    return origin.parent if spec.submodule_search_locations else origin


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
        files=tuple(FileIn(path=f.path, content=source(f.content), mode=f.mode) for f in program.files),
        environment=program.environment,
        stdin=stdin.read_bytes() if isinstance(stdin, Path) else stdin,
        collect=driver,
        quiet=not driver,
        cpus=cpus,
    )


TEMPORARY = "/tmp"
"""The folder that is every job's own."""
FENCED = ("isolated", "isolated+")
"""Tiers at which nothing was missing, whatever was waived."""
KERNEL_FENCES = frozenset({"landlock", "seccomp"})
"""Without these the language policy is all that stands between a program and this machine, so it is not optional."""


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
        shown={path: inside for path in (TEMPORARY, program.folder) if (inside := place(path)) != path},
    )
