"""The one line that a worker or tasker types to join: where the distributor listens, its key, and the join code.

    marx://lab-server:7979/5f0c…(64 hex digits)…/k3n9-2fxq     (no join code where the peer is known)

The key in the line is what makes a connection trustworthy, so a line without one is refused rather than taken on trust.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SCHEME = "marx://"

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Za-z:.%]{2,64}\]", re.ASCII)
_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_JOIN = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_FIX = "Copy the whole line that `marx serve` prints: marx://HOST:PORT/KEY/CODE"


class BadAddress(ValueError):
    """A text that is not the address of a distributor. Its message says what is wrong and where to find it."""

    exit_code = 78


@dataclass(frozen=True, slots=True)
class Address:
    """Where and who a distributor is. `server_key` is its 32-byte CURVE public key; `join` may be empty."""

    host: str
    port: int
    server_key: bytes
    join: str = ""

    @property
    def endpoint(self) -> str:
        """As ZeroMQ wants it."""
        return f"tcp://{self.host}:{self.port}"

    def __str__(self) -> str:
        tail = f"/{self.join}" if self.join else ""
        return f"{SCHEME}{self.host}:{self.port}/{self.server_key.hex()}{tail}"


def parse(text: str) -> Address:
    """Reads an address as `str(address)` writes it; blanks around it are dropped. Raises `BadAddress`."""
    line = text.strip()
    if not line.startswith(SCHEME):
        raise BadAddress(f"{_shown(line)} is not a distributor's address: it does not begin with {SCHEME}. {_FIX}")
    place, *rest = line.removeprefix(SCHEME).split("/")
    if len(rest) > 2:
        raise BadAddress(f"{_shown(line)} has more than a key and a join code after the port. {_FIX}")
    key, join = (*rest, "", "")[:2]
    host, port = _place(place)
    if not _KEY.fullmatch(key):
        raise BadAddress(f"The key in {_shown(line)} has {len(key)} characters instead of 64 hex digits. {_FIX}")
    if join and not _JOIN.fullmatch(join):
        raise BadAddress(f"The join code in {_shown(line)} is not made of letters, digits, - and _. {_FIX}")
    return Address(host, port, bytes.fromhex(key), join)


def _place(place: str) -> tuple[str, int]:
    host, colon, port = place.rpartition(":")
    if not colon:
        raise BadAddress(f"{_shown(place)} names no port. {_FIX}")
    if not _HOST.fullmatch(host):
        raise BadAddress(f"{_shown(host)} is not a host name or IP address (IPv6 stands in brackets). {_FIX}")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise BadAddress(f"{_shown(port)} is not a port: a number from 1 to 65535. {_FIX}")
    return host, int(port)


def _shown(text: str) -> str:
    """A stranger's text in an error message: quoted, escaped and short."""
    return repr(text if len(text) <= 60 else text[:57] + "…")
