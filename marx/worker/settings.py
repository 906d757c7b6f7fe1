"""What an owner decides about a lent host. Values only; the defaults are made for a lab desktop."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from marx.wire.limits import SLOTS_MAX
from sandbox import Limits

Log = Callable[[str, str, Mapping[str, str | int]], None]
"""Called as log(about, text, fields): `about` a job, a lease or the line; `text` for people, fields for programs."""

FALLBACK = frozenset({"namespaces", "mounts"})
"""Layers that a host may lack by itself (containers, Ubuntu): the others still hold what a program does, and the
worker says by its tier that names of files can be asked for."""


def cpus_usable() -> tuple[int, ...]:
    """Processors that this process may use, which in a container or under taskset are fewer than the host has."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def cores_usable() -> int:
    """How many they are."""
    return len(cpus_usable())


def memory_bytes() -> int:
    """All that this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """One worker's share and limits.

    `join` is the code to show when this worker's key is new. `entry` is what runs in every jail: its first message
    (`Begin`) says whether it is a driver or computes chunks.

    `slots` chunks run at a time. Drivers wait most of their life, so they have `seats` of their own (-1: slots + 2, as
    far as SLOTS_MAX allows).
    `warm` zygotes are kept started (-1: slots + 1). `waive` names the layers of the sandbox that the owner allows to be
    missing, `accept` the tier below which nothing is lent; `policy` "static" makes jails refuse programs that break the
    language policy. `cache_folder` None is below the worker's own folder; of the blobs there that nothing needs,
    `cache_bytes_max` are kept. A slot keeps jails of the `jails_per_slot` jobs that it served last, each for
    `jail_idle_s` after its last chunk. `cpus` are the processors that programs may use, one a slot (none: all, as the
    kernel likes); `chunk_timeout_ms` is the longest that a chunk may take here, whatever its job allows (0: no limit).
    Finished chunks that nobody acknowledged are kept on disk, up to `spool_bytes_max`; a worker that was told to leave
    waits `farewell_s` for a distributor that is silent.
    """

    name: str
    join: str = ""
    entry: str = "marx.inside.entry:main"
    slots: int = field(default_factory=cores_usable)
    seats: int = -1
    limits: Limits = field(default_factory=Limits)
    waive: frozenset[str] = FALLBACK
    accept: str = "isolated"
    policy: Literal["report", "static"] = "report"
    embedded: bool = False
    warm: int = -1
    cache_folder: Path | None = None
    cache_bytes_max: int = 16 << 30
    jails_per_slot: int = 3
    jail_idle_s: float = 15.0
    boot_timeout_s: float = 60.0
    output_bytes_max: int = 256 << 20
    cpus: tuple[int, ...] = ()
    chunk_timeout_ms: int = 0
    spool_bytes_max: int = 256 << 20
    farewell_s: float = 300.0

    def cpus_of(self, slot: int) -> tuple[int, ...]:
        """What a slot may use: one processor, in turn."""
        return (self.cpus[slot % len(self.cpus)],) if self.cpus else ()

    def __post_init__(self) -> None:
        if self.slots < 1:
            raise ValueError(f"a worker needs at least one slot, not {self.slots}")
        if self.seats < 0:
            object.__setattr__(self, "seats", min(self.slots + 2, SLOTS_MAX))
        if self.warm < 0:
            object.__setattr__(self, "warm", 1 + self.slots)
