"""Callers that never say a word of the protocol, or too many of it: others are served as if they were not there."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from marx.wire import messages as wire
from tests.distributor.model import Lab, program

HALF_OPEN = 300


def test_half_open_and_babbling_connections_hold_up_nobody(durable: Lab) -> None:
    with ExitStack() as stack:
        for number in range(HALF_OPEN):
            caller = stack.enter_context(socket.create_connection(("127.0.0.1", durable.port)))
            if number % 3 == 0:
                caller.sendall(b"GET / HTTP/1.1\r\n\r\n" * 10)
            elif number % 3 == 1:
                # The first half of ZeroMQ's own greeting, and then nothing.
                caller.sendall(b"\xff" + bytes(8) + b"\x7f\x03")
        tasker, worker = durable.tasker(), durable.worker("w1")
        job = tasker.submit(program())
        assert worker.drive().lease.job == job
    # None of them got as far as a row.
    assert len(durable.distributor.shell.connections.all()) == 2


def test_a_peer_that_babbles_is_ignored_and_others_are_not(durable: Lab) -> None:
    tasker, babbler = durable.tasker(), durable.peer()
    for _ in range(200):
        babbler.say(*[wire.Acked(number) for number in range(50)])
    tasker.say(wire.ListJobs())
    tasker.expect(wire.Jobs)
    tasker.submit(program())
    refused = durable.distributor.shell.counts["protocol error"]
    assert 0 < refused < 200 * 50
