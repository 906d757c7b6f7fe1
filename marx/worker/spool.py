"""Finished chunks on this host's disk until the distributor has them, so that a killed worker computed nothing in vain.

    FOLDER/<lease number>       one outcome each, synced; gone once it is acknowledged
    FOLDER/<lease number>.new   half written: a crash left it, and the next start deletes it

Owns one folder, which belongs to one distributor: lease numbers mean nothing to another. Values too large for a message
are blobs in the worker's own store, which an outcome only names. Outcomes of drivers are not kept: what they printed
goes with their worker, so they have to begin anew. Knows no leases' phases and no line.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from marx.journal.blobs import sync_path
from marx.wire.messages import ChunkDone

OUTCOME_BYTES_MAX = 1 << 20
"""A file that is larger was not written by us."""
KEPT_S = 14 * 24 * 3600.0
"""After this time without meeting its distributor an outcome is dropped: that job is over."""
NEW = ".new"

_DECODER = msgspec.msgpack.Decoder(ChunkDone)


class Spool:
    """`bytes_max` bounds the files together. Where the disk or that bound is full an outcome is simply not kept."""

    def __init__(self, folder: Path, bytes_max: int, sync: Callable[[Path, int], None] = sync_path) -> None:
        self._folder = folder
        self._bytes_max = bytes_max
        self._sync = sync
        self._sizes: dict[int, int] = {}
        self._keeping = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)

    def __contains__(self, number: int) -> bool:
        return number in self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def found(self) -> list[ChunkDone]:
        """What an earlier run of the worker left, in the order of its leases. All else is deleted, if it can be."""
        outcomes = []
        for path in sorted(self._folder.iterdir()):
            outcome = _read(path)
            if outcome is None:
                _delete(path)
            else:
                self._sizes[outcome.lease.number] = path.stat().st_size
                outcomes.append(outcome)
        return sorted(outcomes, key=lambda outcome: outcome.lease.number)

    def keep(self, outcome: ChunkDone) -> bool:
        """Returns when the outcome is on disk; False if there is no room for it. May be called in a thread: who comes
        while another one writes waits for that, as what is only begun is not kept."""
        with self._keeping:
            return self._keep(outcome)

    def _keep(self, outcome: ChunkDone) -> bool:
        number, data = outcome.lease.number, msgspec.msgpack.encode(outcome)
        if number in self._sizes:
            return True
        if len(data) > OUTCOME_BYTES_MAX or sum(list(self._sizes.values())) + len(data) > self._bytes_max:
            return False
        self._sizes[number] = len(data)
        path = self._path(number)
        try:
            self._write(path, data)
        except OSError:
            self.drop(number)
            _delete(path.with_name(path.name + NEW))
            return False
        if number not in self._sizes:  # dropped meanwhile
            _delete(path)
        return True

    def drop(self, number: int) -> None:
        """Nobody needs this one any more."""
        if self._sizes.pop(number, None) is not None:
            _delete(self._path(number))

    def _path(self, number: int) -> Path:
        return self._folder / str(number)

    def _write(self, path: Path, data: bytes) -> None:
        """Bytes first, then the name, then the folder: a name that is there stands for a whole outcome."""
        new = path.with_name(path.name + NEW)
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        self._sync(new, os.O_RDWR)
        new.rename(path)
        self._sync(self._folder, os.O_RDONLY | os.O_DIRECTORY)


def forget_old(folder: Path, now_s: float) -> None:
    """Deletes what was kept in the spools below `folder`, if nobody wanted it for long. `now_s` is the wall's time."""
    for path in folder.glob("*/*"):
        if path.is_file() and path.lstat().st_mtime < now_s - KEPT_S:
            path.unlink(missing_ok=True)


def _delete(path: Path) -> None:
    """What stays all the same (a folder that somebody made there, a failing disk) is only in nobody's way."""
    with suppress(OSError):
        path.unlink()


def _read(path: Path) -> ChunkDone | None:
    """The outcome in a file of ours; None for anything else."""
    try:
        if path.is_symlink() or path.stat().st_size > OUTCOME_BYTES_MAX:
            return None
        outcome = _DECODER.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return outcome if path.name == str(outcome.lease.number) and outcome.verdict == "done" else None
