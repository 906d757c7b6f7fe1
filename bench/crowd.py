"""Many workers or taskers in one process, for load.py: light greenlets with the real protocol that compute nothing.

    python bench/crowd.py workers ADDRESS COUNT PREFIX [--drives ITEMS]
    python bench/crowd.py taskers ADDRESS COUNT PREFIX

At most a hundred a process: `select`, by which a line waits for room, knows 1024 descriptors. Prints one line of JSON
when all are welcomed, and one for each line that it reads from standard input: the figures since the last one. Such a
line says how many seconds each chunk takes from then on.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from dataclasses import dataclass, field

import gevent
import zmq.green as zmq
from gevent.lock import Semaphore
from gevent.queue import Queue

from marx.link.dealer import Dealer
from marx.link.errors import LinkError
from marx.link.keys import new_keys
from marx.wire import messages as wire
from marx.wire.address import Address, parse
from marx.wire.codec import content

CREDIT = 3
"""One slot and two chunks ahead, as a real worker of one slot says it."""
BEAT_S = 2.0
HELLO_S = 120.0
KNOCK_AT_A_TIME = 64
ASK_EVERY_S = 1.0
CHUNK_S = 0.5
"""What a chunk takes until another time is told: what the scheduler aims at."""
SAID_NS_MIN = 1_000_000
"""What an item is said to have taken at least: the scheduler would cut larger chunks than of one item otherwise."""
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}.0"
VALUES = content(b"eight by")


@dataclass(slots=True)
class Figures:
    """What the crowd did since the last line."""

    welcomed: int = 0
    chunks: int = 0
    acked: int = 0
    driven: int = 0
    answers_s: list[float] = field(default_factory=list)

    def take(self) -> dict[str, object]:
        taken = {"welcomed": self.welcomed, "chunks": self.chunks, "acked": self.acked, "driven": self.driven}
        answers, self.answers_s = sorted(self.answers_s), []
        self.chunks = self.acked = 0
        return {**taken, "answers_s": answers}


@dataclass(slots=True)
class Slot:
    """One worker's chunks, in the order of their coming. `seen`: the latest lease."""

    dealer: Dealer
    held: Queue[wire.Lease] = field(default_factory=Queue)
    seen: int = 0


class Crowd:
    """All connections of this process. Few knock at a time, as a lab does that is spread by chance."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.figures = Figures()
        self.chunk_s = CHUNK_S
        self._context = zmq.Context()
        self._context.set(zmq.MAX_SOCKETS, 60_000)
        self._door = Semaphore(KNOCK_AT_A_TIME)

    def line(self, hello: wire.Hello) -> Dealer:
        """A welcomed connection with a key of its own."""
        dealer = Dealer(self._context, self.address.endpoint, keys=new_keys(), server_key=self.address.server_key)
        with self._door:
            while True:
                with contextlib.suppress(LinkError):
                    dealer.hello(hello, HELLO_S)
                    self.figures.welcomed += 1
                    return dealer

    # --- workers ------------------------------------------------------------------------------------------------------

    def worker(self, name: str, drives: int) -> None:
        """Answers each chunk at once. The one that drives opens one region of so many items."""
        seats = 1 if drives else 0
        dealer = self.line(wire.Hello(wire.VERSION, "worker", name, PYTHON, self.address.join, 1, seats, 1))
        dealer.send(wire.Ready(CREDIT, seats, 0))
        beat_s = time.monotonic()
        driver: wire.Lease | None = None
        slot = Slot(dealer)
        gevent.spawn(self.compute, slot).link_exception(lambda _: os._exit(1))
        while True:
            for message in dealer.receive(BEAT_S):
                match message:
                    case wire.LeaseChunk(lease=lease):
                        slot.seen = lease.number
                        slot.held.put(lease)
                    case wire.LeaseDriver(lease=lease):
                        driver = lease
                        dealer.send(_region(lease, drives))
                    case wire.Values(start=start, stop=stop):
                        self.figures.driven += stop - start
                        if driver is not None and self.figures.driven == drives:
                            dealer.send(wire.Closed(driver, 0, drives, 0), _end(driver))
                    case wire.Acked():
                        self.figures.acked += 1
                    case _:
                        pass
            if time.monotonic() - beat_s > BEAT_S:
                beat_s = time.monotonic()
                waiting = [lease.number for lease in slot.held.queue]
                dealer.send(wire.Heartbeat([*waiting, *([driver.number] if driver else [])]))

    def compute(self, slot: Slot) -> None:
        """One chunk after the other, each as long as all are told to take."""
        while True:
            lease = slot.held.get()
            if self.chunk_s:
                gevent.sleep(self.chunk_s)
            said_ns = max(SAID_NS_MIN * (lease.stop - lease.start), int(self.chunk_s * 1e9))
            done = wire.ChunkDone(lease, "done", said_ns, 1, VALUES)
            slot.dealer.send(done, wire.Ready(CREDIT - slot.held.qsize(), 0, slot.seen))
            self.figures.chunks += 1

    # --- taskers ------------------------------------------------------------------------------------------------------

    def tasker(self, name: str, number: int) -> None:
        """Asks for its jobs again and again, and notes how long the answer takes."""
        dealer = self.line(wire.Hello(wire.VERSION, "tasker", name, PYTHON, self.address.join))
        while True:
            asked_s = time.monotonic()
            dealer.send(wire.ListWorkers() if number % 20 == 0 else wire.ListJobs())
            while not any(isinstance(message, wire.Jobs | wire.Workers) for message in dealer.receive(None)):
                pass
            self.figures.answers_s.append(time.monotonic() - asked_s)
            gevent.sleep(ASK_EVERY_S)


def _region(lease: wire.Lease, items: int) -> wire.Opened:
    return wire.Opened(
        lease=lease,
        region=0,
        key="0.0",
        site=0,
        line=1,
        first=0,
        count=items,
        digest="load",
        captures=content(b"captures"),
        item_ns=1_000_000_000,
        range_start=0,
        range_step=1,
    )


def _end(lease: wire.Lease) -> wire.DriverDone:
    return wire.DriverDone(lease, "exited", 0, [], [], 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("role", choices=["workers", "taskers"])
    parser.add_argument("address")
    parser.add_argument("count", type=int)
    parser.add_argument("prefix")
    parser.add_argument("--drives", type=int, default=0, help="items of the region that the first worker opens")
    options = parser.parse_args()
    crowd = Crowd(parse(options.address))
    for number in range(options.count):
        name = f"{options.prefix}{number}"
        if options.role == "workers":
            greenlet = gevent.spawn(crowd.worker, name, options.drives if number == 0 else 0)
        else:
            greenlet = gevent.spawn(crowd.tasker, name, number)
        greenlet.link_exception(lambda _: os._exit(1))
    while crowd.figures.welcomed < options.count:
        gevent.sleep(0.05)
    pool = gevent.get_hub().threadpool
    while True:
        print(json.dumps(crowd.figures.take()), flush=True)
        line = pool.apply(sys.stdin.readline)
        if not line:
            return
        crowd.chunk_s = float(line)


if __name__ == "__main__":
    main()
