"""What can be wrong with the things on disk. The move is the operator's: each text says which folder and what to do."""

from __future__ import annotations


class JournalError(Exception):
    """The journal cannot be used. `exit_code` is what a command ends with."""

    exit_code = 78


class JournalBusy(JournalError):
    """Another distributor has this journal open."""

    exit_code = 75


class JournalDamaged(JournalError):
    """The file is no journal, or a record in its middle cannot be read: nothing is guessed, nothing thrown away."""


class JournalTooNew(JournalError):
    """Written by a later version, which knows records that this one would lose."""


class CannotCommit(JournalError):
    """The disk did not take the records (full, read-only, failing). They wait in memory; `commit()` may be repeated."""

    exit_code = 75
