"""A worker's or tasker's line to the distributor: it dials, says Hello, and notices when it has to say Hello again.

    tcp://…      CURVE always; reconnects for ever with growing pauses. After a loss everything but a Hello is dropped
                 (`send` says False) until a Hello has gone out: the distributor would not know from whom it is.
    inproc://…   the distributor of `marx run` in the same process; no keys, never lost.

Owns one DEALER socket and its monitor. What to say after a reconnect is the caller's business.
"""

from __future__ import annotations

import time
from typing import Any

import gevent
import gevent.socket
import zmq.green as zmq
from gevent.lock import RLock

from marx.link.errors import Busy, LinkError, Unreachable, Unwelcome, VersionMismatch
from marx.link.keys import KeyPair
from marx.link.options import set_common, set_curve_client, set_dialling
from marx.wire.codec import BadMessage, batches, unpack
from marx.wire.messages import AnyMessage, Hello, Refused, Welcome

_LOOK_AGAIN_MS = 50
"""A sender that waits for room looks at the connection's state this often: the two are told by different sockets."""
_STRANGE_AFTER = 3
"""Handshakes in a row that came to nothing until the other side is a stranger; one may be a distributor that stops."""
RESOLVE_S = 2.0
"""How long a host's name may take to be looked up, once nobody has answered."""
_EVENTS = (
    zmq.EVENT_CLOSED
    | zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_DISCONNECTED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


class Dealer:
    """Several greenlets may send; one receives. `malformed` counts batches from the distributor that were dropped."""

    def __init__(self, context: Any, endpoint: str, *, keys: KeyPair | None, server_key: bytes | None) -> None:
        self.endpoint = endpoint
        self.malformed = 0
        self._lost = False
        self._refused_key = False
        self._failed_handshakes = 0
        self._sending = RLock()
        self._socket = context.socket(zmq.DEALER)
        set_common(self._socket)
        self._monitor: Any = None
        if endpoint.startswith("tcp://"):
            if keys is None or server_key is None:
                self._socket.close(0)
                raise ValueError(f"{endpoint} needs a key pair and the distributor's key: tcp is never without CURVE")
            set_dialling(self._socket)
            set_curve_client(self._socket, keys, server_key)
            self._monitor = self._socket.get_monitor_socket(_EVENTS)
        self._socket.connect(endpoint)

    @property
    def reconnected(self) -> bool:
        """The connection was lost since the last Hello: a new one is due."""
        self._look()
        return self._lost

    def send(self, *messages: AnyMessage, timeout_s: float | None = None) -> bool:
        """Hands messages over, waiting for room. False: not connected, or a Hello is due first, or `timeout_s` is over.

        What was handed over may still be lost with the connection; whoever needs an answer asks again after a Hello.
        """
        until = None if timeout_s is None else time.monotonic() + timeout_s
        with self._sending:
            return all(self._send_batch(frames, messages, until) for frames in batches(messages))

    def receive(self, timeout_s: float | None) -> list[AnyMessage]:
        """The messages of the next batch, or [] after `timeout_s`. Malformed batches are counted and skipped."""
        with gevent.Timeout(timeout_s, False):
            while True:
                try:
                    return unpack(self._socket.recv_multipart())
                except BadMessage:
                    self.malformed += 1
        return []

    def hello(self, hello: Hello, timeout_s: float) -> Welcome:
        """Says Hello and waits to be welcomed. Raises a `LinkError`, which says what to do.

        What else comes before the Welcome belongs to an earlier connection and is dropped.
        """
        until = time.monotonic() + timeout_s
        # Earlier failures count no more; so a caller that tries for ever waits for new ones and does not spin.
        self._look()
        self._refused_key = False
        self._failed_handshakes = 0
        if self.send(hello, timeout_s=timeout_s):
            while (left := until - time.monotonic()) > 0:
                for message in self.receive(left):
                    if isinstance(message, Welcome):
                        return self._welcomed(message, hello)
                    # The code "hello" answers something that went out before this Hello.
                    if isinstance(message, Refused) and message.code != "hello":
                        raise self._refusal(message)
        raise self._silence(timeout_s)

    def rejection(self) -> LinkError | None:
        """Why whatever answers will not have us, or is not whom we want; None where that is not known."""
        self._look()
        if self._refused_key:
            return Unwelcome(
                f"The distributor at {self.endpoint} refuses this machine's key. Ask its operator to allow it again."
            )
        if self._is_hopeless:
            return Unreachable(
                f"What answers at {self.endpoint} is not the distributor that the address names: its key differs. "
                f"Copy the line that `marx serve` prints again."
            )
        return None

    def close(self) -> None:
        """Closes the line; what was handed over just before still has a moment to go out."""
        if self._monitor is not None:
            self._socket.disable_monitor()
            self._monitor.close(0)
            self._monitor = None
        self._socket.close()

    # --- sending ------------------------------------------------------------------------------------------------------

    def _send_batch(self, frames: list[bytes], messages: tuple[AnyMessage, ...], until: float | None) -> bool:
        greets = any(isinstance(message, Hello) for message in messages)
        while True:
            self._look()
            if self._lost and not greets:
                return False
            try:
                self._socket.send_multipart(frames, zmq.NOBLOCK)
            except zmq.Again:
                if until is not None and time.monotonic() >= until:
                    return False
                if self._is_hopeless:
                    return False
                self._socket.poll(_LOOK_AGAIN_MS, zmq.POLLOUT)
            else:
                self._lost = self._lost and not greets
                return True

    # --- noticing -----------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Takes in what the monitor has to tell. Before each send: none may slip through a change of connection."""
        if self._monitor is None:
            return
        # Imported here, since it brings asyncio with it and a line within one process has no monitor.
        from zmq.utils.monitor import parse_monitor_message

        while self._monitor is not None:
            try:
                event = parse_monitor_message(self._monitor.recv_multipart(zmq.NOBLOCK))
            except zmq.Again:
                return
            self._notice(event["event"])

    def _notice(self, event: int) -> None:
        if event == zmq.EVENT_DISCONNECTED:
            self._lost = True
        elif event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._refused_key = False
            self._failed_handshakes = 0
        elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            self._refused_key = True
        elif event == zmq.EVENT_CLOSED:
            # Nobody is listening.
            self._failed_handshakes = 0
        else:
            self._failed_handshakes += 1

    @property
    def _is_hopeless(self) -> bool:
        return self._refused_key or self._failed_handshakes >= _STRANGE_AFTER

    # --- what came of a Hello ----------------------------------------------------------------------------------------

    def _welcomed(self, welcome: Welcome, hello: Hello) -> Welcome:
        if welcome.version != hello.version:
            raise VersionMismatch(
                f"The distributor at {self.endpoint} speaks version {welcome.version} of the protocol, this Marx "
                f"version {hello.version}. Install the same release on both sides."
            )
        return welcome

    def _refusal(self, refused: Refused) -> LinkError:
        text = " ".join(filter(None, (f"The distributor at {self.endpoint} said no: {refused.reason}", refused.fix)))
        match refused.code:
            case "version":
                return VersionMismatch(text)
            case "busy":
                return Busy(text)
            case code:
                return Unwelcome(text, code)

    def _silence(self, timeout_s: float) -> LinkError:
        if rejection := self.rejection():
            return rejection
        if not _resolves(self.endpoint):
            return Unreachable(
                f"The name in {self.endpoint} is not known here. Is it spelled right, and DNS reachable?"
            )
        return Unreachable(
            f"No distributor answered at {self.endpoint} within {timeout_s:g} s. "
            f"Is `marx serve` running there, and does a firewall let this machine reach the port?"
        )


def _resolves(endpoint: str) -> bool:
    """Whether the host's name has an address; also where that cannot be told soon."""
    if not endpoint.startswith("tcp://"):
        return True
    host = endpoint.removeprefix("tcp://").rpartition(":")[0].strip("[]")
    with gevent.Timeout(RESOLVE_S, False):
        try:
            gevent.socket.getaddrinfo(host, None)
        except (OSError, UnicodeError):
            return False
    return True
