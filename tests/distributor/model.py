"""A distributor to test, and peers that speak the wire's messages to it and compute nothing: their values are just
bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import gevent
import zmq.green as zmq

from marx.core.events import Tick
from marx.core.settings import Settings
from marx.distributor.distributor import Distributor
from marx.distributor.known import KnownPeers
from marx.distributor.mail_settings import MailSettings
from marx.distributor.serving import embedded
from marx.distributor.settings import DistributorSettings
from marx.distributor.shell import Clock
from marx.journal.blobs import BlobStore
from marx.journal.journal import Journal, open_journal
from marx.link.dealer import Dealer
from marx.link.keys import KeyPair, load_or_make, new_keys
from marx.wire import messages as wire
from marx.wire.codec import content
from tests.sockets import router_at

PATIENCE_S = 20.0
"""How long an expected message may take on a busy machine; no test waits for it unless it fails."""
CALM = DistributorSettings(core=Settings(settle_ms=500, min_ms=1, target_ms=1, first_ms=1))
"""Nobody is taken for lost while a test looks at something else, and every item is a chunk."""

Kind = TypeVar("Kind", bound=wire.Message)


class Lab:
    """One distributor at a time, with what outlives it: its folder, its port and its log."""

    def __init__(
        self, folder: Path | None, settings: DistributorSettings = CALM, mail: MailSettings | None = None
    ) -> None:
        """Without a folder: embedded, over inproc. With one: over tcp and CURVE, with a journal."""
        self.folder = folder
        self.settings = settings
        self.mail = mail
        self.log: list[str] = []
        self.context = zmq.Context()
        self.port = 0
        self.gate: Callable[[Journal], Journal] = lambda journal: journal
        self._peers: list[Peer] = []
        self._running: gevent.Greenlet | None = None
        self.start()

    def start(self) -> None:
        self.distributor = embedded(self.context, settings=self.settings, log=self._log)
        if self.folder is not None:
            self.distributor.close()
            self.distributor = self._durable(self.folder)
        self._running = gevent.spawn(self.distributor.run)

    def _durable(self, folder: Path) -> Distributor:
        owned = ExitStack()
        self.keys = load_or_make(folder, "distributor")
        # A context of its own: when that has ended, its port is free for the next distributor.
        context = zmq.Context()
        owned.callback(context.term)
        router = router_at(context, self.port, self.keys)
        self.port = router.port
        owned.callback(router.close)
        journal = open_journal(folder)
        owned.callback(journal.close)
        known = KnownPeers(folder, peers_max=100)
        self.join = known.code
        return Distributor(
            self.settings,
            journal=self.gate(journal),
            blobs=BlobStore(folder),
            router=router,
            log=self._log,
            admission=known,
            owned=owned,
            mail=self.mail,
        )

    def stop(self) -> None:
        """Ends the distributor; peers stay and notice."""
        assert self._running is not None
        self.distributor.stop()
        self._running.get(timeout=PATIENCE_S)
        self._check()

    def restart(self) -> None:
        self.stop()
        self.start()

    def later(self, ms: int) -> None:
        """Time passes for the distributor, and what is due then happens."""
        shell = self.distributor.shell
        now, wall = shell.clock.now_ms, shell.clock.wall_ms
        shell.clock = replace(shell.clock, now_ms=lambda: now() + ms, wall_ms=lambda: wall() + ms)
        shell.tell(Tick())
        shell.times_changed.set()

    def stand_still(self) -> None:
        """From now on time passes only by `later` and `silence`, however long this machine takes."""
        shell = self.distributor.shell
        now_ms, wall_ms = shell.clock.now_ms(), shell.clock.wall_ms()
        shell.clock = Clock(now_ms=lambda: now_ms, wall_ms=lambda: wall_ms)

    def silence(self, but: Mapping[Worker, Sequence[int]]) -> None:
        """More than a lease passes, in quarters of one; after each, those of `but` are heard with what they hold."""
        for _ in range(5):
            self.later(self.settings.core.lease_ms // 4)
            for worker, leases in but.items():
                # The time as its load tells this heartbeat from what else was on its way.
                mark = float(self.distributor.shell.clock.now_ms())
                worker.say(wire.Heartbeat(list(leases), load=mark))
                self._wait_heard(worker, mark)

    def _wait_heard(self, worker: Worker, mark: float) -> None:
        connections = self.distributor.shell.connections
        with gevent.Timeout(PATIENCE_S, AssertionError(f"{worker.name} is not heard")):
            # It has no row when what it said had it greet again.
            while (row := connections.worker(worker.name)) is not None and row.load != mark:
                gevent.sleep(0.001)

    def close(self) -> None:
        for peer in self._peers:
            peer.close()
        self.stop()
        self.context.term()

    def _check(self) -> None:
        self.distributor.shell.scheduler.check()
        assert self.distributor.shell.counts["bug"] == 0, self.log

    def dealer(self, keys: KeyPair | None = None) -> Dealer:
        if self.folder is None:
            return Dealer(self.context, "inproc://marx", keys=None, server_key=None)
        endpoint = f"tcp://127.0.0.1:{self.port}"
        return Dealer(self.context, endpoint, keys=keys or new_keys(), server_key=self.keys.public)

    def tasker(self, keys: KeyPair | None = None) -> Peer:
        peer = self.peer(keys)
        peer.greet(wire.Hello(wire.VERSION, "tasker", "somebody", "3.11.4", join=self.code))
        return peer

    def worker(
        self,
        name: str,
        keys: KeyPair | None = None,
        *,
        slots: int = 4,
        credit: int = 4,
        seats: int = 1,
        holding: Sequence[wire.Lease] = (),
    ) -> Worker:
        keys = keys or new_keys()
        worker = Worker(self.dealer(keys), keys, name)
        self._peers.append(worker)
        hello = wire.Hello(wire.VERSION, "worker", name, "3.11.9", self.code, slots, seats, 4, holding=list(holding))
        worker.greet(hello)
        worker.say(wire.Ready(credit, seats, seen=1 << 62))
        return worker

    def peer(self, keys: KeyPair | None = None) -> Peer:
        """A connection that has not said Hello."""
        keys = keys or new_keys()
        peer = Peer(self.dealer(keys), keys)
        self._peers.append(peer)
        return peer

    @property
    def code(self) -> str:
        return "" if self.folder is None else self.join

    def _log(self, about: str, text: str, fields: Mapping[str, str | int]) -> None:
        self.log.append(f"{about} {text} {dict(fields)}")


class Peer:
    """One connection. What arrives and is not asked for is kept in order, heartbeats apart."""

    def __init__(self, dealer: Dealer, keys: KeyPair) -> None:
        self.dealer = dealer
        self.keys = keys
        self.arrived: list[Any] = []

    def say(self, *messages: wire.AnyMessage) -> None:
        """Sends, whether a Hello was said or not; what a lost connection swallows is for the test to know."""
        assert self.dealer.send(*messages, timeout_s=PATIENCE_S)

    def greet(self, hello: wire.Hello) -> wire.Welcome:
        return self.dealer.hello(hello, PATIENCE_S)

    def expect(self, kind: type[Kind], matches: Callable[[Kind], bool] = lambda found: True) -> Kind:
        """The first message of a kind, among those that arrived or will."""
        with gevent.Timeout(PATIENCE_S, AssertionError(f"no {kind.__name__}; arrived: {self.arrived}")):
            while True:
                for place, message in enumerate(self.arrived):
                    if isinstance(message, kind) and matches(message):
                        del self.arrived[place]
                        return message
                self.take(None)

    def take(self, timeout_s: float | None) -> None:
        messages = self.dealer.receive(timeout_s)
        self.arrived += [one for one in messages if not isinstance(one, wire.Heartbeat)]

    def nothing_of(self, kind: type[wire.Message], *, until: Callable[[], object]) -> None:
        """Nothing of the kind arrives before what `until` waits for."""
        until()
        assert not [one for one in self.arrived if isinstance(one, kind)]

    def submit(self, program: wire.Program, ticket: str = "ticket") -> str:
        self.say(wire.Submit(ticket, program))
        return self.expect(wire.Submitted).job

    def upload(self, data: bytes) -> wire.Content:
        """One blob, part by part."""
        described = content(data)
        for offset in range(0, len(data), wire.PART_BYTES):
            self.say(wire.BlobPart(described.hash, offset, len(data), data[offset : offset + wire.PART_BYTES]))
            got = self.expect(wire.BlobGot)
        assert got.stored
        return described

    def fetch(self, described: wire.Content) -> bytes:
        if described.data is not None:
            return described.data
        data = b""
        while len(data) < described.size:
            self.say(wire.BlobWanted(described.hash, len(data), 1))
            data += self.expect(wire.BlobPart).data
        return data

    def follow_to_end(self, job: str) -> tuple[bytes, bytes, wire.Ended]:
        """Everything that a follower from the start on is sent."""
        self.say(wire.Follow(job))
        return self.read_to_end()

    def read_to_end(self) -> tuple[bytes, bytes, wire.Ended]:
        """What a follower is sent, once it follows."""
        streams = {1: b"", 2: b""}
        while True:
            message = self.expect(wire.Message, lambda found: isinstance(found, wire.Output | wire.Ended))
            if isinstance(message, wire.Ended):
                return streams[1], streams[2], message
            assert isinstance(message, wire.Output)
            assert message.offset == len(streams[message.stream])
            streams[message.stream] += message.data

    def close(self) -> None:
        self.dealer.close()


class Worker(Peer):
    """A worker with credit. It does with a lease what a test tells it to."""

    def __init__(self, dealer: Dealer, keys: KeyPair, name: str) -> None:
        super().__init__(dealer, keys)
        self.name = name

    def drive(self) -> wire.LeaseDriver:
        return self.expect(wire.LeaseDriver)

    def chunk(self) -> wire.LeaseChunk:
        return self.expect(wire.LeaseChunk)

    def finish(self, chunk: wire.LeaseChunk, values: bytes = b"", checksum: int = -1) -> None:
        done = content(values or values_of(chunk))
        self.say(wire.ChunkDone(chunk.lease, "done", 1_000_000, 1_000_000, done, checksum=checksum))


def values_of(chunk: wire.LeaseChunk) -> bytes:
    """What a model worker answers: which items it was given."""
    items = chunk.items.data if chunk.items else b""
    return f"{chunk.start}-{chunk.stop}:".encode() + (items or b"")


def program(name: str = "census.py", **changed: Any) -> wire.Program:
    script = wire.File("/home/ann/census.py", content(b"print('hello')\n"))
    fields: dict[str, Any] = {
        "name": name,
        "script": "/home/ann/census.py",
        "argv": ["census.py"],
        "folder": "/home/ann",
        "files": [script],
        "python": "3.11.4",
    }
    return wire.Program(**{**fields, **changed})


def opened(lease: wire.Lease, region: int = 0, count: int = 4, **changed: Any) -> wire.Opened:
    """A region over a range whose items are expensive, so that each is a chunk."""
    fields: dict[str, Any] = {
        "lease": lease,
        "region": region,
        "key": f"0.{region}",
        "site": 0,
        "line": 7,
        "first": 0,
        "count": count,
        "digest": f"digest-{region}",
        "captures": content(b"captures"),
        "item_ns": 10**9,
        "range_start": 100,
        "range_step": 2,
    }
    return wire.Opened(**{**fields, **changed})


def driver_done(lease: wire.Lease, exit_code: int = 0, **changed: Any) -> wire.DriverDone:
    fields: dict[str, Any] = {
        "lease": lease,
        "verdict": "exited",
        "exit_code": exit_code,
        "files": [],
        "removed": [],
        "wall_ns": 1,
        "cpu_ns": 1,
    }
    return wire.DriverDone(**{**fields, **changed})


PLAN = b'{"sites": [{"site": 0, "line": 7, "shape": "for-loop", "source": "for x in xs:"}], "findings": []}'
