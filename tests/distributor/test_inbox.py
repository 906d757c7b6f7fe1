"""Whose batch is handled next: a story with two taskers among many workers, and what is left in the socket."""

from __future__ import annotations

from marx.distributor.inbox import BATCHES_MAX, BULK_MAX, OTHERS_IN_A_TURN, Batch, Inbox
from marx.link.router import Peer
from marx.wire import messages as wire
from marx.wire.codec import BadMessage

ANN, BEN = Peer(b"1", "ann"), Peer(b"2", "ben")
WORKERS = [Peer(b"w%d" % number, "lab") for number in range(3 * OTHERS_IN_A_TURN)]


def beat(number: int = 0) -> Batch:
    return [wire.Heartbeat([number])]


def inbox() -> Inbox:
    return Inbox(lambda peer: peer in (ANN, BEN))


def test_a_tasker_does_not_wait_behind_workers() -> None:
    box = inbox()
    for worker in WORKERS:
        box.put(worker, beat())
    box.put(ANN, beat(1))
    box.put(BEN, beat(2))
    assert list(box.turn()) == [(ANN, beat(1)), (BEN, beat(2)), *((one, beat()) for one in WORKERS[:OTHERS_IN_A_TURN])]
    assert [peer for peer, _ in box.turn()] == WORKERS[OTHERS_IN_A_TURN : 2 * OTHERS_IN_A_TURN]


def test_what_one_tasker_says_keeps_its_order_and_its_flood_holds_up_nobody() -> None:
    box = inbox()
    for worker in WORKERS[:OTHERS_IN_A_TURN]:
        box.put(worker, beat())
    for number in range(3):
        box.put(ANN, beat(number))
    assert [peer for peer, _ in box.turn()] == [ANN, *WORKERS[:OTHERS_IN_A_TURN]]
    box.put(ANN, beat(3))
    box.put(BEN, beat())
    assert list(box.turn()) == [(BEN, beat()), *((ANN, beat(number)) for number in (1, 2, 3))]
    box.put(ANN, beat(4))
    assert list(box.turn()) == [(ANN, beat(4))]
    assert not box


def test_batches_that_cannot_be_read_wait_as_others_do() -> None:
    box, fault = inbox(), BadMessage("nonsense")
    box.put(WORKERS[0], fault)
    assert list(box.turn()) == [(WORKERS[0], fault)]


def test_it_says_when_to_leave_the_rest_in_the_socket() -> None:
    box = inbox()
    for _ in range(BATCHES_MAX):
        assert not box.full
        box.put(WORKERS[0], beat())
    assert box.full
    assert len(list(box.turn())) == OTHERS_IN_A_TURN
    assert not box.full


def test_parts_of_blobs_fill_it_sooner() -> None:
    box = inbox()
    part = wire.BlobPart("ab" * 32, 0, 1, b"x")
    for _ in range(BULK_MAX):
        assert not box.full
        box.put(WORKERS[0], [wire.Heartbeat(), part])
    assert box.full
    assert len(list(box.turn())) == BULK_MAX
    assert not box.full
