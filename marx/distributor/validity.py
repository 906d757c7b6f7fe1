"""What a well-formed message may still not say: pure checks of names, files, programs and regions from outside.

The decoder guarantees types, sizes and the hashes of inline contents; these functions guarantee what the rest of the
distributor relies on. Each returns a `Fault` with a code, a reason and a fix, or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from marx.distributor.regions import OFFSET_BYTES
from marx.distributor.settings import DistributorSettings
from marx.wire.contents import contents_of_program
from marx.wire.limits import NAME_LENGTH_MAX
from marx.wire.messages import File, Opened, Program

PATH_LENGTH_MAX = 4096
PYTHON = re.compile(r"(\d{1,3})\.(\d{1,3})(\..*)?")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something is refused, as `Refused` carries it."""

    code: str
    reason: str
    fix: str = ""


def name_fault(name: str) -> Fault | None:
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable() or name != name.strip():
        return Fault("bad-name", f"a name must be 1 to {NAME_LENGTH_MAX} printable characters.", "Set another --name.")
    return None


def minor_python(text: str) -> str | None:
    """ "3.11" of "3.11.4"; None for what is no version."""
    match = PYTHON.fullmatch(text)
    return f"{match[1]}.{match[2]}" if match else None


def program_fault(program: Program, settings: DistributorSettings) -> Fault | None:
    """The limits of a submission, and paths that mean the same on every machine."""
    total = sum(one.size for one in contents_of_program(program))
    if len(program.files) > settings.program_files_max:
        return Fault(
            "too-many-files",
            f"{len(program.files)} files; the limit is {settings.program_files_max}",
            "name the needed ones with --data",
        )
    if total > settings.program_bytes_max:
        return Fault(
            "too-large",
            f"{total} bytes of files; the limit is {settings.program_bytes_max}",
            "leave out data that the program does not read",
        )
    if not 0 < len(program.name) <= PATH_LENGTH_MAX:
        return Fault("bad-program", "a program needs a name")
    if not program.name.isprintable():
        return Fault("bad-name", f"the name {program.name!r} is not printable", "set another one: --name")
    if minor_python(program.python) is None:
        return Fault("bad-program", f"{program.python!r} is not a Python version")
    paths = [program.script, program.folder, *(file.path for file in program.files)]
    return _absolute_fault(paths)


def files_fault(files: list[File], removed: list[str], settings: DistributorSettings) -> Fault | None:
    """What a driver left: plain relative paths only, for they will be written on the tasker's machine."""
    if len(files) + len(removed) > settings.program_files_max:
        return Fault(
            "too-many-files", f"the program left {len(files)} files; the limit is {settings.program_files_max}"
        )
    total = sum(file.content.size for file in files)
    if total > settings.program_bytes_max:
        return Fault("too-large", f"the program left {total} bytes; the limit is {settings.program_bytes_max}")
    for path in [*(file.path for file in files), *removed]:
        if not is_plain_relative(path):
            return Fault("bad-path", f"the program left a file with the path {path!r}")
    return None


def is_plain_relative(path: str) -> bool:
    """Below the working folder without doubt; a folder ends in one slash."""
    steps = path.removesuffix("/").split("/")
    return "\0" not in path and len(path) <= PATH_LENGTH_MAX and all(step not in ("", ".", "..") for step in steps)


def opened_fault(opened: Opened, settings: DistributorSettings) -> Fault | None:
    """A region whose numbers hang together."""
    if not 0 <= opened.first < opened.count <= settings.items_max or opened.item_ns < 0 or opened.site < 0:
        return Fault("bad-region", f"a region of {opened.count} items that begins at item {opened.first}")
    if (opened.offsets is None) != (opened.items is None):
        return Fault("bad-region", "items without offsets")
    if opened.offsets is not None and opened.offsets.size != OFFSET_BYTES * (opened.count + 1):
        return Fault("bad-region", f"{opened.offsets.size} bytes of offsets for {opened.count} items")
    if max(len(opened.key), len(opened.digest)) > NAME_LENGTH_MAX:
        return Fault("bad-region", "a key or digest that is too long")
    return None


def _absolute_fault(paths: list[str]) -> Fault | None:
    for path in paths:
        plain = PurePosixPath(path).is_absolute() and ".." not in path.split("/") and "\0" not in path
        if not plain or len(path) > PATH_LENGTH_MAX:
            return Fault("bad-path", f"the path {path!r} is not absolute and plain")
    return None
