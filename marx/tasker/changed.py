"""Whether somebody else changed a file while the program worked on a copy of it.

`python` opens the very file; a job works on what was sent, and what it left is put in place at its end. Where another
program, or a person, wrote to the file in between, that must not be lost: what both only appended is joined, and
everything else is for its owner to decide.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Self

from marx.tasker.submission import beginning_of
from marx.wire.messages import MTIME_NS_MAX, Content, File, Program


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent of a folder, by relative path, and when (by the clock of files)."""

    files: dict[str, File] = field(default_factory=dict)
    at_ns: int = MTIME_NS_MAX

    @classmethod
    def of(cls, program: Program, at_ns: int) -> Self:
        folder = PurePosixPath(program.folder)
        paths = ((PurePosixPath(file.path), file) for file in program.files if not file.path.endswith("/"))
        return cls({str(path.relative_to(folder)): file for path, file in paths if path.is_relative_to(folder)}, at_ns)

    def is_changed(self, path: str, present: os.stat_result, opened: Callable[[], IO[bytes]]) -> bool:
        """Whether a file that is there is another one than was sent; of what was not sent: whether it is newer."""
        file = self.files.get(path)
        if file is None:
            return present.st_mtime_ns > self.at_ns
        if (present.st_size, present.st_mtime_ns) == (file.content.size, file.mtime_ns):
            return False
        if present.st_size != file.content.size:
            return True
        with opened() as content:
            return not begins_with(content, file.content)


def begins_with(file: IO[bytes], content: Content) -> bool:
    """Whether the first bytes of a file are this content. Leaves the file where these end."""
    first = beginning_of(file, content.size)
    return (first.hash, first.size) == (content.hash, content.size)
