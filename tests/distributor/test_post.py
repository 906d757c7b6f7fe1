"""Which words share a batch: what hurries nobody goes with what does, on real sockets."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest
import zmq.green as zmq

from marx.distributor.post import Post
from marx.link.dealer import Dealer
from marx.link.router import Peer, Router
from marx.wire import messages as wire
from marx.wire.codec import HEAD_BYTES_MAX

LONG_S = 10.0
ENDPOINT = "inproc://post"


@pytest.fixture
def line() -> Iterator[tuple[Router, Dealer]]:
    context = zmq.Context()
    router = Router.inproc(context, ENDPOINT)
    dealer = Dealer(context, ENDPOINT, keys=None, server_key=None)
    yield router, dealer
    dealer.close()
    router.close()
    context.term()


def met(router: Router, dealer: Dealer) -> Peer:
    dealer.send(wire.Heartbeat())
    came = router.receive(LONG_S)
    assert came is not None
    return came[0]


def test_an_unhurried_word_waits_for_the_next_batch_and_comes_first_in_it(line: tuple[Router, Dealer]) -> None:
    router, dealer = line
    peer = met(router, dealer)
    post = Post(router, lambda lost: pytest.fail(f"{lost} was lost"))
    post.say_unhurried(peer, wire.Acked(1))
    post.flush()
    post.say(peer, wire.Cancelled("job"))
    post.flush()
    assert dealer.receive(LONG_S) == [wire.Acked(1), wire.Cancelled("job")]


def test_without_company_it_goes_soon(line: tuple[Router, Dealer]) -> None:
    router, dealer = line
    post = Post(router, lambda lost: pytest.fail(f"{lost} was lost"))
    peer = met(router, dealer)
    alone = gevent.spawn(post.run)
    try:
        post.say_unhurried(peer, wire.Acked(1))
        post.say_unhurried(peer, wire.Acked(2))
        assert dealer.receive(LONG_S) == [wire.Acked(1), wire.Acked(2)]
    finally:
        alone.kill()


def test_words_for_a_peer_that_is_gone_are_reported_once(line: tuple[Router, Dealer]) -> None:
    router, _ = line
    lost: list[Peer] = []
    gone = Peer(b"nobody", "ann")
    post = Post(router, lost.append)
    post.say_unhurried(gone, wire.Acked(1))
    post.flush_all()
    post.flush_all()
    assert lost == [gone]


def test_a_message_that_no_peer_would_take_is_refused_and_the_others_come(line: tuple[Router, Dealer]) -> None:
    router, dealer = line
    peer = met(router, dealer)
    post = Post(router, lambda lost: pytest.fail(f"{lost} was lost"))
    large = wire.Cancelled("x" * HEAD_BYTES_MAX)
    post.say(peer, wire.Cancelled("a"), large, wire.Cancelled("b"))
    post.flush()
    assert post.at_once(peer, large)
    assert post.offer(peer, large)
    came = []
    while len(came) < 5:
        came += dealer.receive(LONG_S) or pytest.fail("nothing came")
    refused = wire.Refused("too-large", "Cancelled is more than one message may hold", "Ask for less of it.")
    assert came == [wire.Cancelled("a"), refused, wire.Cancelled("b"), refused, refused]
