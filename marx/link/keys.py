"""The CURVE key pair of a worker, tasker or distributor, as a file that only its owner can read.

The file holds the secret key as 64 hex digits; the public one follows from it. Losing the file makes a stranger of its
owner, and whoever reads it can pass for them: hence its mode is checked each time and never repaired in silence.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

import zmq
from zmq.utils import z85

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_SECRET = re.compile(r"[0-9a-f]{64}\n?", re.ASCII)


class BadKeyFile(Exception):
    """A key file that cannot be used as it is. The message says which and what to do."""

    exit_code = 78


@dataclass(frozen=True, slots=True)
class KeyPair:
    """32 bytes each, as CURVE uses them. The secret one is kept out of `repr`, and so out of every log."""

    public: bytes
    secret: bytes = field(repr=False)


def new_keys() -> KeyPair:
    """A pair that is nowhere on disk: for one run."""
    public, secret = zmq.curve_keypair()
    return KeyPair(z85.decode(public), z85.decode(secret))


def load_or_make(folder: Path, name: str) -> KeyPair:
    """The pair in `folder/name.key`, made on first use. Raises `BadKeyFile`."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a key: lower-case letters, digits, - and _")
    path = folder / f"{name}.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _load(path)
        except FileNotFoundError:
            return _make(path)
    except OSError as fault:
        raise BadKeyFile(
            f"The key file {path} cannot be made: {fault.strerror}. Let this user write to its folder."
        ) from None


def _load(path: Path) -> KeyPair:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as fault:
        raise BadKeyFile(
            f"The key file {path} cannot be read: {fault.strerror}. Make it yours: chmod 600 {path}"
        ) from None
    try:
        _check_owner(path, os.fstat(descriptor))
        text = os.read(descriptor, 128).decode("ascii", "replace")
    finally:
        os.close(descriptor)
    if not _SECRET.fullmatch(text):
        raise BadKeyFile(f"The key file {path} does not hold a key. Restore it, or move it away to get a new identity.")
    secret = bytes.fromhex(text)
    return KeyPair(z85.decode(zmq.curve_public(z85.encode(secret))), secret)


def _check_owner(path: Path, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        raise BadKeyFile(f"The key file {path} is not a regular file. Move it away to get a new key.")
    if state.st_uid != os.geteuid():
        raise BadKeyFile(
            f"The key file {path} belongs to another user. Use your own folder, or: chown {os.geteuid()} {path}"
        )
    if state.st_mode & 0o077:
        mode = stat.S_IMODE(state.st_mode)
        raise BadKeyFile(f"The key file {path} can be read by others (mode {mode:04o}). Correct it: chmod 600 {path}")


def _make(path: Path) -> KeyPair:
    """Writes a new pair under a temporary name and links it: of two processes that start at once, one pair wins."""
    keys = new_keys()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(keys.secret.hex() + "\n")
            file.flush()
            os.fsync(descriptor)
        os.link(draft, path)
    except FileExistsError:
        return _load(path)
    finally:
        draft.unlink(missing_ok=True)
    return keys
