"""A distributor that a test plays by hand: it welcomes, moves blobs, and keeps what else its one worker says."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import gevent
from gevent.queue import Empty, Queue
from msgspec.structs import replace

from marx.journal.blobs import BlobStore
from marx.link.fetching import Serve
from marx.link.router import Peer, Router
from marx.link.uploading import Receive
from marx.wire.codec import content
from marx.wire.messages import (
    VERSION,
    AnyMessage,
    BlobPart,
    BlobWanted,
    ChunkDone,
    Content,
    DriverDone,
    File,
    Heartbeat,
    Hello,
    Lease,
    LeaseChunk,
    LeaseDriver,
    Output,
    Program,
    Ready,
    Refused,
    Welcome,
)

PATIENCE_S = 60.0
T = TypeVar("T")


class Model:
    """It sends no heartbeats. `answer` is its answer to Hello, `before_answer` what was on its way already; with
    `refuses` it takes no blobs."""

    def __init__(self, router: Router, folder: Path) -> None:
        self.router = router
        self.blobs = BlobStore(folder, durable=False)
        self.answer: Welcome | Refused = Welcome(VERSION, heartbeat_ms=50, lease_ms=60_000)
        self.before_answer: list[AnyMessage] = []
        self.refuses: Refused | None = None
        self.peer: Peer | None = None
        self.hellos: Queue[Hello] = Queue()
        self.beats: Queue[Heartbeat] = Queue()
        self.credit: Queue[Ready] = Queue()
        self.said: Queue[AnyMessage] = Queue()
        self.everything: list[AnyMessage] = []
        self._receive = Receive(self.blobs)
        self._greenlet = gevent.spawn(self._listen)

    def close(self) -> None:
        self._greenlet.kill()
        self.router.close()

    def say(self, *messages: AnyMessage) -> None:
        assert self.peer is not None
        assert self.router.send(self.peer, *messages)

    def next(self, kind: type[T]) -> T:
        """The next message of that kind; what else comes meanwhile is dropped."""
        with gevent.Timeout(PATIENCE_S, AssertionError(f"no {kind} came; there were {self.everything[-8:]}")):
            while True:
                message = self.said.get()
                if isinstance(message, kind):
                    return message

    def outcomes(self, count: int) -> dict[int, ChunkDone | DriverDone]:
        """The next outcomes, in whatever order they come, by the number of their lease."""
        came: dict[int, ChunkDone | DriverDone] = {}
        while len(came) < count:
            message = self.next(object)
            if isinstance(message, ChunkDone | DriverDone):
                came[message.lease.number] = message
        return came

    def output(self, stream: int) -> bytes:
        """All output so far, from the latest beginning on; asserts that it has no gap."""
        data = b""
        for message in self.everything:
            if isinstance(message, Output) and message.stream == stream:
                assert message.offset in (0, len(data))
                data = data[: message.offset] + message.data
        return data

    def silent(self, kind: type[AnyMessage]) -> bool:
        """Whether nothing of that kind waits."""
        return not any(isinstance(message, kind) for message in list(self.said.queue))

    def _listen(self) -> None:
        while True:
            came = self.router.receive()
            assert came is not None
            self.peer, batch = came
            assert isinstance(batch, list), batch
            for message in batch:
                self._take(self.peer, message)

    def _take(self, peer: Peer, message: AnyMessage) -> None:
        match message:
            case Hello():
                self.hellos.put(message)
                self.router.send(peer, *self.before_answer, self.answer)
            case BlobPart() if self.refuses is not None:
                self.router.send(peer, replace(self.refuses, about=message.hash))
            case BlobPart():
                self.router.send(peer, self._receive.handle(message))
            case BlobWanted():
                self.router.send(peer, *Serve(self.blobs).handle(message))
            case Heartbeat():
                self.beats.put(message)
            case Ready():
                self.credit.put(message)
            case _:
                self.everything.append(message)
                self.said.put(message)


def last(queue: Queue[Ready]) -> Ready:
    """The newest of what waits, or the next."""
    newest: Ready = queue.get(timeout=PATIENCE_S)
    while True:
        try:
            newest = queue.get_nowait()
        except Empty:
            return newest


def program(
    script: str, *, files: dict[str, Content] | None = None, environment: dict[str, str] | None = None
) -> Program:
    """A program at /home/user/work/program.py."""
    folder = "/home/user/work"
    texts = {f"{folder}/program.py": content(script.encode())} | (files or {})
    return Program(
        name="program",
        script=f"{folder}/program.py",
        argv=[f"{folder}/program.py"],
        folder=folder,
        files=[File(path, one) for path, one in texts.items()],
        python="3.11",
        environment=environment or {},
    )


def chunk(
    number: int,
    source: str = "",
    *,
    job: str = "job",
    region: int = 0,
    items: Content | None = None,
    timeout_ms: int = 0,
    brings: Program | None = None,
) -> LeaseChunk:
    """A lease of items `number`*10 and the nine after. `source` defines `compute`, "" refers to an earlier chunk's."""
    start, stop = number * 10, number * 10 + 10
    return LeaseChunk(
        lease=Lease(number, job, region, chunk=number, attempt=1, start=start, stop=stop),
        site=0,
        start=start,
        stop=stop,
        range_start=0,
        range_step=1,
        timeout_ms=timeout_ms,
        items=items,
        program=brings if brings is not None else program("") if source else None,
        captures=content(source.encode()) if source else None,
    )


def driver(number: int, script: str, *, job: str = "job", files: dict[str, Content] | None = None) -> LeaseDriver:
    return LeaseDriver(Lease(number, job, region=-1, chunk=-1, attempt=1), program(script, files=files), slots=2)
