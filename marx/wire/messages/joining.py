"""Messages of both roles: the handshake, signs of life, and blobs, which travel in either direction."""

from __future__ import annotations

from typing import Literal

from marx.wire.messages.shapes import Lease, Message


class Hello(Message, frozen=True):
    """First message of a connection, also after a reconnect. `holding`: leases a worker runs or has results of."""

    version: int
    role: Literal["worker", "tasker"]
    name: str
    python: str
    join: str = ""
    slots: int = 0
    seats: int = 0
    cores: int = 0
    memory_bytes: int = 0
    sandbox: str = ""
    holding: list[Lease] = []
    packages: dict[str, str] = {}
    """A worker's: the installed modules that a program could import, with their versions."""
    start: str = ""
    """A worker's: a random word of this start of it, by which another one with the same key and name is told apart."""
    lent_bytes: int = 0
    """A worker's: the memory that one program gets there, of the machine's `memory_bytes`; 0 where it does not say."""


class Welcome(Message, frozen=True):
    """Accepted. Heartbeats are due every `heartbeat_ms`; a peer silent for `lease_ms` is taken for lost."""

    version: int
    heartbeat_ms: int
    lease_ms: int
    called: str = ""
    """A worker's: its name in this lab, which is not its own where another machine had that first."""


class Refused(Message, frozen=True):
    """The last request or (after Hello) connection is not accepted. `code` is for programs, the rest for people."""

    code: str
    reason: str
    fix: str = ""
    about: str = ""


class Heartbeat(Message, frozen=True):
    """From both sides. A worker's renews the leases it lists; `load` is its owner's load average."""

    leases: list[int] = []
    load: float = 0.0


class BlobWanted(Message, frozen=True):
    """Asks for parts of a blob: `parts` of them from `offset` on. Answers: that many BlobPart, or BlobMissing."""

    hash: str
    offset: int
    parts: int


class BlobPart(Message, frozen=True):
    """One part; its bytes are in a frame of their own. `size` is the whole blob's. Answer to an upload: BlobGot.

    `passing`: it belongs to calls of a session, and need not survive the receiver (D71).
    """

    hash: str
    offset: int
    size: int
    data: bytes = b""
    passing: bool = False


class BlobGot(Message, frozen=True):
    """The receiver of an upload has everything below `offset`; `stored` once verified by hash and on disk."""

    hash: str
    offset: int
    stored: bool = False


class BlobMissing(Message, frozen=True):
    """No such blob here."""

    hash: str
