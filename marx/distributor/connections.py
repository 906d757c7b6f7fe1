"""Who is connected: one row a connection, and which connection each worker is reached by.

The scheduler knows a worker by an id that stays the same over its reconnects; it is made of the worker's own name, so
that people can read it, and of its key where that name is taken by another key. The key is what counts; the name is a
stranger's word.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from marx.link.router import Peer
from marx.link.uploading import Receive
from marx.wire.messages import VERSION, Hello

KEY_SHOWN = 8
STRANGERS_SHARE = 4
"""A flood of connections that never say a valid Hello takes this fraction of the rows, not all of them."""

NAMES_OF_KEY_MAX = 1_024
"""Workers with one key: the hosts of a lab whose home folders are one, not names that are made up for ever."""

_UNMET = Hello(VERSION, "worker", "", "")
"""What a worker said of itself that has not said anything since this start."""


@dataclass(slots=True)
class Connection:
    """`hello` is None until welcomed. `sent`: the jobs whose program it has, each with the regions whose captures."""

    peer: Peer
    hello: Hello | None = None
    worker: str = ""
    faults: int = 0
    load: float = 0.0
    sent: dict[str, set[int]] = field(default_factory=dict)
    expected: dict[str, int] = field(default_factory=dict)
    """Blobs that a tasker was asked for, with their sizes: nothing else is taken from it."""
    uploads: Receive | None = None
    passing: Receive | None = None
    """Uploads that are kept in memory."""
    storing: set[str] = field(default_factory=set)
    """Blobs of it that a thread is busy with."""
    was_welcomed: bool = False
    asked_ms: int | None = None
    """When it was told to greet again, if it has not since then."""
    heard_ms: int = 0
    unowed: dict[int, int] = field(default_factory=dict)
    """Leases in a worker's heartbeats that are not its own, and since when."""
    reached_ms: int = 0

    @property
    def user(self) -> str:
        return self.peer.user


class Connections:
    """Rows by ZeroMQ identity. Bounded, and of these only a part for those who were not welcomed yet."""

    def __init__(self, connections_max: int) -> None:
        self._max = connections_max
        self._strangers_max = max(1, connections_max // STRANGERS_SHARE)
        self._strangers: dict[bytes, Connection] = {}
        """In the order of their coming, with those that another has taken the place of; the first is dropped first, and
        may say Hello anew."""
        self._rows: dict[bytes, Connection] = {}
        self._workers: dict[str, Connection] = {}
        self._owners: dict[str, tuple[str, Hello]] = {}
        self._owned: Counter[str] = Counter()
        """How many workers each key has."""

    def of(self, peer: Peer) -> Connection | None:
        """The peer's row, made if there is room; None if there is not."""
        row = self._rows.get(peer.identity)
        if row is not None and row.peer == peer:
            return row
        if row is not None:
            self.drop(row)
        if len(self._strangers) >= self._strangers_max:
            # Whoever knocks and says nothing more must not keep those out who would.
            self.drop(next(iter(self._strangers.values())))
        if len(self._rows) >= self._max:
            return None
        row = self._rows[peer.identity] = Connection(peer)
        self._strangers[peer.identity] = row
        return row

    def welcome(self, row: Connection, hello: Hello) -> bool:
        """From now on this row speaks for its worker, an earlier one no more. False: there are too many names."""
        worker = self._worker_id(row.user, hello) if hello.role == "worker" else ""
        if worker is None:
            return False
        self._unlist(row)
        self._strangers.pop(row.peer.identity, None)
        row.hello, row.worker, row.was_welcomed, row.asked_ms = hello, worker, True, None
        row.sent.clear()
        if worker:
            earlier = self._workers.get(worker)
            if earlier is not None:
                self._supersede(earlier)
            self._workers[worker] = row
        return True

    def _supersede(self, row: Connection) -> None:
        """Another connection speaks for its worker. That may be the older of the two, of which a last Hello was still
        on its way: then this one is asked to greet again, and is no offender for what it says until then."""
        self.unwelcome(row)
        self._strangers[row.peer.identity] = row

    def twin(self, row: Connection, hello: Hello) -> Connection | None:
        """The connection of another start of the worker that this row would speak for."""
        names = (name for name in _names(row.user, hello) if self._owners.get(name, ("",))[0] == row.user)
        earlier = self._workers.get(next(names, ""))
        if earlier is None or earlier is row or earlier.hello is None:
            return None
        return earlier if earlier.hello.start != hello.start else None

    def worker(self, worker: str) -> Connection | None:
        """The connection on which a worker is reached now."""
        return self._workers.get(worker)

    def find(self, peer: Peer) -> Connection | None:
        row = self._rows.get(peer.identity)
        return row if row is not None and row.peer == peer else None

    def is_here(self, peer: Peer) -> bool:
        return self.find(peer) is not None

    def drop(self, row: Connection) -> None:
        """The row is no more; its peer has to say Hello on whatever connection it comes by next."""
        self._unlist(row)
        if row.uploads is not None and not row.storing:
            row.uploads.close()
        if row.passing is not None:
            row.passing.close()
        if self._rows.get(row.peer.identity) is row:
            del self._rows[row.peer.identity]
            self._strangers.pop(row.peer.identity, None)

    def _unlist(self, row: Connection) -> None:
        if self._workers.get(row.worker) is row:
            del self._workers[row.worker]

    def user_of(self, worker: str) -> str:
        """The key of a worker that was ever welcomed and is not forgotten."""
        return self._owners[worker][0]

    def reserve(self, worker: str, user: str) -> None:
        """The name stays with the key that had it before this start. Half of all names is left to newcomers."""
        if worker not in self._owners and len(self._owners) < self._max // 2:
            self._owners[worker] = user, _UNMET
            self._owned[user] += 1

    def release(self, worker: str) -> None:
        """Nobody remembers who had this name, unless it is here: it is free for whoever comes with it first."""
        if worker in self._owners and worker not in self._workers:
            self._owned[self._owners.pop(worker)[0]] -= 1

    def knows(self, worker: str) -> bool:
        return worker in self._owners

    def hello_of(self, worker: str) -> Hello:
        """What the worker said of itself last."""
        return self._owners[worker][1]

    def unwelcome(self, row: Connection) -> None:
        """The peer has to say Hello again before anything else."""
        self._unlist(row)
        row.hello, row.worker = None, ""

    def all(self) -> list[Connection]:
        return list(self._rows.values())

    def forget_job(self, job: str) -> None:
        """An ended job's leases come no more, so what was sent of it need not be remembered."""
        for row in self._workers.values():
            row.sent.pop(job, None)

    def _worker_id(self, user: str, hello: Hello) -> str | None:
        for candidate in _names(user, hello):
            owner = self._owners.get(candidate)
            if owner is None and (len(self._owners) >= self._max or self._owned[user] >= NAMES_OF_KEY_MAX):
                return None
            if owner is None or owner[0] == user:
                self._owned[user] += owner is None
                self._owners[candidate] = (user, hello)
                return candidate
        return None


def _names(user: str, hello: Hello) -> tuple[str, ...]:
    """What a worker may be called: the first of these that no other key has."""
    return hello.name, f"{hello.name}~{user[:KEY_SHOWN]}", f"{hello.name}~{user}"
