"""What can go wrong on the tasker's side, by whose move it is. Every class holds its exit code and every error its
next step.

    TaskerError
    ├── UsageFault      2   the user: a file is missing, an argument makes no sense
    ├── JobFailed       1   the job could not be run or its result not be kept
    ├── TryLater       75   the distributor has no room now
    ├── NotAllowed     77   not this user's job, or not this user's distributor
    └── NoAnswer       69   the distributor is silent or speaks another language
"""

from __future__ import annotations

from typing import ClassVar


class TaskerError(Exception):
    """An error for people: `str(error)` says what happened to which thing, `fix` is the one thing to try next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class UsageFault(TaskerError):
    exit_code = 2


class JobFailed(TaskerError):
    exit_code = 1


class TryLater(TaskerError):
    exit_code = 75


class NotAllowed(TaskerError):
    exit_code = 77


class NoAnswer(TaskerError):
    exit_code = 69
