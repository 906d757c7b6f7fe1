"""Puts the files that a job left into a folder of the user's, as the program would have left them there.

The list comes from a stranger's machine, so nothing is written or removed outside the folder, whatever a path says
and whatever links stand in its way: names are plain and relative, and every folder on the way is opened without
following links. Contents arrive in a new file beside the target that then takes its place, so that a crash leaves the
old file or the new one, whole. What somebody else changed since it was sent is not written over (changed.py).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from marx.tasker.changed import Sent, begins_with
from marx.tasker.errors import JobFailed
from marx.tasker.spelling import Spellings
from marx.wire.messages import Content, File

Fetch = Callable[[Content], Iterable[bytes]]
"""Gives the bytes of a content in order."""

_PERMISSIONS_OF_A_NEW_FILE = 0o666
_PERMISSIONS = 0o777
"""What of a mode is taken from a stranger's machine: never setuid, setgid or the sticky bit."""
_MASKED_IN_JAILS = 0o022
_MODE_OF_OPEN = _PERMISSIONS_OF_A_NEW_FILE & ~_MASKED_IN_JAILS
"""What `open(…, "w")` gives in a jail: the program chose no mode."""
_CHANGED = "was changed by somebody else while the program ran"


class NotWritten(JobFailed):
    """One result could not be put into the folder; the others could."""


class UnsafePath(NotWritten):
    """A result names a place outside the folder, or one that only a link leads to."""


class SameName(NotWritten):
    """To the disk a result has the name of another file, which would have been lost."""


class ChangedMeanwhile(NotWritten):
    """Somebody else changed the file while the program ran, so both are kept."""


def write_files(
    folder: Path, files: Iterable[File], removed: Iterable[str], fetch: Fetch, sent: Sent | None = None
) -> list[NotWritten]:
    """Removes, then writes. A path that cannot be had does not keep the others from being written; it is returned.
    With `sent` nothing is lost that was changed since then. Raises what `fetch` raises."""
    failures: list[NotWritten] = []
    writing = _Writing(folder, fetch, sent or Sent(), Spellings())
    for path in sorted(removed, reverse=True):
        with _collecting(failures, folder, path):
            writing.remove(path)
    for file in sorted(files, key=lambda file: file.path):
        with _collecting(failures, folder, file.path):
            writing.write(file)
    return failures


def differing(folder: Path, files: Iterable[File]) -> list[str]:
    """The paths at which another file is there already, which writing these would take away. Writes nothing."""
    return [file.path for file in files if not file.path.endswith("/") and _differs(folder, file)]


def _differs(folder: Path, file: File) -> bool:
    """A link is as what it leads to. What cannot be read may be anything."""
    try:
        *parents, name = _names(file.path)
        with _opened(folder, parents, make=False) as place:
            present = os.stat(name, dir_fd=place)
            if not stat.S_ISREG(present.st_mode):
                return False  # is not written over in any case
            if present.st_size != file.content.size:
                return True
            with open(os.open(name, os.O_RDONLY, dir_fd=place), "rb") as theirs:
                return not begins_with(theirs, file.content)
    except (FileNotFoundError, UnsafePath):
        return False
    except OSError:
        return True


@contextlib.contextmanager
def _collecting(failures: list[NotWritten], folder: Path, path: str) -> Iterator[None]:
    try:
        yield
    except NotWritten as fault:
        failures.append(fault)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        failures.append(NotWritten(f"{path!r} in {folder} could not be written: {reason}", fix=f"ls -ld {folder}"))


def _names(path: str) -> list[str]:
    """The plain names that a relative path consists of."""
    names = path.removesuffix("/").split("/")
    if "\0" in path or any(name in {"", ".", ".."} for name in names):
        raise UnsafePath(f"a result file is called {path!r}, which is not a plain name below the working folder")
    return names


@contextlib.contextmanager
def _opened(folder: Path, names: list[str], *, make: bool) -> Iterator[int]:
    """A descriptor of the folder that `names` lead to.

    Raises FileNotFoundError where one is missing and `make` is False.
    """
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in names:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, dir_fd=place)
            inner = _open_folder(name, place, folder)
            os.close(place)
            place = inner
        yield place
    finally:
        os.close(place)


def _open_folder(name: str, place: int, folder: Path) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
    except NotADirectoryError:
        raise UnsafePath(
            f"{name!r} in {folder} is a link or a file, so nothing was written below it",
            fix="marx results JOB -o DIR   writes into a fresh folder",
        ) from None


@dataclass(slots=True)
class _Writing:
    """Into one folder, from one source."""

    folder: Path
    fetch: Fetch
    sent: Sent
    spellings: Spellings

    def remove(self, path: str) -> None:
        *parents, name = _names(path)
        with contextlib.suppress(FileNotFoundError), _opened(self.folder, parents, make=False) as place:
            if path.endswith("/"):
                with contextlib.suppress(OSError):
                    os.rmdir(name, dir_fd=place)
                return
            present = os.stat(name, dir_fd=place, follow_symlinks=False)
            if stat.S_ISREG(present.st_mode) and self._is_changed(place, name, path, present):
                raise ChangedMeanwhile(
                    f"{path!r} in {self.folder} {_CHANGED}, so it was not removed as the program did"
                )
            os.unlink(name, dir_fd=place)

    def write(self, file: File) -> None:
        *parents, name = names = _names(file.path)
        if file.path.endswith("/"):
            with _opened(self.folder, names, make=True):
                return
        with _opened(self.folder, parents, make=True) as place:
            try:
                present = os.stat(name, dir_fd=place, follow_symlinks=False)
            except FileNotFoundError:
                self._replace(place, name, file, _mode(file, None))
            else:
                if stat.S_ISLNK(present.st_mode):
                    self._write_behind_link(file)
                    return
                self._write_over(place, name, file, present)
            self.spellings.written(place, name, file.path)

    def _write_over(self, place: int, name: str, file: File, present: os.stat_result) -> None:
        if not stat.S_ISREG(present.st_mode):
            raise UnsafePath(
                f"{file.path!r} in {self.folder} is not a regular file, so the result was not written to it"
            )
        if other := self.spellings.other(place, name, file.path, present):
            raise SameName(
                f"{file.path!r} in {self.folder} was not written, since this disk takes it for {other!r}, which is "
                "there",
                fix="marx results JOB -o DIR   writes into a folder on a disk that tells such names apart",
            )
        if self._is_changed(place, name, file.path, present):
            self._join(place, name, file, present)
        elif present.st_nlink > 1:
            self._overwrite(place, name, file, _mode(file, present))
        else:
            self._replace(place, name, file, _mode(file, present))

    def _is_changed(self, place: int, name: str, path: str, present: os.stat_result) -> bool:
        return self.sent.is_changed(path, present, lambda: _open_to_read(place, name))

    def _join(self, place: int, name: str, file: File, present: os.stat_result) -> None:
        """Somebody else wrote to the file meanwhile. What was only appended by both is joined; else both are kept."""
        with _open_to_read(place, name) as theirs:
            if begins_with(theirs, file.content) and not theirs.read(1):
                return
        with self._beside(place, file, _mode(file, present)) as passing:
            was = self.sent.files.get(file.path)
            with _open_to_read(place, passing) as ours, _open_to_read(place, name) as theirs:
                if was is not None and begins_with(ours, was.content) and begins_with(theirs, was.content):
                    with open(os.open(name, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW, dir_fd=place), "ab") as out:
                        shutil.copyfileobj(ours, out)
                    return
            kept = f"{name}.marx-{secrets.token_hex(4)}"
            os.rename(passing, kept, src_dir_fd=place, dst_dir_fd=place)
        raise ChangedMeanwhile(
            f"{file.path!r} in {self.folder} {_CHANGED}, so what the program wrote is kept beside it, as {kept!r}",
            fix=f"diff {shlex.quote(name)} {shlex.quote(kept)}   (in {self.folder})",
        )

    def _write_behind_link(self, file: File) -> None:
        """As Python does, writes what the user's own link names; but only while that lies inside the folder."""
        root = Path(os.path.realpath(self.folder))
        target = Path(os.path.realpath(self.folder / file.path))
        if not target.is_relative_to(root) or target == root:
            raise UnsafePath(
                f"{file.path!r} in {self.folder} is a link that leads out of the folder, so the result was not "
                "written to it",
                fix="marx results JOB -o DIR   writes into a fresh folder",
            )
        behind = File(str(target.relative_to(root)), file.content, file.mode)
        _Writing(root, self.fetch, self.sent, self.spellings).write(behind)

    def _replace(self, place: int, name: str, file: File, mode: int) -> None:
        with self._beside(place, file, mode) as passing:
            os.rename(passing, name, src_dir_fd=place, dst_dir_fd=place)

    def _overwrite(self, place: int, name: str, file: File, mode: int) -> None:
        """A file with further hard links keeps them: it is truncated and written in place, as Python does."""
        with os.fdopen(os.open(name, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, dir_fd=place), "wb") as out:
            if stat.S_IMODE(os.fstat(out.fileno()).st_mode) != mode:
                os.fchmod(out.fileno(), mode)  # before the first byte, which others may not be meant to read
            out.writelines(self.fetch(file.content))

    @contextlib.contextmanager
    def _beside(self, place: int, file: File, mode: int) -> Iterator[str]:
        """The content in a new file, under a name that is gone afterwards."""
        passing = f".marx-{secrets.token_hex(8)}"
        descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=place)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.writelines(self.fetch(file.content))
                os.fchmod(out.fileno(), mode)
            yield passing
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(passing, dir_fd=place)


def _open_to_read(place: int, name: str) -> IO[bytes]:
    return open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=place), "rb")


def _mode(file: File, present: os.stat_result | None) -> int:
    """The permissions that the program gave. Where it chose none, a file that was there keeps its own, and a new one
    gets what `open(…, "w")` gives under this user's umask. What the program may have asked for when it made the file
    is held under that umask too; bits that the umask of jails takes away can only come from a chmod."""
    given = file.mode & _PERMISSIONS
    if present is not None and given in (_MODE_OF_OPEN, stat.S_IMODE(present.st_mode)):
        return stat.S_IMODE(present.st_mode) & _PERMISSIONS
    if given & _MASKED_IN_JAILS:
        return given
    umask = os.umask(0)
    os.umask(umask)
    return (_PERMISSIONS_OF_A_NEW_FILE if given == _MODE_OF_OPEN else given) & ~umask
