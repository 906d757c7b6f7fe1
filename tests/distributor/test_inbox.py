"""Whose batch is handled next: stories with two taskers among many workers, and one on real sockets."""

from __future__ import annotations

from itertools import count

import zmq.green as zmq

from marx.distributor.inbox import BATCHES_MAX, BULK_MAX, OF_ONE_TOGETHER, OTHERS_IN_A_TURN, Inbox
from marx.link.router import Peer, Router, Sealed
from marx.link.underway import BULK_BYTES
from marx.wire import messages as wire
from marx.wire.codec import batches

ANN, BEN = Peer(b"1", "ann"), Peer(b"2", "ben")
WORKERS = [Peer(b"w%d" % number, "lab") for number in range(3 * OTHERS_IN_A_TURN)]
_numbers = count()


def inbox() -> Inbox:
    return Inbox(lambda peer: peer in (ANN, BEN))


def batch(peer: Peer) -> Sealed:
    """One unlike all others."""
    return Sealed(peer, [b"%d" % next(_numbers)])


def test_a_tasker_does_not_wait_behind_workers() -> None:
    box = inbox()
    workers = [batch(worker) for worker in WORKERS]
    ann, ben = batch(ANN), batch(BEN)
    for one in (*workers, ann, ben):
        box.put(one)
    assert box.turn() == [ann, ben, *workers[:OTHERS_IN_A_TURN]]
    assert box.turn() == workers[OTHERS_IN_A_TURN : 2 * OTHERS_IN_A_TURN]


def test_what_one_tasker_says_keeps_its_order_and_its_flood_holds_up_nobody() -> None:
    box = inbox()
    workers = [batch(worker) for worker in WORKERS[:OTHERS_IN_A_TURN]]
    flood = [batch(ANN) for _ in range(3)]
    for one in (*workers, *flood):
        box.put(one)
    assert box.turn() == [flood[0], *workers]
    more, ben = batch(ANN), batch(BEN)
    box.put(more)
    box.put(ben)
    assert box.turn() == [ben, flood[1], flood[2], more]
    last = batch(ANN)
    box.put(last)
    assert box.turn() == [last]
    assert not box


def test_a_flood_of_one_worker_delays_its_own_words_only() -> None:
    box = inbox()
    noisy, *others = WORKERS[: OTHERS_IN_A_TURN - OF_ONE_TOGETHER + 1]
    flood = [batch(noisy) for _ in range(BATCHES_MAX - len(others))]
    rest = [batch(worker) for worker in others]
    for one in (*flood, *rest):
        box.put(one)
    assert box.turn() == [*flood[:OF_ONE_TOGETHER], *rest]
    # Then it has the turns to itself, in its order, until somebody else comes.
    assert box.turn() == flood[OF_ONE_TOGETHER : OF_ONE_TOGETHER + OTHERS_IN_A_TURN]
    late = batch(others[0])
    box.put(late)
    assert late in box.turn()[: 1 + OF_ONE_TOGETHER]


def test_what_a_busy_worker_said_is_handled_together() -> None:
    box = inbox()
    twice = [(batch(worker), batch(worker)) for worker in WORKERS[:3]]
    for said in zip(*twice, strict=True):
        for one in said:
            box.put(one)
    assert box.turn() == [one for said in twice for one in said]
    assert not box


def test_it_says_when_to_leave_the_rest_in_the_socket() -> None:
    box = inbox()
    for _ in range(BATCHES_MAX):
        assert not box.full
        box.put(batch(WORKERS[0]))
    assert box.full
    assert len(box.turn()) == OTHERS_IN_A_TURN
    assert not box.full


def test_parts_of_blobs_fill_it_sooner() -> None:
    box = inbox()
    for _ in range(BULK_MAX):
        assert not box.full
        box.put(Sealed(WORKERS[0], [b"batch", b"x" * BULK_BYTES]))
    assert box.full
    assert len(box.turn()) == BULK_MAX
    assert not box.full


def test_a_batch_from_a_socket_is_opened_when_its_turn_comes() -> None:
    context = zmq.Context()
    router = Router.inproc(context, "inproc://inbox")
    dealer = context.socket(zmq.DEALER)
    dealer.connect("inproc://inbox")
    try:
        assert router.sealed_now() is None
        for frames in (*batches([wire.Heartbeat([7])]), [b"nonsense"]):
            dealer.send_multipart(frames)
        first = router.sealed(5)
        second = router.sealed(5)
        assert first is not None and second is not None
        assert first.open() == [wire.Heartbeat([7])]
        assert not isinstance(second.open(), list)
        assert (first.peer, first.is_bulk) == (second.peer, False)
    finally:
        dealer.close(0)
        router.close()
        context.term()
