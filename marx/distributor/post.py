"""Outgoing messages, gathered so that what one peer is told in one turn is one batch. Knows nothing of what the
messages mean.
"""

from __future__ import annotations

from collections.abc import Callable

from marx.link.router import Peer, Router
from marx.wire.messages import AnyMessage


class Post:
    """`say` keeps the order for each peer; `flush` sends. A peer that cannot take its batch is reported to `lost`.

    What was in such a batch is gone, so whoever is lost has to say Hello again and is then told anew what it needs.
    """

    def __init__(self, router: Router, lost: Callable[[Peer], None]) -> None:
        self._router = router
        self._lost = lost
        self._queues: dict[Peer, list[AnyMessage]] = {}

    def say(self, peer: Peer, *messages: AnyMessage) -> None:
        self._queues.setdefault(peer, []).extend(messages)

    def flush(self) -> None:
        queues, self._queues = self._queues, {}
        for peer, messages in queues.items():
            if not self._router.send(peer, *messages):
                self._lost(peer)

    def offer(self, peer: Peer, *messages: AnyMessage) -> bool:
        """As `at_once`, for bulk: False also where much of what the peer was sent has not left yet."""
        return self._router.offer(peer, *messages)

    def at_once(self, peer: Peer, *messages: AnyMessage) -> bool:
        """For what can be sent again: False where the peer has no room now, and nobody is lost for it."""
        return self._router.send(peer, *messages)
