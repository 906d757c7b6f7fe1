"""A router and dealers over real sockets, closed in the order that ZeroMQ wants."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import gevent
import zmq.green as zmq

from marx.link.dealer import Dealer
from marx.link.keys import KeyPair, new_keys
from marx.link.router import Peer, Router
from marx.wire.codec import BadMessage
from marx.wire.messages import (
    VERSION,
    AnyMessage,
    Cancel,
    Cancelled,
    Hello,
    Welcome,
)
from tests.sockets import router_at

LONG_S = 20.0
"""For what must come: only a failing test waits so long."""
SHORT_S = 0.3
"""For what must not come."""
HELLO = Hello(VERSION, "worker", "lab-07", "3.11")
WELCOME = Welcome(VERSION, 1_000, 15_000)


Closable = TypeVar("Closable", Router, Dealer, Any)


class Lab:
    """Closes what a test opened, in the order that ZeroMQ wants."""

    def __init__(self) -> None:
        self.inside = zmq.Context()
        self.outside = zmq.Context()
        self.server_keys = new_keys()
        self._closing: list[Callable[[], object]] = []

    def router(self, port: int = 0) -> Router:
        return self.closed_later(router_at(self.inside, port, self.server_keys))

    def dealer(self, router: Router, keys: KeyPair | None = None, server_key: bytes | None = None) -> Dealer:
        server_key = server_key or self.server_keys.public
        endpoint = f"tcp://127.0.0.1:{router.port}"
        return self.closed_later(Dealer(self.outside, endpoint, keys=keys or new_keys(), server_key=server_key))

    def socket(self, kind: int) -> Any:
        raw = self.outside.socket(kind)
        raw.linger = 0
        return self.closed_later(raw)

    def serve(self, router: Router, answer: Callable[[AnyMessage], AnyMessage | None]) -> list[tuple[Peer, AnyMessage]]:
        """A model of a distributor: answers message by message, and tells what came."""
        came: list[tuple[Peer, AnyMessage]] = []

        def run() -> None:
            while True:
                got = router.receive()
                assert got is not None
                peer, messages = got
                assert not isinstance(messages, BadMessage)
                for message in messages:
                    came.append((peer, message))
                    if reply := answer(message):
                        router.send(peer, reply)

        greenlet = gevent.spawn(run)
        self._closing.append(greenlet.kill)
        return came

    def closed_later(self, thing: Closable) -> Closable:
        self._closing.append(thing.close)
        return thing

    def close(self) -> None:
        for close in reversed(self._closing):
            close()
        self._closing.clear()
        self.outside.destroy(linger=0)
        self.inside.destroy(linger=0)


def welcoming(message: AnyMessage) -> AnyMessage | None:
    match message:
        case Hello():
            return WELCOME
        case Cancel(job=job):
            return Cancelled(job)
        case _:
            return None


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that is ours and where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
