"""The disks: real SQLite files and real blobs in a folder in memory, and what a power cut leaves of them.

The journal is the real one. Around it `Ledger` notes which records were committed, for the laws. A crash keeps of the
write-ahead log what was synced, and of a commit under way any number of bytes; of blobs those whose bytes and names
were synced, and of the others perhaps a part. A full disk is a limit on the size of files, so the errors are the
system's own.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from marx.journal.blobs import BlobStore
from marx.journal.journal import FILE_NAME, Journal, open_journal
from marx.journal.records import Record
from marx.wire.codec import content_hash

from .world import World

LOG_NAME = f"{FILE_NAME}-wal"
MEMORY = Path("/dev/shm")


class Ledger:
    """The real journal, with books of what was appended and of what is on disk."""

    def __init__(self, journal: Journal, log: Path) -> None:
        self._journal = journal
        self._log = log
        self.epoch = journal.epoch
        self.cut = journal.cut
        self.waiting: list[Record] = []
        self.durable = list(journal.replay())
        self.synced_bytes = self.log_bytes()

    def append(self, record: Record) -> None:
        self._journal.append(record)
        self.waiting.append(record)

    def commit(self) -> None:
        self._journal.commit()
        self.durable += self.waiting
        self.waiting = []
        self.synced_bytes = self.log_bytes()

    def replay(self) -> Iterator[Record]:
        return iter(list(self.durable))

    def close(self) -> None:
        self._journal.close()

    def log_bytes(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0


class Disk:
    """One folder for all starts of one distributor."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._root = Path(tempfile.mkdtemp(prefix="marx-sim-", dir=MEMORY if MEMORY.is_dir() else None))
        self._starts = 0
        self._synced: set[int] = set()
        self._named: set[Path] = set()
        self._verified: set[Path] = set()
        self.full = False
        self.blobs = BlobStore(self._root, sync=self._sync)
        self.ledger: Ledger | None = None
        self._stores: dict[str, BlobStore] = {}
        (self._root / "0").mkdir()
        (self._root / "0" / FILE_NAME).write_bytes(_empty_journal())

    def close(self) -> None:
        if self.ledger is not None:
            self.ledger.close()
        shutil.rmtree(self._root)

    def open(self) -> Ledger:
        """What a start of the distributor finds."""
        folder = self._folder()
        self.ledger = Ledger(open_journal(folder), folder / LOG_NAME)
        return self.ledger

    def _folder(self) -> Path:
        return self._root / str(self._starts)

    def store(self, name: str) -> BlobStore:
        """The blobs on the disk of somebody else, made when there are any. Of these only partial files get torn."""
        if name not in self._stores:
            self._stores[name] = BlobStore(self._root / name, durable=False)
        return self._stores[name]

    def power_cut(self, name: str) -> None:
        """What it leaves of the partial files on that disk."""
        if name in self._stores:
            self._tear(self._root / name)

    def _tear(self, folder: Path) -> None:
        """Of a partial file the end may be missing, or zeros may stand where bytes were not written yet."""
        for path in sorted((folder / "partial").iterdir()):
            size = path.stat().st_size
            at = self._world.chance.randint(0, size)
            if self._world.happens(0.5):
                os.truncate(path, at)
            if self._world.happens(0.5):
                os.truncate(path, size)

    def durable_blob(self, hash: str) -> bool:
        """Whether a blob would be there after a power cut, with the bytes of its name."""
        path = self.blobs.path(hash)
        if path not in self._named or not path.is_file() or path.stat().st_ino not in self._synced:
            return False
        if path not in self._verified:
            self._verified.add(path)
            return content_hash(path.read_bytes()) == hash
        return True

    def _sync(self, path: Path, flags: int) -> None:
        if flags & os.O_DIRECTORY:
            self._named.update(path.iterdir())
        else:
            self._synced.add(path.stat().st_ino)

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """While it is full, no file of this process can grow."""
        if not self.full:
            yield
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = self.ledger.log_bytes() if self.ledger else 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(1, size + self._world.chance.randint(-50, 300)), hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, previous)

    # --- a power cut --------------------------------------------------------------------------------------------------

    def crash(self, *, writing: bool) -> None:
        """The process and the machine stop. `writing`: a commit was under way, and may be there whole, in part, or not.

        The files are read before the journal is closed, since closing tidies them up.
        """
        ledger = self.ledger
        if ledger is None:
            return
        keep = ledger.synced_bytes
        if writing:
            with suppress(Exception):
                ledger.commit()
            keep = self._world.chance.randint(keep, max(keep, ledger.log_bytes()))
        old = self._folder()
        database, log = (old / FILE_NAME).read_bytes(), (old / LOG_NAME).read_bytes()
        ledger.close()
        self.ledger = None
        self._starts += 1
        new = self._folder()
        new.mkdir()
        (new / FILE_NAME).write_bytes(database)
        (new / LOG_NAME).write_bytes(log[:keep])
        shutil.rmtree(old)
        self._lose_blobs()

    def _lose_blobs(self) -> None:
        for hash in sorted(self.blobs.hashes()):
            path = self.blobs.path(hash)
            if self.durable_blob(hash) or self._world.happens(0.3):
                continue
            if path in self._named:
                os.truncate(path, self._world.chance.randint(0, path.stat().st_size))
            else:
                path.unlink()
        self._tear(self._root)


_template: list[bytes] = []


def _empty_journal() -> bytes:
    """A journal as its first start leaves it, made once a process: migrations cost more than a whole run."""
    if not _template:
        with tempfile.TemporaryDirectory(prefix="marx-sim-") as made:
            open_journal(Path(made)).close()
            _template.append((Path(made) / FILE_NAME).read_bytes())
    return _template[0]
