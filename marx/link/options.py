"""The settings of our sockets, each with its reason. One place, so that both ends of a connection agree."""

from __future__ import annotations

from typing import Any

import zmq.green as zmq

from marx.link.keys import KeyPair
from marx.wire.codec import HEAD_BYTES_MAX

WAITING_BATCHES = 1000
"""Batches that wait for a slow peer before `send` says no. Transfers keep far fewer under way by their windows."""
UNREAD_BATCHES = 32
"""Batches of one peer that wait to be read. The largest are 20 MiB, usual ones a few kilobytes."""
CALLERS_WAITING = 1024
"""Connections that the kernel keeps while they wait to be accepted."""
RECONNECT_MAX_MS = 3000
"""The longest pause before a lost connection is dialled anew: what comes back finds what it left."""
LINGER_MS = 2000
"""How long a closing socket still tries to deliver: a goodbye gets through, a dead peer does not hold up an exit."""
_CURVE_BYTES = 64
"""What CURVE adds to a frame (33 bytes: name, nonce, flags, check), rounded up."""


def set_common(socket: Any) -> None:
    """What both ends share: limits, and noticing a peer that has gone without saying so."""
    socket.set(zmq.LINGER, LINGER_MS)
    socket.set(zmq.SNDHWM, WAITING_BATCHES)
    # What a peer says faster than we listen stays on its own machine.
    socket.set(zmq.RCVHWM, UNREAD_BATCHES)
    # A larger frame costs the connection before it costs memory; no frame of ours is larger than a head.
    socket.set(zmq.MAXMSGSIZE, HEAD_BYTES_MAX + _CURVE_BYTES)
    socket.set(zmq.IPV6, 1)
    # ZeroMQ's own pings: they run in its I/O thread, so that a busy program does not look dead and a dead link is
    # noticed. The answer may have to wait behind a full head on a slow line, hence the patience.
    socket.set(zmq.HEARTBEAT_IVL, 5_000)
    socket.set(zmq.HEARTBEAT_TIMEOUT, 30_000)
    socket.set(zmq.HANDSHAKE_IVL, 10_000)
    socket.set(zmq.TCP_KEEPALIVE, 1)
    socket.set(zmq.TCP_KEEPALIVE_IDLE, 30)
    socket.set(zmq.TCP_KEEPALIVE_INTVL, 10)
    socket.set(zmq.TCP_KEEPALIVE_CNT, 3)


def set_accepting(socket: Any) -> None:
    """The ROUTER."""
    socket.set(zmq.ROUTER_MANDATORY, 1)
    # A lab's worth of machines that all come back at once, after a restart.
    socket.set(zmq.BACKLOG, CALLERS_WAITING)


def set_dialling(socket: Any) -> None:
    """A DEALER that dials by tcp."""
    # Nothing is queued for a connection that is not there: what was said before a Hello would be out of turn after it.
    socket.set(zmq.IMMEDIATE, 1)
    # Doubling from a quarter of a second: a lab of hundreds does not storm a distributor that restarts.
    socket.set(zmq.RECONNECT_IVL, 250)
    socket.set(zmq.RECONNECT_IVL_MAX, RECONNECT_MAX_MS)


def set_curve_client(socket: Any, keys: KeyPair, server_key: bytes) -> None:
    socket.set(zmq.CURVE_PUBLICKEY, keys.public)
    socket.set(zmq.CURVE_SECRETKEY, keys.secret)
    socket.set(zmq.CURVE_SERVERKEY, server_key)


def set_curve_server(socket: Any, keys: KeyPair, domain: str) -> None:
    socket.set(zmq.CURVE_SERVER, 1)
    socket.set(zmq.CURVE_SECRETKEY, keys.secret)
    socket.set(zmq.ZAP_DOMAIN, domain.encode())
    # Without this, a socket whose authenticator is gone would let everybody in, nameless.
    socket.set(zmq.ZAP_ENFORCE_DOMAIN, 1)
