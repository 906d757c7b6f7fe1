"""The jail that an owner allows, before there is a program for it: looks up where this installation's modules lie.

The interpreter of the jail is the worker's own. Where `marx` and its libraries are not on that interpreter's
ordinary path (an editable or a PYTHONPATH installation), these packages alone are made visible in the jail, read-only:
beside them may lie whatever a developer keeps there.

`marx run` imports this before gevent, sockets and messages, so that its first jail boots while they load: it must know
none of them.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from pathlib import Path

from marx.journal import BLOBS
from marx.worker.settings import WorkerSettings
from sandbox import JailSpec

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


def make_store(settings: WorkerSettings) -> None:
    """Jails show large files from the store's folder, and may be started before there is a store."""
    if settings.cache_folder is not None:
        (settings.cache_folder / BLOBS).mkdir(mode=0o711, parents=True, exist_ok=True)


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
