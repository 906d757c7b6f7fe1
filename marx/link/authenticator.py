"""Gives each CURVE connection its name, the client's public key in hex. ZeroMQ asks by ZAP (RFC 27) at every handshake.

CURVE has proved by then that the client holds the secret key. Whether that key may do anything is for the distributor
to say after Hello; only keys that it has turned away for good are refused here, where they cost least.
"""

from __future__ import annotations

from typing import Any

import gevent
import zmq.green as zmq

ENDPOINT = "inproc://zeromq.zap.01"
DOMAIN = "marx"
REFUSED_MAX = 10_000
"""Keys cost an attacker nothing, so the memory of refused ones is bounded; the oldest is forgotten first."""


class Authenticator:
    """The ZAP handler of a context: one greenlet. Every well-formed key is accepted but for those that were refused."""

    def __init__(self, context: Any) -> None:
        self._refused: dict[str, None] = {}
        self._socket = context.socket(zmq.REP)
        self._socket.linger = 0
        self._socket.bind(ENDPOINT)
        self._greenlet = gevent.spawn(self._answer)

    def refuse(self, user: str) -> None:
        """Turns the key away at its next handshake."""
        self._refused[user] = None
        if len(self._refused) > REFUSED_MAX:
            del self._refused[next(iter(self._refused))]

    def close(self) -> None:
        if self._socket.closed:
            return
        self._greenlet.kill()
        # By itself a closing socket gives its name back a moment later, too late for a router that follows at once.
        self._socket.unbind(ENDPOINT)
        self._socket.close()

    def _answer(self) -> None:
        while True:
            request = self._socket.recv_multipart()
            self._socket.send_multipart(self._verdict(request))

    def _verdict(self, request: list[bytes]) -> list[bytes]:
        """The request is ZeroMQ's own: version, id, domain, address, identity, mechanism, credentials."""
        mechanism, credentials = request[5], request[6:]
        user = credentials[0].hex() if mechanism == b"CURVE" and credentials and len(credentials[0]) == 32 else ""
        if not user or user in self._refused:
            return [b"1.0", request[1], b"400", b"not allowed", b"", b""]
        return [b"1.0", request[1], b"200", b"OK", user.encode(), b""]
