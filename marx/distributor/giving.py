"""Blobs that peers asked for, handed out as their lines take them: bulk waits here as a few numbers, not as bytes.

Each peer's requests are served in their order, the peers in turn, a part each; a peer that does not read holds up
nobody else. Where a blob is read is a disk, so a turn is bounded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

import gevent
from gevent.event import Event

from marx.link.fetching import Serve
from marx.link.router import Peer
from marx.wire.messages import BlobMissing, BlobPart, BlobWanted

WAIT_S, WAIT_MAX_S = 0.005, 0.2
"""Until the next look at lines that were full: bytes leave while nobody tells us. It grows while nothing moves."""
TURN_PARTS = 64
"""Parts in one turn, 16 MiB read: then messages are handled first."""


class Giving:
    """`offer` hands a message to the router, or says that the peer has no room now; `is_here` whether it is known."""

    def __init__(
        self,
        serve: Serve,
        offer: Callable[[Peer, BlobPart | BlobMissing], bool],
        is_here: Callable[[Peer], bool],
        wants_max: int,
    ) -> None:
        self._serve = serve
        self._offer = offer
        self._is_here = is_here
        self._wants_max = wants_max
        self._wants: dict[Peer, deque[BlobWanted]] = {}
        self._next: dict[Peer, tuple[Iterator[BlobPart | BlobMissing], BlobPart | BlobMissing]] = {}
        self._wanted = Event()

    def want(self, peer: Peer, message: BlobWanted) -> bool:
        """Serves it now as far as there is room, the rest later. False: the peer asks for more than it may at once."""
        wants = self._wants.setdefault(peer, deque())
        if len(wants) >= self._wants_max:
            return False
        wants.append(message)
        if len(wants) == 1:
            self._give(peer, TURN_PARTS)
        self._wanted.set()
        return True

    def drop(self, peer: Peer) -> None:
        """The peer is gone, or begins its conversation anew and asks again."""
        self._wants.pop(peer, None)
        self._next.pop(peer, None)

    def run(self) -> None:
        """The greenlet's body."""
        wait_s = WAIT_S
        while True:
            self._wanted.wait()
            if self.turn():
                wait_s = WAIT_S
                gevent.sleep(0)
            else:
                gevent.sleep(wait_s)
                wait_s = min(2 * wait_s, WAIT_MAX_S)

    def turn(self) -> bool:
        """One part for each peer that has room, until enough was read. False: nobody has."""
        given = 0
        while given < TURN_PARTS:
            some = sum(self._give(peer, 1) for peer in list(self._wants))
            if not some:
                break
            given += some
        if not self._wants:
            self._wanted.clear()
        return given > 0

    def _give(self, peer: Peer, parts: int) -> int:
        """Up to so many parts to one peer. How many it took."""
        if not self._is_here(peer):
            self.drop(peer)
        given = 0
        while given < parts and (message := self._ahead(peer)) is not None:
            if not self._offer(peer, message):
                break
            given += 1
            self._take(peer)
        return given

    def _ahead(self, peer: Peer) -> BlobPart | BlobMissing | None:
        """What the peer is to be sent next, read once; None when it wants nothing more."""
        while peer not in self._next:
            wants = self._wants.get(peer)
            if not wants:
                self._wants.pop(peer, None)
                return None
            answers = self._serve.handle(wants.popleft())
            first = next(answers, None)
            if first is not None:
                self._next[peer] = answers, first
        return self._next[peer][1]

    def _take(self, peer: Peer) -> None:
        """The peer has what was next."""
        answers, _ = self._next.pop(peer)
        following = next(answers, None)
        if following is not None:
            self._next[peer] = answers, following
