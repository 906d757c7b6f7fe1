"""Dealer and Router over real sockets: messages in order, and losses that are noticed."""

from __future__ import annotations

import time

import gevent
import pytest
import zmq.green as zmq

from marx.link import options
from marx.link.dealer import Dealer
from marx.link.keys import new_keys
from marx.link.router import Router
from marx.wire.codec import HEAD_BYTES_MAX, TooLarge, content_hash, pack
from marx.wire.messages import (
    PART_BYTES,
    Acked,
    BlobPart,
    Cancel,
    Cancelled,
    Lease,
    Planned,
)
from tests.link.meeting import HELLO, LONG_S, SHORT_S, WELCOME, Lab, closed_port, welcoming

# --- talking ---------------------------------------------------------------------------------------------------------


def test_messages_go_both_ways_in_order_and_the_peer_is_its_key(lab: Lab) -> None:
    router = lab.router()
    came = lab.serve(router, welcoming)
    keys = new_keys()
    dealer = lab.dealer(router, keys)
    assert dealer.hello(HELLO, LONG_S) == WELCOME
    for number in range(20):
        assert dealer.send(Cancel(str(number)))
    answers = [message for _ in range(20) for message in dealer.receive(LONG_S)]
    assert answers == [Cancelled(str(number)) for number in range(20)]
    assert {peer.user for peer, _ in came} == {keys.public.hex()}


def test_two_connections_of_one_key_are_two_peers_of_one_user(lab: Lab) -> None:
    router = lab.router()
    came = lab.serve(router, welcoming)
    keys = new_keys()
    for _ in range(2):
        lab.dealer(router, keys).hello(HELLO, LONG_S)
    (one, _), (two, _) = came
    assert one.user == two.user
    assert one.identity != two.identity


def test_large_parts_pass_as_they_are(lab: Lab) -> None:
    router = lab.router()
    part = BlobPart(content_hash(b""), 0, 10 * PART_BYTES, b"\0\xff" * (PART_BYTES // 2))
    lab.serve(router, lambda message: part if isinstance(message, Cancel) else welcoming(message))
    dealer = lab.dealer(router)
    dealer.hello(HELLO, LONG_S)
    dealer.send(Cancel("x"))
    assert dealer.receive(LONG_S) == [part]


def test_the_largest_batch_passes_and_a_larger_one_is_not_sent(lab: Lab) -> None:
    router = lab.router()
    largest = Planned(Lease(1, "j", -1, -1, 1), b"x" * (HEAD_BYTES_MAX - 200))
    lab.serve(router, lambda message: largest if isinstance(message, Cancel) else welcoming(message))
    dealer = lab.dealer(router)
    dealer.hello(HELLO, LONG_S)
    dealer.send(Cancel("x"))
    assert dealer.receive(LONG_S) == [largest]
    with pytest.raises(TooLarge):
        dealer.send(Planned(largest.lease, b"x" * HEAD_BYTES_MAX))


def test_inside_one_process_there_are_no_keys(lab: Lab) -> None:
    router = lab.closed_later(Router.inproc(lab.inside, "inproc://marx"))
    came = lab.serve(router, welcoming)
    dealer = lab.closed_later(Dealer(lab.inside, "inproc://marx", keys=None, server_key=None))
    assert dealer.hello(HELLO, LONG_S) == WELCOME
    assert came[0][0].user == "embedded"
    assert not dealer.reconnected


def test_nothing_comes_when_nothing_was_sent(lab: Lab) -> None:
    router = lab.router()
    assert router.receive(timeout_s=0.01) is None
    assert lab.dealer(router).receive(timeout_s=0.01) == []


# --- losses ----------------------------------------------------------------------------------------------------------


def test_after_a_loss_nothing_goes_out_before_a_hello(lab: Lab) -> None:
    router = lab.router()
    lab.serve(router, welcoming)
    dealer = lab.dealer(router)
    dealer.hello(HELLO, LONG_S)
    assert not dealer.reconnected
    router.close()
    with gevent.Timeout(LONG_S):
        while not dealer.reconnected:
            gevent.sleep(0)
    assert not dealer.send(Cancel("said too late"))

    again = lab.router(router.port)
    came = lab.serve(again, welcoming)
    assert not dealer.send(Cancel("said too early"))
    assert dealer.hello(HELLO, LONG_S) == WELCOME
    assert not dealer.reconnected
    assert dealer.send(Cancel("in turn"))
    assert dealer.receive(LONG_S) == [Cancelled("in turn")]
    assert [message for _, message in came] == [HELLO, Cancel("in turn")]


def test_a_send_that_waits_for_a_connection_ends_in_time(lab: Lab) -> None:
    with closed_port() as port:
        endpoint = f"tcp://127.0.0.1:{port}"
        dealer = lab.closed_later(Dealer(lab.outside, endpoint, keys=new_keys(), server_key=lab.server_keys.public))
        assert not dealer.send(Cancel("x"), timeout_s=SHORT_S)


def test_who_waits_is_woken_also_where_sending_took_in_the_signal(lab: Lab) -> None:
    router = lab.router()
    dealer = lab.dealer(router)
    dealer.send(HELLO)
    got = router.receive(LONG_S)
    assert got is not None
    # pyzmq itself looks again after 11 seconds.
    waiting = gevent.spawn(router.receive, LONG_S / 4)
    gevent.sleep(0)
    dealer.send(Cancel("while others are spoken to"))
    # Nobody else runs meanwhile: ZeroMQ's word that something has come is read by one of these sends.
    began_s = time.monotonic()
    while time.monotonic() - began_s < SHORT_S:
        router.send(got[0], Acked(1))
    came = waiting.get()
    assert came is not None
    assert came[1] == [Cancel("while others are spoken to")]


def test_a_peer_that_is_gone_makes_send_say_so(lab: Lab) -> None:
    router = lab.router()
    dealer = lab.dealer(router)
    dealer.send(HELLO)
    got = router.receive(LONG_S)
    assert got is not None
    peer, _ = got
    assert router.send(peer, WELCOME)
    dealer.close()
    with gevent.Timeout(LONG_S):
        while router.send(peer, WELCOME):
            gevent.sleep(0)
    assert router.unsent == {peer.user: 1}


def test_a_peer_that_reads_nothing_does_not_hold_up_the_distributor(lab: Lab) -> None:
    """A raw socket stands for a stopped tasker: its buffers fill, then `send` says False instead of waiting."""
    router = lab.closed_later(Router.inproc(lab.inside, "inproc://marx"))
    stopped = lab.inside.socket(zmq.DEALER)
    lab.closed_later(stopped)
    stopped.connect("inproc://marx")
    stopped.send_multipart(pack([HELLO]))
    got = router.receive(LONG_S)
    assert got is not None
    peer, _ = got
    sent = sum(1 for _ in iter(lambda: router.send(peer, Acked(1)), False))
    assert options.WAITING_BATCHES <= sent <= 4 * options.WAITING_BATCHES
    assert router.unsent == {"embedded": 1}
