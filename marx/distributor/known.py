"""Whose keys may talk: the join code and the keys that once showed it, as files in the serve folder.

A key that is not known must send the join code once; then it is kept with the role that it asked for. The code is
compared in constant time. Nothing here knows connections or messages.
"""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from typing import Protocol

CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 20
"""31 ** 20 codes: 99 bits, so that guessing needs no further defence."""


class Admission(Protocol):
    """Who may take which role. `admit` is asked once per Hello."""

    def admit(self, user: str, role: str, name: str, join: str) -> bool: ...


class Everybody:
    """Admission of an embedded distributor: its only peers are greenlets of the same process."""

    def admit(self, user: str, role: str, name: str, join: str) -> bool:
        return True


class KnownPeers:
    """The keys of `folder/known`, one line each: key, role, name as last heard. Lines are added, never changed."""

    def __init__(self, folder: Path, peers_max: int) -> None:
        self._file = folder / "known"
        self._peers_max = peers_max
        self.code = _load_or_make_code(folder / "join")
        self._known = {(key, role) for key, role, _ in self._lines()}

    def admit(self, user: str, role: str, name: str, join: str) -> bool:
        if (user, role) in self._known:
            return True
        if not hmac.compare_digest(join.encode(), self.code.encode()) or len(self._known) >= self._peers_max:
            return False
        self._add(user, role, name)
        return True

    def _add(self, user: str, role: str, name: str) -> None:
        line = f"{user} {role} {name}\n".encode()
        file = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, line)
            os.fsync(file)
        finally:
            os.close(file)
        self._known.add((user, role))

    def _lines(self) -> list[tuple[str, str, str]]:
        """Whole lines only: one that a crash cut short is a peer that was never welcomed, and is cut off."""
        if not self._file.exists():
            return []
        whole = self._file.read_bytes()
        whole = whole[: whole.rfind(b"\n") + 1]
        os.truncate(self._file, len(whole))
        fields = (line.split(" ", 2) for line in whole.decode("utf-8", "replace").splitlines())
        return [(one[0], one[1], one[2]) for one in fields if len(one) == 3]


def _load_or_make_code(file: Path) -> str:
    if not file.exists():
        fresh = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        partial = file.with_name(f"{file.name}.new")
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(fresh + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.replace(partial, file)
    return file.read_text().strip()
