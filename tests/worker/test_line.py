"""The line by itself: a message that is too large for it is told, and costs nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest
import zmq.green as zmq

from marx.link.dealer import Dealer
from marx.link.router import Router
from marx.wire.codec import HEAD_BYTES_MAX
from marx.wire.messages import VERSION, AnyMessage, ChunkDone, Content, Heartbeat, Hello, Opened, Output, Planned
from marx.worker.line import PENDING_BYTES_MAX, Line
from tests.worker.model import chunk, driver

ENDPOINT = "inproc://line"
PATIENCE_S = 30
TOO_LARGE = Planned(driver(1, "").lease, b"x" * HEAD_BYTES_MAX)


class Told:
    """A line to a real socket, what the other side got, and what was too large."""

    def __init__(self, context: zmq.Context) -> None:
        self.router = Router.inproc(context, ENDPOINT)
        self.dealer = Dealer(context, ENDPOINT, keys=None, server_key=None)
        self.refused: list[tuple[AnyMessage, str]] = []
        self.line = Line(self.dealer, lambda message, reason: self.refused.append((message, reason)))
        self.line.greet(Hello(VERSION, "worker", "w", "3.11"), 1.0)
        self.line.welcomed()

    def heard(self, count: int) -> list[AnyMessage]:
        sender = gevent.spawn(self.line.run)
        found: list[AnyMessage] = []
        with gevent.Timeout(PATIENCE_S):
            while len(found) < count:
                received = self.router.receive(1.0)
                batch = received[1] if received else []
                assert isinstance(batch, list)
                found += [message for message in batch if not isinstance(message, Hello)]
        assert self.line.flush(PATIENCE_S)
        assert not sender.dead
        sender.kill()
        return found


@pytest.fixture
def told(context: zmq.Context) -> Iterator[Told]:
    made = Told(context)
    yield made
    made.dealer.close()
    made.router.close()


def test_what_is_too_large_is_told_and_the_rest_arrives(told: Told) -> None:
    first, last = Heartbeat([1], 0.5), Heartbeat([2], 0.5)
    told.line.post(first, TOO_LARGE, last)
    assert set(map(str, told.heard(2))) >= {str(first), str(last)}
    assert [message for message, _ in told.refused] == [TOO_LARGE]
    assert "the limit is" in told.refused[0][1]
    assert told.line.open


def test_what_programs_make_us_say_is_waited_for(told: Told) -> None:
    lease = driver(1, "").lease
    inline = Content("0" * 64, 60_000, b"x" * 60_000)
    opened = Opened(lease, 0, "0.1", 0, 1, 0, 4, "d", inline, 1, 0, 1)
    for bulky in (opened, Planned(lease, b"x" * 60_000), Output("j", 1, 0, b"x" * 60_000, lease)):
        told.line.post(*[bulky] * (PENDING_BYTES_MAX // 60_000 + 1))
        waiting = gevent.spawn(told.line.wait_for_room)
        gevent.sleep(0)
        assert not waiting.dead
        told.line.greet(Hello(VERSION, "worker", "w", "3.11"), 1.0)  # forgets what waits
        told.line.welcomed()
        waiting.join(PATIENCE_S)
        assert waiting.dead


def test_small_talk_is_not_waited_for(told: Told) -> None:
    done = ChunkDone(chunk(1).lease, "failed", 1, 1, reason="x" * 4096)
    told.line.post(*[done] * 3000)
    waiting = gevent.spawn(told.line.wait_for_room)
    gevent.sleep(0)
    assert waiting.successful()
