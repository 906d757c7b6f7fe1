"""Makes the message `Program` and the table of its larger contents from what discover.py found.

Contents that fit stand in the message; larger files stay where they are and are read again when a distributor asks
for them.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marx.tasker.discover import Found
from marx.tasker.errors import UsageFault
from marx.wire.messages import INLINE_BYTES_MAX, Content, File, Program

STDIN_BYTES_MAX = 64 << 20
_HASH_BYTES = 32
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
    chunk_timeout_ms: int = 0
    timeout_ms: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A program and, by hash, where its contents are that do not stand in the message."""

    program: Program
    blobs: Mapping[str, Path | bytes]


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
        raise UsageFault(f"can't open file {str(path)!r}: {reason}", fix=f"ls -l {folder}") from None


def prepare(script: Path, wish: Wish, found: Found) -> Submission:
    """Raises UsageFault for a file that went away and for a standard input beyond STDIN_BYTES_MAX."""
    blobs: dict[str, Path | bytes] = {}
    files = [_file(path, blobs) for path in sorted(found.files)]
    folders = [File(path=f"{path}/", content=_kept(b"", blobs), mode=0o755) for path in sorted(found.folders)]
    program = Program(
        name=wish.name or script.name,
        script=str(script),
        argv=[wish.typed, *wish.arguments],
        folder=str(wish.folder),
        files=[*folders, *files],
        python=wish.python,
        environment=dict(wish.environment),
        stdin=None if wish.stdin is None else _stdin(wish.stdin, blobs),
        line_buffered=wish.line_buffered,
        parallel=wish.parallel,
        chunk_timeout_ms=wish.chunk_timeout_ms,
        timeout_ms=wish.timeout_ms,
    )
    return Submission(program, blobs)


def _stdin(data: bytes, blobs: dict[str, Path | bytes]) -> Content:
    if len(data) > STDIN_BYTES_MAX:
        raise UsageFault(
            f"standard input is larger than {STDIN_BYTES_MAX >> 20} MiB",
            fix="write it to a file, and let the program open that (--data FILE)",
        )
    return _kept(data, blobs)


def _file(path: Path, blobs: dict[str, Path | bytes]) -> File:
    try:
        status = path.stat()
        content = _kept(path.read_bytes(), blobs) if status.st_size <= INLINE_BYTES_MAX else _left(path, blobs)
    except OSError as fault:
        raise UsageFault(f"{path} cannot be read: {fault.strerror}", fix=f"ls -l {path}") from None
    return File(path=str(path), content=content, mode=stat.S_IMODE(status.st_mode))


def _kept(data: bytes, blobs: dict[str, Path | bytes]) -> Content:
    digest = hashlib.blake2b(data, digest_size=_HASH_BYTES).hexdigest()
    if len(data) <= INLINE_BYTES_MAX:
        return Content(digest, len(data), data)
    blobs[digest] = data
    return Content(digest, len(data))


def _left(path: Path, blobs: dict[str, Path | bytes]) -> Content:
    """A large file's content: read once for its hash, in parts, and not kept."""
    digest = hashlib.blake2b(digest_size=_HASH_BYTES)
    size = 0
    with path.open("rb") as file:
        while data := file.read(_READ_BYTES):
            digest.update(data)
            size += len(data)
    blobs[digest.hexdigest()] = path
    return Content(digest.hexdigest(), size)
