"""The distributor's socket: batches from many peers, each with the name that its connection proved, and answers.

Owns one ROUTER socket, its limits and its CURVE key. It reads no message; what a malformed batch costs its sender is
decided by the caller, who gets it as a value. Nothing here blocks the hub: a peer that is slow or gone makes `send`
say False.

The socket is gevent's only for who waits. All else goes by a plain view of the same socket, as a frame costs a tenth
there. But sending takes in ZeroMQ's signal that something has come, so who waits for that meanwhile has to be woken.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gevent
import zmq.green as zmq
from msgspec import Struct
from zmq.sugar.socket import Socket as PlainSocket

from marx.link.authenticator import DOMAIN, Authenticator
from marx.link.keys import KeyPair
from marx.link.options import set_accepting, set_common, set_curve_server
from marx.link.underway import BULK_BYTES, Underway
from marx.wire.codec import BadMessage, batches, unpack
from marx.wire.messages import AnyMessage

EMBEDDED = "embedded"
"""The user of every connection inside one process."""
_AT_ONCE = int(zmq.NOBLOCK)
_MORE = int(zmq.NOBLOCK | zmq.SNDMORE)


class Peer(Struct, frozen=True):
    """One connection. `identity` is new with every connection; `user` is the authenticated public key in hex."""

    identity: bytes
    user: str


class Sealed(Struct, frozen=True):
    """A batch as it came: whose it is is known, what it says was not looked at yet."""

    peer: Peer
    frames: list[Any]

    @property
    def is_bulk(self) -> bool:
        """It brings parts of blobs, or as much."""
        return sum(map(len, self.frames)) >= BULK_BYTES

    def open(self) -> list[AnyMessage] | BadMessage:
        """A malformed batch comes as the fault that it has."""
        try:
            return unpack([frame.bytes for frame in self.frames])
        except BadMessage as fault:
            return fault


class Router:
    """Made by `Router.tcp` or `Router.inproc`. `unsent` counts, by user, the batches that could not be handed over."""

    def __init__(self, socket: Any, authenticator: Authenticator | None, inproc: str = "") -> None:
        self._socket = socket
        self._plain: Any = PlainSocket.shadow(socket)
        self._inproc = inproc
        self._authenticator = authenticator
        self._waiting = False
        self.unsent: Counter[str] = Counter()
        self.underway = Underway()
        self.port = 0

    @classmethod
    def tcp(cls, context: Any, host: str, port: int, keys: KeyPair) -> Router:
        """Listens on tcp, CURVE only; `port` 0 takes a free one (see `.port`). One a context: ZAP has one answerer.

        Raises OSError (zmq.ZMQError) where the address cannot be had.
        """
        authenticator = Authenticator(context)
        socket = _router_socket(context)
        set_curve_server(socket, keys, DOMAIN)
        try:
            socket.bind(f"tcp://{host}:{port or '*'}")
        except BaseException:
            socket.close(0)
            authenticator.close()
            raise
        router = cls(socket, authenticator)
        router.port = int(socket.get(zmq.LAST_ENDPOINT).rstrip(b"\0").rpartition(b":")[2])
        return router

    @classmethod
    def inproc(cls, context: Any, endpoint: str) -> Router:
        """Listens inside this process only; every peer is the user "embedded"."""
        socket = _router_socket(context)
        socket.bind(endpoint)
        return cls(socket, None, endpoint)

    def receive(self, timeout_s: float | None = None) -> tuple[Peer, list[AnyMessage] | BadMessage] | None:
        """The next batch and who sent it; None after `timeout_s`. A malformed batch comes as the fault that it has."""
        sealed = self.sealed(timeout_s)
        return None if sealed is None else (sealed.peer, sealed.open())

    def sealed(self, timeout_s: float | None = None) -> Sealed | None:
        """As `receive`, for whoever looks first whose turn it is."""
        with gevent.Timeout(timeout_s, False):
            while True:
                self._waiting = True
                try:
                    frames = self._socket.recv_multipart(copy=False)
                finally:
                    self._waiting = False
                sealed = self._sealed(frames)
                if sealed is not None:
                    return sealed
        return None

    def sealed_now(self) -> Sealed | None:
        """As `sealed`, of what is there already: None if that is nothing."""
        while True:
            try:
                frames = [self._plain.recv(_AT_ONCE, copy=False)]
            except zmq.Again:
                return None
            while frames[-1].more:
                frames.append(self._plain.recv(_AT_ONCE, copy=False))
            sealed = self._sealed(frames)
            if sealed is not None:
                return sealed

    def send(self, peer: Peer, *messages: AnyMessage) -> bool:
        """Hands messages over for sending. False, and counted, where the peer is gone or takes no more for now.

        Raises TooLarge, and has sent nothing, where one message is more than any peer takes.
        """
        packed = list(batches(messages))
        sent = all(self._send_batch(peer, frames) for frames in packed)
        if self._waiting:
            # Asked for its events, gevent's socket wakes who waits for one.
            self._socket.get(zmq.EVENTS)
        return sent

    def offer(self, peer: Peer, *messages: AnyMessage) -> bool:
        """As `send`, but False also while much that was sent to the peer has not left yet: for bulk that can wait."""
        return self.underway.has_room(peer.identity) and self.send(peer, *messages)

    def refuse(self, user: str) -> None:
        """Lets nobody with this key connect again. What is connected stays until it leaves; the caller ignores it."""
        if self._authenticator is not None:
            self._authenticator.refuse(user)

    def close(self) -> None:
        if self._inproc and not self._socket.closed:
            self._socket.unbind(self._inproc)
        self._socket.close()
        if self._authenticator is not None:
            self._authenticator.close()

    def _send_batch(self, peer: Peer, frames: list[bytes]) -> bool:
        last = len(frames) - 1
        bulk: list[Any] = []
        try:
            self._plain.send(peer.identity, _MORE)
            for place, frame in enumerate(frames):
                flags = _AT_ONCE if place == last else _MORE
                if len(frame) < BULK_BYTES:
                    self._plain.send(frame, flags)
                else:
                    bulk.append(zmq.Frame(frame, copy=False, track=True))
                    self._plain.send(bulk[-1], flags, copy=False)
        except zmq.ZMQError as fault:
            if fault.errno not in (zmq.EHOSTUNREACH, zmq.EAGAIN):
                raise
            self.unsent[peer.user] += 1
            return False
        if bulk:
            self.underway.add(peer.identity, bulk)
        return True

    def _sealed(self, frames: list[Any]) -> Sealed | None:
        """None for what comes from nobody."""
        user = self._user(frames)
        return None if user is None else Sealed(Peer(frames[0].bytes, user), frames[1:])

    def _user(self, frames: list[Any]) -> str | None:
        """From the connection's properties, never from what was sent. None: nameless on tcp, which CURVE rules out."""
        if self._authenticator is None:
            return EMBEDDED
        try:
            return str(frames[-1].get("User-Id")) or None
        except zmq.ZMQError:
            return None


def _router_socket(context: Any) -> Any:
    socket = context.socket(zmq.ROUTER)
    set_common(socket)
    set_accepting(socket)
    return socket
