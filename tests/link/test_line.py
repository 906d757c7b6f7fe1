"""Dealer and Router over real sockets: CURVE or nothing, names that were proved, and losses that are noticed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import gevent
import msgspec
import pytest
import zmq.green as zmq

from marx.link import options
from marx.link.dealer import Dealer
from marx.link.errors import Busy, Unreachable, Unwelcome, VersionMismatch
from marx.link.keys import KeyPair, new_keys
from marx.link.router import Peer, Router
from marx.wire.codec import HEAD_BYTES_MAX, BadMessage, TooLarge, content_hash, pack
from marx.wire.messages import (
    PART_BYTES,
    VERSION,
    Acked,
    AnyMessage,
    BlobPart,
    Cancel,
    Cancelled,
    Hello,
    Lease,
    Planned,
    Refused,
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


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.close()


def welcoming(message: AnyMessage) -> AnyMessage | None:
    match message:
        case Hello():
            return WELCOME
        case Cancel(job=job):
            return Cancelled(job)
        case _:
            return None


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


# --- who gets nothing ------------------------------------------------------------------------------------------------


def test_tcp_without_keys_is_not_even_tried(lab: Lab) -> None:
    with pytest.raises(ValueError, match="never without CURVE"):
        Dealer(lab.outside, "tcp://127.0.0.1:1", keys=None, server_key=None)


def test_a_plaintext_client_gets_nothing(lab: Lab) -> None:
    router = lab.router()
    plain = lab.socket(zmq.DEALER)
    plain.connect(f"tcp://127.0.0.1:{router.port}")
    plain.send_multipart(pack([HELLO]))
    assert router.receive(SHORT_S) is None
    assert not plain.poll(0)


def test_a_plaintext_server_gets_nothing(lab: Lab) -> None:
    plain = lab.socket(zmq.ROUTER)
    port = plain.bind_to_random_port("tcp://127.0.0.1")
    endpoint = f"tcp://127.0.0.1:{port}"
    dealer = lab.closed_later(Dealer(lab.outside, endpoint, keys=new_keys(), server_key=new_keys().public))
    with pytest.raises(Unreachable, match=endpoint):
        dealer.hello(HELLO, SHORT_S)
    assert not plain.poll(0)


def test_a_client_with_another_servers_key_gets_nothing_and_is_told_why(lab: Lab) -> None:
    router = lab.router()
    dealer = lab.dealer(router, server_key=new_keys().public)
    with pytest.raises(Unreachable, match=r"its key differs.*marx serve") as raised:
        dealer.hello(HELLO, LONG_S)
    assert raised.value.exit_code == 69
    assert router.receive(SHORT_S) is None


def test_a_refused_key_gets_nothing_and_others_do(lab: Lab) -> None:
    router = lab.router()
    lab.serve(router, welcoming)
    keys = new_keys()
    router.refuse(keys.public.hex())
    with pytest.raises(Unwelcome, match="refuses this machine's key") as raised:
        lab.dealer(router, keys).hello(HELLO, LONG_S)
    assert raised.value.exit_code == 77
    assert lab.dealer(router).hello(HELLO, LONG_S) == WELCOME


def test_a_name_that_was_sent_is_not_believed(lab: Lab) -> None:
    """A client may choose its routing id, but neither its name nor another's connection."""
    router = lab.router()
    came = lab.serve(router, welcoming)
    honest = lab.dealer(router)
    honest.hello(HELLO, LONG_S)
    keys = new_keys()
    mallory = lab.socket(zmq.DEALER)
    options.set_curve_client(mallory, keys, lab.server_keys.public)
    mallory.set(zmq.IDENTITY, came[0][0].user.encode())
    mallory.connect(f"tcp://127.0.0.1:{router.port}")
    mallory.send_multipart(pack([Cancel("mine")]))
    assert mallory.poll(LONG_S * 1000)
    assert came[-1][0].user == keys.public.hex()


# --- what is said when a Hello fails ---------------------------------------------------------------------------------


def test_where_nobody_listens_the_error_names_the_place_and_the_next_step(lab: Lab) -> None:
    with closed_port() as port:
        endpoint = f"tcp://127.0.0.1:{port}"
        dealer = lab.closed_later(Dealer(lab.outside, endpoint, keys=new_keys(), server_key=lab.server_keys.public))
        with pytest.raises(Unreachable, match=f"answered at {endpoint}.*Is `marx serve` running") as raised:
            dealer.hello(HELLO, SHORT_S)
    assert raised.value.exit_code == 69


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that is ours and where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_distributor_that_is_silent_is_unreachable(lab: Lab) -> None:
    router = lab.router()
    lab.serve(router, lambda message: None)
    with pytest.raises(Unreachable, match="No distributor answered"):
        lab.dealer(router).hello(HELLO, SHORT_S)


@pytest.mark.parametrize(
    ("code", "error", "exit_code"),
    [("version", VersionMismatch, 78), ("busy", Busy, 75), ("join-code", Unwelcome, 77)],
)
def test_a_refusal_is_passed_on_with_its_fix(lab: Lab, code: str, error: type[Exception], exit_code: int) -> None:
    router = lab.router()
    lab.serve(router, lambda message: Refused(code, "it is Sunday.", "Come on Monday."))
    with pytest.raises(error, match=r"tcp://127.*said no: it is Sunday\. Come on Monday\.") as raised:
        lab.dealer(router).hello(HELLO, LONG_S)
    assert raised.value.exit_code == exit_code


def test_a_refusal_of_what_was_said_before_is_not_one_of_the_hello(lab: Lab) -> None:
    router = lab.router()
    lab.serve(router, lambda message: WELCOME if isinstance(message, Hello) else Refused("hello", "who are you?"))
    dealer = lab.dealer(router)
    dealer.send(Cancel("x"))
    assert dealer.hello(HELLO, LONG_S) == WELCOME


def test_a_welcome_of_another_version_is_not_taken(lab: Lab) -> None:
    router = lab.router()
    lab.serve(router, lambda message: Welcome(VERSION + 1, 1, 1))
    with pytest.raises(VersionMismatch, match="same release"):
        lab.dealer(router).hello(HELLO, LONG_S)


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


# --- malformed batches -----------------------------------------------------------------------------------------------


def test_a_malformed_batch_comes_as_a_value_with_its_sender(lab: Lab) -> None:
    router = lab.router()
    keys = new_keys()
    mallory = lab.socket(zmq.DEALER)
    options.set_curve_client(mallory, keys, lab.server_keys.public)
    mallory.connect(f"tcp://127.0.0.1:{router.port}")
    spoilt = [[b"junk"], [b""], [b"", b""], [msgspec.msgpack.encode([{"kind": "boom"}])]]
    for frames in spoilt:
        mallory.send_multipart(frames)
    mallory.send_multipart(pack([HELLO]))
    for _ in spoilt:
        got = router.receive(LONG_S)
        assert got is not None
        peer, fault = got
        assert isinstance(fault, BadMessage)
        assert peer.user == keys.public.hex()
    assert router.receive(LONG_S) == (peer, [HELLO])


def test_a_frame_larger_than_any_costs_the_connection_not_the_memory(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "HEAD_BYTES_MAX", 10_000)
    router = lab.router()
    mallory = lab.socket(zmq.DEALER)
    options.set_curve_client(mallory, new_keys(), lab.server_keys.public)
    mallory.set(zmq.RECONNECT_IVL, -1)
    mallory.connect(f"tcp://127.0.0.1:{router.port}")
    mallory.send_multipart([b"x" * 9_000])
    assert router.receive(LONG_S) is not None
    mallory.send_multipart([b"x" * 20_000])
    # Nothing more can be sent either, as soon as mallory's side knows that the connection is gone.
    with suppress(zmq.Again):
        mallory.send_multipart([b"x"], zmq.NOBLOCK)
    assert router.receive(SHORT_S) is None


def test_a_dealer_skips_and_counts_what_is_malformed(lab: Lab) -> None:
    raw = lab.inside.socket(zmq.ROUTER)
    lab.closed_later(raw)
    raw.bind("inproc://raw")
    dealer = lab.closed_later(Dealer(lab.inside, "inproc://raw", keys=None, server_key=None))
    dealer.send(HELLO)
    identity, *_ = raw.recv_multipart()
    raw.send_multipart([identity, b"junk"])
    raw.send_multipart([identity, *pack([WELCOME])])
    assert dealer.receive(LONG_S) == [WELCOME]
    assert dealer.malformed == 1
