"""What an executor says to a distributor that is played by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import gevent
import pytest
import zmq.green as zmq

from marx.calls.conversation import RETRY_S, Conversation
from marx.calls.ending import Ender
from marx.calls.functions import Functions, Packing
from marx.calls.session import Call
from marx.journal.blobs import BlobStore
from marx.link.dealer import Dealer
from marx.link.router import Router
from marx.link.uploading import Receive
from marx.wire import messages as wire

ENDPOINT = "inproc://full"
TRIES = 3


class Full:
    """A distributor whose disk takes a blob only at the third try; `tries_s` says when each came."""

    def __init__(self, router: Router, folder: Path) -> None:
        self.router = router
        self.tries_s: list[float] = []
        self.blobs = BlobStore(folder, durable=False)
        self._receive = Receive(self.blobs)
        self.listening = gevent.spawn(self._listen)

    def _listen(self) -> None:
        while True:
            came = self.router.receive()
            assert came is not None
            peer, batch = came
            assert isinstance(batch, list), batch
            for message in batch:
                self.router.send(peer, *self._answers(message))

    def _answers(self, message: wire.AnyMessage) -> list[wire.AnyMessage]:
        match message:
            case wire.Hello():
                return [wire.Welcome(wire.VERSION, 1_000, 10_000)]
            case wire.Submit():
                return [wire.Submitted(message.ticket, "job")]
            case wire.Calls():
                lacks = message.items.data is None and not self.blobs.has(message.items.hash)
                return [wire.Needs("job", [message.items.hash])] if lacks else []
            case wire.BlobPart(offset=0):
                self.tries_s.append(time.monotonic())
                if len(self.tries_s) < TRIES:
                    return [wire.Refused("full", "its disk is full", about=message.hash)]
                return [self._receive.handle(message)]
            case wire.BlobPart():
                return [self._receive.handle(message)]
            case _:
                return []


@pytest.fixture
def context() -> Iterator[zmq.Context]:
    made = zmq.Context()
    yield made
    made.destroy(linger=0)


def test_what_a_full_distributor_does_not_take_is_offered_again_after_growing_pauses(
    context: zmq.Context, tmp_path: Path
) -> None:
    full = Full(Router.inproc(context, ENDPOINT), tmp_path)
    dealer = Dealer(context, ENDPOINT, keys=None, server_key=None)
    hello = wire.Hello(wire.VERSION, "tasker", "caller", "3.11.7")
    functions = Functions(Packing(), time.monotonic)
    nothing = lambda: None  # noqa: E731
    talk = Conversation(dealer, hello, functions, Ender(opens_pickles=False), news=nothing, counted=nothing)
    talk.greet()
    large = bytes(wire.PART_BYTES) + b"and a second part"
    functions.add(len, Call(Future(), large), time.monotonic())
    with gevent.Timeout(30):
        while not list(full.blobs.hashes()):
            talk.flush()
            talk.listen()
    first, second, third = full.tries_s
    assert second - first >= 0.5 * RETRY_S
    assert third - second >= 0.5 * 2 * RETRY_S
    full.listening.kill()
    dealer.close()
    full.router.close()
