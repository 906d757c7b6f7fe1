"""Makes the message `Program` and the table of its larger contents from what discover.py found.

Contents that fit stand in the message; larger files stay where they are and are read again when a distributor asks
for them.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import stat
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from marx.tasker.discover import Found, is_text
from marx.tasker.errors import UsageFault
from marx.wire.codec import content
from marx.wire.limits import INLINE_TOTAL_BYTES_MAX, NAME_LENGTH_MAX
from marx.wire.messages import INLINE_BYTES_MAX, MTIME_NS_MAX, Content, File, Program, Terms

STDIN_BYTES_MAX = 64 << 20
HASH_BYTES = 32
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asked for, with everything that the command read from its own surroundings."""

    typed: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    python: str
    stdin: bytes | None = None
    line_buffered: bool = False
    parallel: bool = True
    speculate: bool = False
    paranoid: bool = False
    chunk_timeout_ms: int = 0
    timeout_ms: int = 0
    name: str = ""
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Blobs:
    """Where the contents are that do not stand in the message: a source for uploads. Raises LookupError."""

    places: Mapping[str, Path | bytes]

    def size(self, hash: str) -> int:
        place = self.places[hash]
        return len(place) if isinstance(place, bytes) else place.stat().st_size

    def read_part(self, hash: str, offset: int, length: int) -> bytes:
        place = self.places[hash]
        if isinstance(place, bytes):
            return place[offset : offset + length]
        try:
            with place.open("rb") as file:
                file.seek(offset)
                return file.read(length)
        except OSError as fault:
            raise LookupError(f"{place} can no longer be read: {fault.strerror}") from None


@dataclass(frozen=True, slots=True)
class Submission:
    """A program, the larger contents that it names by hash, and what is asked for beside it."""

    program: Program
    blobs: Blobs
    terms: Terms | None = None
    at_ns: int = MTIME_NS_MAX
    """When its files were read, by the clock that they have their times from."""

    @property
    def source_hash(self) -> str:
        """The hash of the script's text as it was sent."""
        return next(file.content.hash for file in self.program.files if file.path == self.program.script)


def script_path(typed: str, folder: Path) -> Path:
    """The absolute path of the script. Raises UsageFault in Python's own words where it cannot be opened."""
    path = Path(os.path.abspath(folder / typed))
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "Is a directory; name the file to run", str(path))
        with path.open("rb"):
            return path
    except (OSError, ValueError) as fault:
        reason = f"[Errno {fault.errno}] {fault.strerror}" if isinstance(fault, OSError) else str(fault)
        fix = f"ls -l {shlex.quote(str(path if isinstance(fault, IsADirectoryError) else path.parent))}"
        raise UsageFault(f"can't open file {str(path)!r}: {reason}", fix) from None


def prepare(script: Path, wish: Wish, found: Found) -> Submission:
    """Raises UsageFault for a file that went away and for a standard input beyond STDIN_BYTES_MAX."""
    for argument in (str(script), str(wish.folder), wish.typed, *wish.arguments):
        if not is_text(argument):
            raise UsageFault(f"{os.fsencode(argument)!r} is not UTF-8, so it cannot be sent", fix="rename the file")
    if wish.folder == Path("/"):
        raise UsageFault("a program cannot have the root folder as its working folder", fix=f"cd {script.parent}")
    packing = _Packing()
    at_ns = time.time_ns()
    folders = [File(path=f"{path}/", content=packing.keep(b""), mode=0o755) for path in sorted(found.folders)]
    program = Program(
        name=wish.name or plain_name(script.name),
        script=str(script),
        argv=[wish.typed, *wish.arguments],
        folder=str(wish.folder),
        files=[*folders, *map(packing.file, sorted(found.files))],
        python=wish.python,
        environment=dict(wish.environment),
        stdin=None if wish.stdin is None else packing.stdin(wish.stdin),
        line_buffered=wish.line_buffered,
        parallel=wish.parallel,
        chunk_timeout_ms=wish.chunk_timeout_ms,
        timeout_ms=wish.timeout_ms,
        speculate=wish.speculate,
        paranoid=wish.paranoid,
    )
    return Submission(program, Blobs(packing.places), wish.terms, at_ns)


def plain_name(name: str) -> str:
    """A script's name as a job's name: it will stand in tables."""
    return "".join(character if character.isprintable() else "?" for character in name).strip()[:NAME_LENGTH_MAX] or "?"


@dataclass(slots=True)
class _Packing:
    """Puts contents into the message while there is room, and notes the place of the others."""

    places: dict[str, Path | bytes] = field(default_factory=dict)
    inline_bytes: int = 0

    def file(self, path: Path) -> File:
        try:
            status = path.stat()
            is_small = status.st_size <= INLINE_BYTES_MAX
            content = self.keep(path.read_bytes()) if is_small else self._leave(path)
        except OSError as fault:
            raise UsageFault(f"{path} cannot be read: {fault.strerror}", fix=f"ls -l {path}") from None
        mtime_ns = min(max(0, status.st_mtime_ns), MTIME_NS_MAX)
        return File(str(path), content, stat.S_IMODE(status.st_mode), mtime_ns)

    def stdin(self, data: bytes) -> Content:
        if len(data) > STDIN_BYTES_MAX:
            raise UsageFault(
                f"standard input is larger than {STDIN_BYTES_MAX >> 20} MiB",
                fix="write it to a file, and let the program open that (--data FILE)",
            )
        return self.keep(data)

    def keep(self, data: bytes) -> Content:
        described = content(data)
        if described.data is not None and self.inline_bytes + described.size <= INLINE_TOTAL_BYTES_MAX:
            self.inline_bytes += described.size
            return described
        self.places[described.hash] = data
        return Content(described.hash, described.size)

    def _leave(self, path: Path) -> Content:
        """A large file's content: read once for its hash, in parts, and not kept."""
        with path.open("rb") as file:
            described = beginning_of(file)
        self.places[described.hash] = path
        return described


def beginning_of(file: IO[bytes], size: int = sys.maxsize) -> Content:
    """So many of the next bytes of a file, or all there are, by hash only: read in parts, and not kept."""
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    left = size
    while left and (data := file.read(min(left, _READ_BYTES))):
        digest.update(data)
        left -= len(data)
    return Content(digest.hexdigest(), size - left)
