"""What a peer that does not read makes the router hold: a few megabytes of bulk, however much it is offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import gevent
import pytest
import zmq.green as zmq

from marx.link.dealer import Dealer
from marx.link.keys import new_keys
from marx.link.router import Peer, Router
from marx.link.underway import Underway
from marx.wire.messages import PART_BYTES, BlobPart, Heartbeat
from tests.sockets import router_at

PATIENCE_S = 30.0
HASH = "a" * 64


@dataclass
class Mark:
    done: bool = False


@dataclass
class Frame:
    """As zmq.Frame: bytes, and whether ZeroMQ is done with them."""

    size: int
    tracker: Mark

    def __len__(self) -> int:
        return self.size


def frames(count: int, size: int = 10) -> list[Frame]:
    return [Frame(size, Mark()) for _ in range(count)]


def test_room_is_used_up_and_comes_back_as_bytes_leave() -> None:
    underway = Underway(of_one_max=30, of_all_max=1_000)
    sent = frames(3)
    for frame in sent:
        assert underway.has_room(b"a")
        underway.add(b"a", [frame])
    assert not underway.has_room(b"a")
    assert underway.has_room(b"b")
    sent[0].tracker.done = True
    assert underway.has_room(b"a")
    for frame in sent:
        frame.tracker.done = True
    assert underway.has_room(b"a")
    assert underway.total == 0


def test_many_slow_peers_share_one_limit_and_each_may_have_one_batch() -> None:
    underway = Underway(of_one_max=100, of_all_max=40)
    rows = {bytes([n]): frames(1) for n in range(10)}
    for peer, sent in rows.items():
        assert underway.has_room(peer)
        underway.add(peer, sent)
    assert not any(underway.has_room(peer) for peer in rows)
    # Those of others that have left are noticed when somebody asks.
    for sent in list(rows.values())[:7]:
        sent[0].tracker.done = True
    assert underway.has_room(bytes([9]))


@pytest.fixture
def pair() -> Iterator[tuple[Router, Dealer]]:
    context = zmq.Context()
    keys = new_keys()
    router = router_at(context, 0, keys)
    dealer = Dealer(context, f"tcp://127.0.0.1:{router.port}", keys=new_keys(), server_key=keys.public)
    yield router, dealer
    dealer.close()
    router.close()
    context.destroy(linger=0)


def offered(router: Router, peer: Peer, count: int) -> int:
    return sum(router.offer(peer, BlobPart(HASH, 0, PART_BYTES, bytes(PART_BYTES))) for _ in range(count))


def test_a_real_peer_that_reads_late_gets_all_of_it_in_time(pair: tuple[Router, Dealer]) -> None:
    router, dealer = pair
    assert dealer.send(Heartbeat(), timeout_s=PATIENCE_S)
    received = router.receive(PATIENCE_S)
    assert received is not None
    peer = received[0]
    # What leaves goes into the kernel's buffers until these are full too; then not a part more is taken.
    taken = 0
    while more := offered(router, peer, 200):
        taken += more
        gevent.sleep(0.05)
    held = router.underway.total
    assert PART_BYTES < held <= router.underway.of_one_max + PART_BYTES
    assert router.send(peer, Heartbeat())
    arrived: list[object] = []
    with gevent.Timeout(PATIENCE_S):
        while len(arrived) < taken + 1:
            arrived += dealer.receive(PATIENCE_S)
        while router.underway.total:
            router.underway.look_at_all()
            gevent.sleep(0.01)
    assert router.offer(peer, Heartbeat())
