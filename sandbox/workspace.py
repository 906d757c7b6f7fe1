"""The program's files: put into the jail before it runs, compared and handed out after. Runs in the zygote.

Files below the working folder are written where the program may write; all others are read-only. While the program
runs nobody here opens them; when its only process is dead nothing changes them any more, so they can be read
without races. No link is followed.
"""

import os
import stat
from collections.abc import Iterator

from sandbox import astray, libc, quota
from sandbox.construction import Construction
from sandbox.mounts import STORE, bind, is_below, make_read_only, sources
from sandbox.running import Running

_STDIN = "stdin"
_OUTSIDE = "outside"
_COVERS = "covers"


class DoesNotFit(Exception):
    """The jail cannot hold a load, or the host what it left. The text is for the host program's caller."""


class Workspace:
    """One load. `folder` is what the host asked for, `folder_inside` where it is: the same, where the jail has
    mounts."""

    def __init__(self, construction: Construction, folder: str, *, collect: bool) -> None:
        if os.path.normpath(folder) != folder or not folder.startswith("/") or folder in ("/", "/dev"):
            raise DoesNotFit(
                f"{folder!r} cannot be a working folder: give an absolute path without dots that is not the root"
            )
        self._construction = construction
        self._has_mounts = "mounts" in construction.raised
        self._work = construction.scratch + "/work"
        self._collect = collect
        self._digests: dict[str, tuple[int, bytes]] = {}
        self._folders: set[str] = set()
        """Folders that were loaded as such: relative paths with "/"."""
        self._covers: list[tuple[str, str]] = []
        self._shown: list[tuple[str, str]] = []
        self._file = -1
        self._path = ""
        self._mode = 0
        self._mtime_ns = 0
        self._hash = _Hash() if collect else None
        self._seen: set[str] = set()
        self._hidden: list[str] = []
        """Relative paths that something of the host's was bound over: what was loaded there cannot be looked at, and
        must never be taken for removed."""
        self._bytes_left = construction.limits["work_bytes"]
        self._files_left = construction.limits["work_files"]
        self._beside: list[astray.Place] = []
        """Where the program may write, and nothing is collected."""
        self._device = os.lstat(self._work).st_dev
        self.folder = folder
        self.folder_inside = folder if self._has_mounts else self._work

    # --- loading ------------------------------------------------------------------------------------------------------

    def begin_file(self, path: str, mode: int, mtime_ns: int, in_store: str = "") -> None:
        """What `write` is given from now on belongs to this file. The empty path is the program's standard input.

        With `in_store` it has its content already, under that name in the host's store, and is shown read-only.
        """
        self._end_file()
        if in_store:
            self._show(path, in_store)
            return
        if path.endswith("/"):
            self._make_folder(path.removesuffix("/"))
            return
        self._path, self._mode, self._mtime_ns = path, mode, mtime_ns
        try:
            self._file = os.open(self._place(path), os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600)
        except OSError as refusal:
            raise DoesNotFit(f"{path} cannot be put into the jail: {refusal.strerror}") from None

    def _show(self, path: str, in_store: str) -> None:
        source = os.path.normpath(f"{STORE}/{in_store}")
        if not is_below(source, STORE):
            raise DoesNotFit(f"{in_store!r} is not in the store")
        place = self._place(path)
        try:
            os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o444))
        except OSError as refusal:
            raise DoesNotFit(f"{path} cannot be put into the jail: {refusal.strerror}") from None
        self._shown.append((source, place))
        if is_below(path, self.folder):
            self._hidden.append(path[len(self.folder) + 1 :])

    def _make_folder(self, path: str) -> None:
        """An empty folder that the program may list or write into; of no use outside the working folder."""
        if os.path.normpath(path) != path or "\0" in path:
            raise DoesNotFit(f"{path!r} is not an absolute path without dots")
        if is_below(path, self.folder):
            self._construction.make_folders(self._work + path[len(self.folder) :])
            if path != self.folder:
                self._folders.add(path[len(self.folder) + 1 :] + "/")

    def write(self, data: bytes) -> None:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as refusal:
            raise DoesNotFit(f"{self._path} does not fit into the jail: {refusal.strerror}") from None
        if self._hash is not None:
            self._hash.update(data)

    def open(self, home: str = "") -> None:
        """All files are there: makes the working folder appear at its path, and everything else read-only. `home` is
        what the program takes for its user's folder."""
        self._end_file()
        if self._has_mounts:
            self._mount()
        if self._collect:
            self._beside = list(self._uncollected(home))

    def _mount(self) -> None:
        for source, place in self._shown:
            bind(source, place)
            make_read_only(place)
        if self._construction.store:
            # Covered rather than unmounted: it may come from a mount namespace above, and then it is locked.
            libc.mount("none", STORE, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "mode=0000,size=4k,nr_inodes=1")
        for cover, path in self._covers:
            bind(cover, path)
            make_read_only(path)
        self._carry_binds_into_the_folder()
        try:
            self._construction.make_folders(self.folder)
        except OSError as refusal:
            raise DoesNotFit(
                f"no working folder at {self.folder}, which is read-only in the jail: {refusal.strerror}"
            ) from None
        bind(self._work, self.folder)
        make_read_only("/", below=False)
        self._construction.writable = ["/tmp", self.folder]

    def stdin(self) -> int:
        """A descriptor of what the program reads from its standard input."""
        path = f"{self._construction.scratch}/{_STDIN}"
        try:
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return os.open("/dev/null", os.O_RDONLY)
        os.unlink(path)
        return fd

    def _end_file(self) -> None:
        if self._file < 0:
            return
        inside = self._path != "" and is_below(self._path, self.folder)
        # By the descriptor: the caller's umask must not change what the program sees.
        os.fchmod(self._file, self._mode if inside else self._mode & 0o555)
        if self._mtime_ns:
            os.utime(self._file, ns=(self._mtime_ns, self._mtime_ns))
        os.close(self._file)
        self._file = -1
        if self._hash is not None:
            digest = self._hash.finish()
            if inside:
                self._digests[self._path[len(self.folder) + 1 :]] = (self._mode, digest)

    def _place(self, path: str) -> str:
        """Where to write a file that the program shall find at `path`."""
        scratch = self._construction.scratch
        if path == "":
            return f"{scratch}/{_STDIN}"
        if os.path.normpath(path) != path or not path.startswith("/") or "\0" in path:
            raise DoesNotFit(f"{path!r} is not an absolute path without dots")
        if is_below(path, self.folder):
            place = self._work + path[len(self.folder) :]
        elif not self._has_mounts:
            place = f"{scratch}/{_OUTSIDE}{path}"
        elif is_below(path, "/tmp") or os.path.lexists(path):
            return self._cover(path)
        else:
            place = path
        self._construction.make_folders(os.path.dirname(place))
        return place

    def _cover(self, path: str) -> str:
        """For a path where a plain file would be writable, or where the host's own file shows: one that is bound over
        it."""
        if not os.path.lexists(path):
            self._construction.make_folders(os.path.dirname(path))
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        place = f"{self._construction.scratch}/{_COVERS}/{len(self._covers)}"
        self._construction.make_folders(os.path.dirname(place))
        self._covers.append((place, path))
        return place

    def _carry_binds_into_the_folder(self) -> None:
        """A virtual environment may lie in the working folder, which would hide it: binds it into what comes to lie
        there."""
        for source in sources(self._construction, below=self.folder):
            place = self._work + source[len(self.folder) :]
            self._hidden.append(source[len(self.folder) + 1 :])
            if os.path.isdir(source):
                self._construction.make_folders(place)
            else:
                self._construction.make_folders(os.path.dirname(place))
                os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o600))
            bind(source, place)

    # --- meanwhile ----------------------------------------------------------------------------------------------------

    def watch(self, program: Running) -> bool:
        """Waits until the program has ended. True if it was killed for taking too much of the disk; with mounts the
        file system has a fixed size, and nobody has to look."""
        if self._has_mounts:
            while not program.ended():
                pass
            return False
        limits = self._construction.limits
        return quota.watch(program, self._construction.scratch, limits["work_bytes"], limits["work_files"])

    # --- afterwards ---------------------------------------------------------------------------------------------------

    def is_full(self) -> bool:
        """Whether the program used up its disk."""
        facts = os.statvfs(self._work)
        return self._has_mounts and (facts.f_bfree == 0 or facts.f_ffree == 0)

    def changes(self) -> Iterator[tuple[str, int, int | None]]:
        """New and changed files: relative path, mode, and a descriptor to read (None for an empty folder, path with
        "/")."""
        if not self._collect:
            return
        pending = [""]
        while pending:
            prefix = pending.pop()
            for change in self._changes_of(prefix, pending):
                self._files_left -= 1
                if self._files_left < 0:
                    files = self._construction.limits["work_files"]
                    raise DoesNotFit(f"the files left in the working folder are more than the {files} allowed")
                yield change

    def removed(self) -> list[str]:
        """Loaded files and folders ("/") that are not there any more. To be asked after `changes`."""
        if not self._collect:
            return []
        gone = (set(self._digests) | self._folders) - self._seen
        return sorted(path for path in gone if not any(is_below(path, hidden) for hidden in self._hidden))

    def strays(self) -> list[str]:
        """What the program wrote where nothing is collected."""
        return astray.named((path for place in self._beside for path in place.new()), self.folder)

    def _uncollected(self, home: str) -> Iterator[astray.Place]:
        scratch = self._construction.scratch
        for path in astray.of_the_user(self.folder, home):
            if self._has_mounts:
                yield astray.Place(f"{scratch}/tmp{path[len(astray.TEMPORARY) :]}", path)
            else:
                yield astray.Place(f"{scratch}/{_OUTSIDE}{path}", path)
        if not self._has_mounts:
            yield astray.Place(scratch, os.path.dirname(self.folder), frozenset({"work", _OUTSIDE}))

    def _changes_of(self, prefix: str, pending: list[str]) -> Iterator[tuple[str, int, int | None]]:
        folder = f"{self._work}/{prefix}".rstrip("/")
        os.chmod(folder, 0o700)
        self._seen.add(prefix)
        entries = sorted(os.listdir(folder))
        if prefix and not entries:
            yield prefix, 0o755, None
        for name in entries:
            facts = os.lstat(f"{folder}/{name}")
            if facts.st_dev != self._device:
                continue  # a virtual environment, bound there
            if stat.S_ISDIR(facts.st_mode):
                pending.append(f"{prefix}{name}/")
            elif stat.S_ISREG(facts.st_mode):
                yield from self._change(prefix + name, facts)

    def _change(self, path: str, facts: os.stat_result) -> Iterator[tuple[str, int, int | None]]:
        self._seen.add(path)
        mode = stat.S_IMODE(facts.st_mode)
        self._bytes_left -= facts.st_size
        if self._bytes_left < 0:
            size = self._construction.limits["work_bytes"]
            raise DoesNotFit(f"the files left in the working folder are larger than the {size} bytes allowed")
        place = f"{self._work}/{path}"
        os.chmod(place, 0o600)
        fd = os.open(place, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            loaded = self._digests.get(path)
            if loaded is None or loaded != (mode, _digest(fd)):
                os.lseek(fd, 0, os.SEEK_SET)
                yield path, mode, fd
        finally:
            os.close(fd)


class _Hash:
    """Content of one file after the other. hashlib takes longer to import than all of this package, so only where
    needed."""

    def __init__(self) -> None:
        from hashlib import blake2b

        self._new = blake2b
        self._hash = blake2b()

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def finish(self) -> bytes:
        digest = self._hash.digest()
        self._hash = self._new()
        return digest


def _digest(fd: int) -> bytes:
    whole = _Hash()
    while data := os.read(fd, 1 << 20):
        whole.update(data)
    return whole.finish()
