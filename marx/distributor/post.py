"""Outgoing messages, gathered so that what one peer is told in one turn is one batch. Knows nothing of what the
messages mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import gevent
from gevent.event import Event

from marx.link.router import Peer, Router
from marx.wire.codec import TooLarge
from marx.wire.messages import AnyMessage, Refused

COMPANY_S = 0.02
"""How long a word that hurries nobody waits for company. A busy worker gets its next lease sooner; none keeps an
outcome on disk because of so little (worker/keeping.py)."""


class _Send(Protocol):
    def __call__(self, peer: Peer, *messages: AnyMessage) -> bool: ...


class Post:
    """`say` keeps the order for each peer; `flush` sends. A peer that cannot take its batch is reported to `lost`.

    What was in such a batch is gone, so whoever is lost has to say Hello again and is then told anew what it needs.
    """

    def __init__(self, router: Router, lost: Callable[[Peer], None]) -> None:
        self._router = router
        self._lost = lost
        self._queues: dict[Peer, list[AnyMessage]] = {}
        self._unhurried: dict[Peer, list[AnyMessage]] = {}
        self._accompany = Event()

    def say(self, peer: Peer, *messages: AnyMessage) -> None:
        self._queues.setdefault(peer, []).extend(messages)

    def say_unhurried(self, peer: Peer, message: AnyMessage) -> None:
        """Goes with whatever the peer is told next, or soon: a batch of its own costs as much as what it is about."""
        self._unhurried.setdefault(peer, []).append(message)
        self._accompany.set()

    def run(self) -> None:
        """The greenlet that sends what has found no company."""
        while True:
            self._accompany.wait()
            gevent.sleep(COMPANY_S)
            self._accompany.clear()
            self.flush_all()

    def flush(self) -> None:
        queues, self._queues = self._queues, {}
        for peer, messages in queues.items():
            if not _sent(self._router.send, peer, *self._unhurried.pop(peer, ()), *messages):
                self._lost(peer)

    def flush_all(self) -> None:
        """As `flush`, and of what would wait as well."""
        for peer in self._unhurried:
            self._queues.setdefault(peer, [])
        self.flush()

    def offer(self, peer: Peer, *messages: AnyMessage) -> bool:
        """As `at_once`, for bulk: False also where much of what the peer was sent has not left yet."""
        return _sent(self._router.offer, peer, *messages)

    def at_once(self, peer: Peer, *messages: AnyMessage) -> bool:
        """For what can be sent again: False where the peer has no room now, and nobody is lost for it."""
        return _sent(self._router.send, peer, *messages)


def _sent(send: _Send, peer: Peer, *messages: AnyMessage) -> bool:
    """What one peer asked for may be too large to be said, and harms nobody but it: it hears of that instead."""
    try:
        return send(peer, *messages)
    except TooLarge:
        if len(messages) == 1:
            kind = type(messages[0]).__name__
            return send(peer, Refused("too-large", f"{kind} is more than one message may hold", "Ask for less of it."))
    return all(_sent(send, peer, message) for message in messages)
