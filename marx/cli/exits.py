"""Every exit code that a command of ours may end with, in one place.

The program's own codes pass through `run` unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marx.wire.messages import Ended


class Exit(IntEnum):
    DONE = 0
    JOB_FAILED = 1
    USAGE = 2
    UNREACHABLE = 69
    BUG = 70
    TRY_LATER = 75
    NOT_ALLOWED = 77
    CONFIGURATION = 78
    TIMED_OUT = 124
    INTERRUPTED = 130
    KILLED = 137
    BROKEN_PIPE = 141
    TERMINATED = 143


MEANINGS: Mapping[Exit, str] = {
    Exit.DONE: "done",
    Exit.JOB_FAILED: "the job failed, or its files could not all be written or brought back",
    Exit.USAGE: "a command line, submission file, source or job's id that makes no sense, or a job that has ended",
    Exit.UNREACHABLE: "the distributor cannot be reached",
    Exit.BUG: "a bug of ours",
    Exit.TRY_LATER: "try later: no room now, or the job still runs",
    Exit.NOT_ALLOWED: "this distributor does not know you, and the join code is missing or wrong",
    Exit.CONFIGURATION: "a setting or a file of settings is missing or wrong",
    Exit.TIMED_OUT: "the job ran longer than its --timeout",
    Exit.INTERRUPTED: "interrupted; the job goes on unless it was cancelled",
    Exit.KILLED: "a cancelled job's own exit code",
    Exit.BROKEN_PIPE: "whoever read our output left",
    Exit.TERMINATED: "ended by SIGTERM: on a lab the job goes on, else the program was interrupted, and what it "
    "wrote is kept",
}
"""`run` and `--wait` pass a program's own code on, which may be any of these too."""


def failure_code(ended: Ended) -> int:
    """What a command ends with whose job was not done: by its own time limit, or otherwise."""
    return Exit.TIMED_OUT if ended.exit_code == Exit.TIMED_OUT else Exit.JOB_FAILED


def code_of_done(ended: Ended) -> int:
    """The program's own code; but where files of it were lost, no success that `python` would have had."""
    return ended.exit_code or (Exit.JOB_FAILED if ended.astray else Exit.DONE)


def code_of(error: BaseException) -> int | None:
    """The exit code that an error class of ours holds; None for an error that nobody foresaw."""
    code = getattr(error, "exit_code", None)
    return int(code) if isinstance(code, int) else None
