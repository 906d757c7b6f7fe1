"""The line to the distributor: Hello first, everything else only once welcomed.

Whatever is said while the line is not open is dropped, and that is sound: after each Welcome the daemon says anew
all that matters (outcomes, credit, what drivers said, transfers). So nothing of an old conversation can reach a
distributor that does not know us yet. Messages leave in batches, in the order in which they were posted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from gevent.event import Event

from marx.link.dealer import Dealer
from marx.wire.codec import TooLarge, pack
from marx.wire.contents import contents_of
from marx.wire.messages import AnyMessage, BlobPart, Hello, Opened, Output, Planned

PENDING_BYTES_MAX = 4 * 1024 * 1024
"""Bytes of programs that wait to be sent: enough to keep a fast line busy."""
BATCH_MESSAGES = 64
BATCH_PARTS = 4


class Line:
    """Posts messages for one sender greenlet (`run`), so that a slow line holds up only those who ask for room.

    `too_large` hears of a message that no distributor would take, and why; it is not sent.
    """

    def __init__(self, dealer: Dealer, too_large: Callable[[AnyMessage, str], None]) -> None:
        self._dealer = dealer
        self._too_large = too_large
        self._pending: deque[AnyMessage] = deque()
        self._pending_bytes = 0
        self._something = Event()
        self._room = Event()
        self._flushed = Event()
        self._room.set()
        self._flushed.set()
        self.open = False
        self.conversation = 0

    def greet(self, hello: Hello, timeout_s: float) -> bool:
        """Begins the conversation anew: what was posted for the old one is dropped. False if nobody is reached."""
        self.open = False
        self._clear()
        return self._dealer.send(hello, timeout_s=timeout_s)

    def welcomed(self) -> None:
        """The distributor knows us: from here on everything is sent."""
        self.conversation += 1
        self.open = True

    def post(self, *messages: AnyMessage) -> None:
        """Sends soon; never waits."""
        if not self.open or not messages:
            return
        self._pending.extend(messages)
        self._pending_bytes += sum(map(_bulk, messages))
        if self._pending_bytes > PENDING_BYTES_MAX:
            self._room.clear()
        self._flushed.clear()
        self._something.set()

    def post_ahead(self, message: AnyMessage) -> None:
        """Sends before everything that waits: for heartbeats."""
        if self.open:
            self._pending.appendleft(message)
            self._flushed.clear()
            self._something.set()

    def wait_for_room(self) -> None:
        """For those who send bulk: waits while too much is pending, so that a fast program does not fill our memory."""
        self._room.wait()

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything posted was handed to the socket. False if that took too long."""
        return bool(self._flushed.wait(timeout_s))

    def run(self) -> None:
        """The sender greenlet's body; ends by being killed."""
        while True:
            self._something.wait()
            batch = self._next_batch()
            if batch:
                self.open = self._send(batch) and self.open
            if not self._pending:
                self._something.clear()
                self._flushed.set()

    def _send(self, batch: list[AnyMessage]) -> bool:
        try:
            return self._dealer.send(*batch)
        except TooLarge:
            # Those before the one that is too large may go out twice, which everybody here is used to.
            return all(self._dealer.send(message) for message in batch if self._fits(message))

    def _fits(self, message: AnyMessage) -> bool:
        try:
            pack([message])
        except TooLarge as fault:
            self._too_large(message, str(fault))
            return False
        return True

    def _next_batch(self) -> list[AnyMessage]:
        batch: list[AnyMessage] = []
        parts = 0
        while self._pending and len(batch) < BATCH_MESSAGES and parts < BATCH_PARTS:
            message = self._pending.popleft()
            parts += isinstance(message, BlobPart | Output)
            batch.append(message)
            self._pending_bytes -= _bulk(message)
        if self._pending_bytes <= PENDING_BYTES_MAX:
            self._room.set()
        return batch

    def _clear(self) -> None:
        self._pending.clear()
        self._pending_bytes = 0
        self._room.set()


def _bulk(message: AnyMessage) -> int:
    """How much a program had a say in."""
    match message:
        case BlobPart() | Output():
            return len(message.data)
        case Planned():
            return len(message.plan)
        case Opened():
            return len(message.key) + sum(len(content.data or b"") for content in contents_of(message))
        case _:
            return 0
