"""Every exit code that a command of ours may end with, in one place.

The program's own codes pass through `run` unchanged.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marx.wire.messages import Ended


class Exit(IntEnum):
    DONE = 0
    JOB_FAILED = 1
    USAGE = 2
    UNREACHABLE = 69
    TRY_LATER = 75
    NOT_ALLOWED = 77
    CONFIGURATION = 78
    TIMED_OUT = 124
    INTERRUPTED = 130
    KILLED = 137
    BROKEN_PIPE = 141
    TERMINATED = 143


def failure_code(ended: Ended) -> int:
    """What a command ends with whose job was not done: by its own time limit, or otherwise."""
    return Exit.TIMED_OUT if ended.exit_code == Exit.TIMED_OUT else Exit.JOB_FAILED


def code_of(error: BaseException) -> int | None:
    """The exit code that an error class of ours holds; None for an error that nobody foresaw."""
    code = getattr(error, "exit_code", None)
    return int(code) if isinstance(code, int) else None
