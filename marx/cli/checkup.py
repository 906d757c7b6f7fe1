"""What `marx doctor` looks at, one function a question, and in `CHECKS` the one list for the order.

Each gives rows: what was looked at, how it is ("ok", "note" or "bad"), what was found, and what would help. Nothing
here changes anything, and nothing raises: a check that cannot be made is a bad row.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from marx import __version__

State = Literal["ok", "note", "bad"]
"""Note: something is not as good as it could be, and all works without."""

PYTHON_MIN = (3, 11)
PACKAGES = (
    "click",
    "cloudpickle",
    "cronsim",
    "dill",
    "gevent",
    "msgspec",
    "psutil",
    "pyzmq",
    "RestrictedPython",
    "rich",
    "sqlite-utils",
    "tzdata",
)
"""What setup.py requires, for a Marx that runs from its sources and was never installed."""
WELCOME = ("numpy", "scipy", "pandas")
"""Packages that many programs need; a job that imports one fails where it is missing."""
LESSER = "names and sizes of this host's files can be asked for; all else holds"
"""What `isolated` lacks to be `isolated+`."""
FREE_BYTES_MIN = 1 << 30
DESCRIPTORS_MIN = 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One finding. `fix` is a command or a sentence."""

    about: str
    state: State
    found: str
    fix: str = ""


def check_all(flag: str | None) -> Iterator[Row]:
    """All rows in order, each as soon as it is known. `flag` is the distributor to ask instead of the configured
    one."""
    for about, check in CHECKS:
        try:
            yield from check(flag)
        except Exception as fault:
            yield Row(about, "bad", f"cannot be looked at: {type(fault).__name__}: {fault}")


# --- this installation ------------------------------------------------------------------------------------------------


def versions(_: str | None) -> Iterator[Row]:
    old = sys.version_info[:2] < PYTHON_MIN
    python = f"{platform.python_implementation()} {platform.python_version()} at {sys.executable}"
    yield Row("python", "bad" if old else "ok", python, "install Python 3.11 or newer" if old else "")
    yield Row("marx", "ok", __version__)
    machine = platform.machine()
    known = sys.platform == "linux" and machine in ("x86_64", "aarch64")
    what = f"{platform.system()} {platform.release()} on {machine}"
    yield Row("system", "ok" if known else "note", what, "" if known else "lend a Linux machine (x86-64 or aarch64)")


def packages(_: str | None) -> Iterator[Row]:
    for name in required():
        version = _version(name)
        yield Row(name, "ok" if version else "bad", version or "missing", "" if version else f"pip install {name}")
    found = {name: version for name in WELCOME if (version := _version(name))}
    absent = ", ".join(name for name in WELCOME if name not in found)
    names = ", ".join(f"{name} {version}" for name, version in found.items()) or "none"
    fix = f"programs that import {absent} need them on every worker: pip install them beside marx" if absent else ""
    yield Row("for programs", "note" if absent else "ok", names, fix)


def required() -> tuple[str, ...]:
    """The packages without which Marx does not run, as its installation declares them."""
    try:
        declared = metadata.requires("marx") or []
    except metadata.PackageNotFoundError:
        return PACKAGES
    return tuple(re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in declared if "extra ==" not in one)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


# --- this host's sandbox ----------------------------------------------------------------------------------------------


def layers(_: str | None) -> Iterator[Row]:
    import sandbox

    try:
        found = sandbox.layers()
    except (sandbox.SandboxError, OSError) as fault:
        yield Row("layers", "bad", str(getattr(fault, "strerror", None) or fault))
        return
    for layer in found:
        lower: State = "note" if layer.name in sandbox.NAMESPACES | sandbox.OPTIONAL else "bad"
        yield Row(f"layer {layer.name}", "ok" if layer.raised else lower, layer.why or "stands", layer.fix)


def tier(_: str | None) -> Iterator[Row]:
    import sandbox
    from marx.worker.settings import WorkerSettings
    from marx.worker.spec import jail_spec

    settings = WorkerSettings(name="doctor")
    try:
        proof = sandbox.prove(jail_spec(settings))
    except sandbox.SandboxError as fault:
        yield Row("tier", "bad", f"no jail can be had: {fault}", "the layers above say what is missing")
        return
    enough = sandbox.rank(proof.tier) >= sandbox.rank(settings.accept)
    best = proof.tier is sandbox.Tier.ISOLATED_PLUS
    found = f"{proof.tier} proven" + ("" if best else f": {proof.broken[0] if proof.broken else LESSER}")
    fix = "" if best else "the layers above say what would make it more"
    yield Row("tier", "ok" if best else "note" if enough else "bad", found, fix)


# --- this host's room -------------------------------------------------------------------------------------------------


def room(_: str | None) -> Iterator[Row]:
    import resource
    import tempfile

    from marx.cli.serve import data_folder
    from marx.wire.quantities import show_size
    from marx.worker.settings import memory_bytes

    yield _room_in("temporary files", tempfile.gettempdir, "TMPDIR")
    yield _room_in("data", lambda: str(data_folder()), "XDG_DATA_HOME")
    yield Row("memory", "ok", f"{show_size(memory_bytes())}, {len(os.sched_getaffinity(0))} processors")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = hard != resource.RLIM_INFINITY and hard < DESCRIPTORS_MIN
    yield Row("open files", "note" if few else "ok", f"{soft} of {hard}", "ulimit -n 4096" if few else "")


def _room_in(about: str, folder_of: Callable[[], str], variable: str) -> Row:
    """`variable` is what names another folder."""
    from marx.cli.settings import BadSettings
    from marx.wire.quantities import show_size

    elsewhere = f"export {variable}=FOLDER, one that this user may write to"
    try:
        folder = _existing(folder_of())
        facts = os.statvfs(folder)
    except (OSError, BadSettings) as fault:
        return Row(about, "bad", getattr(fault, "strerror", None) or str(fault), elsewhere)
    free = facts.f_bavail * facts.f_frsize
    found = f"{folder}: {show_size(free)} free"
    if not os.access(folder, os.W_OK):
        return Row(about, "bad", f"{found}, not writable", elsewhere)
    little = free < FREE_BYTES_MIN
    return Row(about, "note" if little else "ok", found, "make room there" if little else "")


def _existing(folder: str) -> str:
    """The folder, or the nearest one above it that is there."""
    folder = os.path.abspath(folder)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


# --- the distributor --------------------------------------------------------------------------------------------------


def distributor(flag: str | None) -> Iterator[Row]:
    from marx.cli.connection import configured, line_to, own_name, settings_with
    from marx.cli.progress import counted
    from marx.cli.settings import BadSettings
    from marx.link.errors import LinkError
    from marx.wire.address import BadAddress

    try:
        settings = settings_with(flag)
        address = configured(settings)
    except (BadSettings, BadAddress) as fault:
        yield Row("distributor", "bad", str(fault), getattr(fault, "fix", "") or "marx config list --show-origin")
        return
    if address is None:
        fix = "marx config set distributor marx://…   (the line that `marx serve` prints)"
        yield Row("distributor", "note", "none configured: `marx run` uses this machine alone", fix)
        return
    try:
        with line_to(address, own_name(settings)) as client:
            client.connect()
            workers = client.workers()
    except LinkError as fault:
        yield Row("distributor", "bad", f"{address.endpoint}: {fault}", getattr(fault, "fix", "") or "is it running?")
        return
    ready = sum(worker.state == "ready" for worker in workers)
    fix = "" if ready else "lend a machine: marx worker"
    yield Row(
        "distributor", "ok" if ready else "note", f"{address.endpoint} answers; {counted(ready, 'worker')} ready", fix
    )


CHECKS: tuple[tuple[str, Callable[[str | None], Iterator[Row]]], ...] = (
    ("versions", versions),
    ("packages", packages),
    ("layers", layers),
    ("tier", tier),
    ("room", room),
    ("distributor", distributor),
)
