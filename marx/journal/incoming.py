"""A blob on its way in: a partial file that grows, survives interruptions, and counts only when its hash fits."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path

_BLOCK_BYTES = 1 << 20


class Incoming:
    """Takes the parts of one blob in order. `offset` says how far it is; after a crash that is as far as the file went.

    What the file holds is not believed before `finish()` has compared the hash.
    """

    def __init__(self, partial: Path, hash: str, size: int, settle: Callable[[Path], None]) -> None:
        self.hash = hash
        self.size = size
        self._settle = settle
        self._file, self._partial = _open_alone(partial)
        self._seen = hashlib.blake2b(digest_size=32)
        self.offset = self._resume()
        self.resumed = self.offset > 0

    def write(self, offset: int, data: bytes) -> bool:
        """Appends a part. False, and nothing happens, where it is not the next one or runs over the blob's size."""
        if offset != self.offset or offset + len(data) > self.size:
            return False
        try:
            self._append(data)
        except OSError:
            # What a full disk took of the part must not stand before the next try.
            self._file.seek(self.offset)
            self._file.truncate()
            raise
        self._seen.update(data)
        self.offset += len(data)
        return True

    @property
    def complete(self) -> bool:
        return self.offset == self.size

    def finish(self) -> bool:
        """Verifies the hash and gives the blob its name, synced. False: other bytes than promised, now thrown away.

        Syncs, so it may take long; callable in a thread. Raises ValueError where parts are missing.
        """
        if not self.complete:
            raise ValueError(f"blob {self.hash} has {self.offset} of {self.size} bytes; it cannot be finished")
        if self._seen.hexdigest() != self.hash:
            self.discard()
            return False
        self._settle(self._partial)
        # Closed, and so unlocked, only now: nobody may open for writing what has become a blob.
        self.close()
        return True

    def close(self) -> None:
        """Keeps what came, to be resumed."""
        self._file.close()

    def discard(self) -> None:
        """Throws away what came."""
        self.close()
        self._partial.unlink(missing_ok=True)

    def _append(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]

    def _resume(self) -> int:
        """Reads what an earlier attempt left. A file longer than the blob cannot be its beginning and is emptied."""
        if os.fstat(self._file.fileno()).st_size > self.size:
            self._file.truncate(0)
        offset = 0
        while block := self._file.read(_BLOCK_BYTES):
            self._seen.update(block)
            offset += len(block)
        return offset


def _open_alone(partial: Path) -> tuple[FileIO, Path]:
    """Opens the partial file for one writer; a second at the same time gets a file of its own, and no resuming.

    Two writers of one file could change what the other has verified already.
    """
    path = partial
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "r+b", 0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                return file, path
        except (BlockingIOError, FileNotFoundError):
            # Another writer has it, or had it and gave it its final name between our open and our lock.
            pass
        file.close()
        path = partial.with_name(f"{partial.name}-{os.urandom(6).hex()}")
