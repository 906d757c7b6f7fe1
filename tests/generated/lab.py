"""What stands between a driver and its chunk runners: a lab whose every decision is drawn from a seed.

The driver and the chunk runners are the real ones and speak the jail's protocol over socket pairs; only the sandbox is
missing. When a region opens, how it is cut, who runs what and which outcome comes when is chance, and so are the
accidents: chunk runners that are lost, chunks that nobody can run, outcomes that come twice."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import random
import select
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from marx.inside import decide, entry, link, messages, passage
from marx.worker.hearing import hear
from tests.generated import graph
from tests.generated.forks import SECONDS_MAX, fork

OPENINGS_MAX = 20
"""So many times the rigged pilot says "go" in one program: small loops in much-called functions would open for ever."""
SLOTS = 2
CUTS_MAX = 200
"""So many chunks of one item a region gets at most."""


@dataclass(slots=True)
class Opening:
    """What became of one opened region."""

    line: int
    first: int
    count: int
    chunks: int = 0
    used: int = 0
    in_place: int = 0
    reasons: list[str] = field(default_factory=list)


class _Channel:
    """Frames over a socket: a length, then a message."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def fileno(self) -> int:
        return self.link.fileno()

    def _read(self, count: int) -> bytes | None:
        data = bytearray()
        while len(data) < count:
            part = self.link.recv(count - len(data))
            if not part:
                return None
            data += part
        return bytes(data)

    def receive(self) -> bytes | None:
        head = self._read(4)
        return None if head is None else self._read(struct.unpack("<I", head)[0])

    def send(self, body: bytes) -> None:
        self.link.sendall(struct.pack("<I", len(body)) + body)


class _Open(_Channel):
    """One that reads while it waits to write: whoever is at the other end may be writing, too."""

    def __init__(self, link: socket.socket) -> None:
        super().__init__(link)
        self.early = bytearray()

    def _read(self, count: int) -> bytes | None:
        taken, self.early = bytes(self.early[:count]), self.early[count:]
        if len(taken) == count:
            return taken
        rest = super()._read(count - len(taken))
        return None if rest is None else taken + rest

    def send(self, body: bytes) -> None:
        left = memoryview(struct.pack("<I", len(body)) + body)
        while left:
            _, writable, _ = select.select([self.link], [self.link], [])
            if writable:
                left = left[self.link.send(left, socket.MSG_DONTWAIT) :]
            else:
                part = self.link.recv(1 << 20)
                if not part:
                    raise ConnectionResetError
                self.early += part


class _Pilot:
    """Decides in the place of `decide.judge`: a region opens after one item or a few, whatever they cost."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.openings = 0

    def judge(self, *_: object) -> str:
        draw = self.chance.random()
        if self.openings >= OPENINGS_MAX or draw < 0.02:
            return "stay"
        if draw < 0.15:
            return "more"
        self.openings += 1
        return "go"


@dataclass(slots=True)
class _Runner:
    """A chunk runner and the regions that it has the captures of."""

    pid: int
    channel: _Channel
    regions: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Chunk:
    opened: messages.Opened
    start: int
    stop: int


class Lab:
    """What stands between a driver and its chunk runners. `trouble` says what should never happen."""

    def __init__(self, script: Path, chance: random.Random) -> None:
        self.script = script
        self.chance = chance
        self.openings: list[Opening] = []
        self.trouble = ""
        ours, theirs = socket.socketpair()
        self.driver = _Open(ours)
        self._theirs = theirs
        self._crew: list[_Runner | None] = [None] * chance.choice((1, 1, 2))
        self._waiting: list[_Chunk] = []
        self._late = chance.random() < 0.3
        self._pilot = _Pilot(random.Random(chance.random()))

    def driver_child(self, left: int) -> int:
        setattr(passage, "judge", self._pilot.judge)  # noqa: B010 - the name is imported there
        setattr(link, "is_too_dear", lambda *_, **__: False)  # noqa: B010
        decide.IMPATIENT_NS, decide.CARRY_SHARE_MAX = 0, float("inf")
        decide.START_NS = decide.ITEM_NS_MIN = decide.LIGHT_NS = 0
        atexit._clear()
        status = entry.main(_Channel(self._theirs))
        atexit._run_exitfuncs()
        with open(left, "wb", closefd=False) as file:
            file.write(graph.write_down(sys.modules["__main__"].__dict__))
        return status

    def begin(self, role: str) -> bytes:
        script = str(self.script)
        return messages.encode(messages.Begin(role, script, [script], str(self.script.parent), True, SLOTS))

    def serve(self) -> None:
        """Answers the driver until it ends. Outcomes come when the driver has nothing to say."""
        self._theirs.close()
        deadline = time.monotonic() + SECONDS_MAX
        with contextlib.suppress(ConnectionError):
            self.driver.send(self.begin("driver"))
            while (left := deadline - time.monotonic()) > 0:
                patience = (0.002 if self._late else 0.0) if self._waiting else left
                if self.driver.early or select.select([self.driver], [], [], patience)[0]:
                    body = self.driver.receive()
                    if body is None:
                        return
                    self._take(hear(body))
                elif self._waiting:
                    self._deliver(self._waiting.pop())

    def close(self) -> None:
        self.driver.link.close()
        for place in range(len(self._crew)):
            self._lose(place)

    def _take(self, message: messages.FromJail) -> None:
        match message:
            case messages.Opened():
                self.openings.append(Opening(message.line, message.first, message.count))
                self._waiting += self._cut(message)
                self.chance.shuffle(self._waiting)
            case messages.Closed():
                self.openings[message.region].used = message.used
                self.openings[message.region].in_place = message.in_place
                if self.chance.random() < 0.8:
                    self._waiting = [c for c in self._waiting if c.opened.region != message.region]
            case messages.Planned():
                failed = [f.message for f in message.findings if f.message.startswith("the analysis failed")]
                self.trouble = self.trouble or "".join(failed[:1])
            case _:
                pass

    def _cut(self, opened: messages.Opened) -> list[_Chunk]:
        """Chunks of one item, all in one, halves, or anything."""
        first, count = opened.first, opened.count
        inner = range(first + 1, count)
        draw = self.chance.random()
        if draw < 0.15:
            cuts = list(inner[:CUTS_MAX])
        elif draw < 0.2:
            cuts = []
        elif draw < 0.45:
            cuts = [(first + count) // 2]
        else:
            cuts = sorted(self.chance.sample(inner, min(len(inner), self.chance.randint(1, 4))))
        edges = [first, *cuts, count]
        return [_Chunk(opened, a, b) for a, b in itertools.pairwise(edges) if a < b]

    def _deliver(self, chunk: _Chunk) -> None:
        number, start, stop = chunk.opened.region, chunk.start, chunk.stop
        if self.chance.random() < 0.06:
            self.driver.send(messages.encode(messages.Unavailable(number, start, stop, "lost")))
            return
        ran = self._run(chunk)
        if ran is None:
            self.trouble = self.trouble or "a chunk runner died"
            self.driver.send(messages.encode(messages.Unavailable(number, start, stop, "killed")))
            return
        opening = self.openings[number]
        opening.chunks += ran.unavailable < stop - start
        if ran.reason:
            opening.reasons.append(ran.reason)
        values = messages.encode(messages.Values(number, start, stop, ran.values))
        for _ in range(1 + (self.chance.random() < 0.1)):
            self.driver.send(values)

    # --- chunk runners ----------------------------------------------------------------------------------------------

    def _run(self, chunk: _Chunk) -> messages.Ran | None:
        place = self.chance.randrange(len(self._crew))
        if self.chance.random() < 0.05:
            self._lose(place)
        runner = self._crew[place] or self._start(place)
        opened = chunk.opened
        try:
            if opened.region not in runner.regions:
                runner.regions.add(opened.region)
                captures = messages.Captures(opened.region, opened.site, opened.captures)
                runner.channel.send(messages.encode(captures))
            runner.channel.send(messages.encode(_order(chunk)))
            body = runner.channel.receive() if select.select([runner.channel], [], [], SECONDS_MAX)[0] else None
        except ConnectionError:
            body = None
        if body is None:
            self._lose(place)
            return None
        ran = hear(body)
        assert isinstance(ran, messages.Ran)
        return ran

    def _start(self, place: int) -> _Runner:
        ours, theirs = socket.socketpair()

        def body() -> int:
            os.chdir(self.script.parent)
            for other in (ours, self.driver.link):
                other.close()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            return entry.main(_Channel(theirs))

        runner = _Runner(fork(body), _Channel(ours))
        theirs.close()
        runner.channel.send(self.begin("chunk"))
        self._crew[place] = runner
        return runner

    def _lose(self, place: int) -> None:
        runner, self._crew[place] = self._crew[place], None
        if runner is not None:
            os.kill(runner.pid, signal.SIGKILL)
            os.waitpid(runner.pid, 0)
            runner.channel.link.close()


def _order(chunk: _Chunk) -> messages.Run:
    opened, start, stop = chunk.opened, chunk.start, chunk.stop
    offsets, data = b"", b""
    if opened.offsets:
        edges = memoryview(opened.offsets).cast("Q")[start : stop + 1].tolist()
        offsets = struct.pack(f"<{len(edges)}Q", *(edge - edges[0] for edge in edges))
        data = opened.data[edges[0] : edges[-1]]
    return messages.Run(opened.region, start, stop, opened.range_start, opened.range_step, offsets, data)
