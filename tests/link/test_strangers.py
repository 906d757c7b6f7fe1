"""Who gets nothing from a router, what a failed Hello says, and batches that are malformed."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
import zmq.green as zmq

from marx.link import options
from marx.link.dealer import Dealer
from marx.link.errors import Busy, Unreachable, Unwelcome, VersionMismatch
from marx.link.keys import new_keys
from marx.wire.codec import BadMessage, pack
from marx.wire.messages import (
    VERSION,
    Cancel,
    Hello,
    Refused,
    Welcome,
)
from tests.link.meeting import HELLO, LONG_S, SHORT_S, WELCOME, Lab, closed_port, welcoming

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
