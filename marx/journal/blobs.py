"""Large bytes on disk, named by their hash: written under another name, synced, renamed, and only then spoken of.

    FOLDER/blobs/ab/cd/abcd…      whole, verified, never changed
    FOLDER/partial/…              what is still being written; after a crash only what is resumed counts

Owns these two folders. A file name is made from a validated hash and nothing else. Whether a blob is still needed is
not known here; who knows calls `remove`.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from marx.journal import BLOBS
from marx.journal.incoming import Incoming
from marx.wire.codec import content, content_hash, is_hash
from marx.wire.messages import Content


class UnknownBlob(LookupError):
    """No blob of this hash is here."""


def sync_path(path: Path, flags: int) -> None:
    """Returns when the disk has the file's bytes, or the folder's names."""
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BlobStore:
    """The blobs below one folder. `durable` False: nothing is synced, for a store that nobody reads after a crash.

    `sync` is how a path is synced, so that a simulated disk can know what it would have kept. `shown`: whoever gets
    to `folder` may read a blob whose name he knows, so that jails of another user can; nobody may list or change any.
    """

    def __init__(
        self,
        folder: Path,
        durable: bool = True,
        sync: Callable[[Path, int], None] = sync_path,
        shown: bool = False,
    ) -> None:
        self._blobs = folder / BLOBS
        self._partial = folder / "partial"
        self._durable = durable
        self._folder_mode, self._blob_mode = (0o711, 0o444) if shown else (0o700, 0o600)
        self._sync = sync
        for made in (self._blobs, self._partial):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shown:
            self._blobs.chmod(self._folder_mode)
        self._sync_folder(folder)

    def put(self, data: bytes) -> Content:
        """Describes bytes, and keeps them as a blob if they are too large to travel inline."""
        described = content(data)
        if described.data is None:
            self._write(described.hash, data)
        return described

    def put_always(self, data: bytes) -> Content:
        """Keeps bytes as a blob whatever their size; the description names it (data None)."""
        hash = content_hash(data)
        self._write(hash, data)
        return Content(hash, len(data))

    def keep(self, item: Content) -> None:
        """Keeps an inline content as a blob too, for those who want a file. Without bytes: does nothing."""
        if item.data is not None:
            self._write(item.hash, item.data)

    def bytes_of(self, item: Content) -> bytes:
        """The bytes of a content, inline or from here. Raises `UnknownBlob`."""
        return item.data if item.data is not None else self.read(item.hash)

    def has(self, hash: str) -> bool:
        return self.path(hash).is_file()

    def path(self, hash: str) -> Path:
        """Where the blob is, or would be. Raises ValueError for what is not a hash."""
        if not is_hash(hash):
            raise ValueError(f"{hash!r} is not the hash of a blob")
        return self._blobs / hash[:2] / hash[2:4] / hash

    def size(self, hash: str) -> int:
        with self._known(hash):
            return self.path(hash).stat().st_size

    def read(self, hash: str) -> bytes:
        with self._known(hash):
            return self.path(hash).read_bytes()

    def read_part(self, hash: str, offset: int, length: int) -> bytes:
        """`length` bytes from `offset` on, fewer at the end. Raises `UnknownBlob`."""
        with self._known(hash), self.path(hash).open("rb") as blob:
            blob.seek(offset)
            return blob.read(length)

    def incoming(self, hash: str, size: int, sender: str = "") -> Incoming:
        """Begins, or resumes, receiving a blob. Partial files are apart by `sender`: none can spoil another's."""
        target = self.path(hash)
        return Incoming(self._begun(hash, sender), hash, size, lambda complete: self._settle(complete, target))

    def begun_bytes(self, hash: str, sender: str = "") -> int:
        """How much of a blob an earlier attempt left, to be resumed by `incoming`."""
        try:
            return self._begun(hash, sender).stat().st_size
        except FileNotFoundError:
            return 0

    def disk_bytes(self) -> int:
        """How large the disk is."""
        facts = os.statvfs(self._partial)
        return facts.f_blocks * facts.f_frsize

    def free_bytes(self) -> int:
        """What the disk has left for this user."""
        facts = os.statvfs(self._partial)
        return facts.f_bavail * facts.f_frsize

    def remove(self, hash: str) -> None:
        """Deletes a blob; one that is not here is no error."""
        self.path(hash).unlink(missing_ok=True)

    def hashes(self) -> Iterator[str]:
        """The hashes of all blobs, in no order: for finding those that nothing names any more."""
        return (path.name for path in self._blobs.glob("??/??/*") if is_hash(path.name))

    def unfinished(self) -> list[str]:
        """Names of what was begun and not finished."""
        return sorted(path.name for path in self._partial.iterdir())

    def drop_partial(self, before_s: float = math.inf) -> None:
        """Deletes what was begun and not finished, by us or by senders, and last changed before that time.

        Only while nothing is being received.
        """
        for path in self._partial.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before_s:
                    path.unlink()

    def _begun(self, hash: str, sender: str) -> Path:
        suffix = hashlib.blake2b(sender.encode(), digest_size=8).hexdigest()
        return self._partial / f"{self.path(hash).name}-{suffix}"

    def _write(self, hash: str, data: bytes) -> None:
        target = self.path(hash)
        if target.is_file():
            return
        descriptor, name = tempfile.mkstemp(dir=self._partial)
        partial = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            self._settle(partial, target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def _settle(self, partial: Path, target: Path) -> None:
        """Gives a complete file its name, durably: bytes first, then the name, then the folders that lead to it."""
        if self._durable:
            self._sync(partial, os.O_RDWR)
        partial.chmod(self._blob_mode)
        target.parent.mkdir(mode=self._folder_mode, parents=True, exist_ok=True)
        partial.rename(target)
        # All three every time: another thread may have made a folder a moment ago and not have synced its name yet.
        for folder in (target.parent, target.parent.parent, self._blobs):
            self._sync_folder(folder)

    def _sync_folder(self, folder: Path) -> None:
        if self._durable:
            self._sync(folder, os.O_RDONLY | os.O_DIRECTORY)

    @contextlib.contextmanager
    def _known(self, hash: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise UnknownBlob(f"no blob {hash} in {self._blobs}") from None
