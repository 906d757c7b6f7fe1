"""A worker's blobs in memory: fetched from the distributor, or brought to it, and asked for again after a Welcome."""

from __future__ import annotations

from collections.abc import Callable

from marx.wire.codec import content
from marx.wire.messages import (
    AnyMessage,
    BlobGot,
    BlobMissing,
    BlobPart,
    BlobWanted,
    Content,
    Refused,
)

FULL_MS = 400
Then = Callable[[bool], None]
"""Is told whether the blob is there."""


class Stock:
    """`post` sends now, or drops what it is given while there is no conversation: `say_again` makes that good.
    `soon` is how it waits while the distributor's disk is full."""

    def __init__(self, post: Callable[[AnyMessage], None], soon: Callable[..., None]) -> None:
        self._post = post
        self._soon = soon
        self._here: dict[str, bytes] = {}
        self._awaited: dict[str, list[Then]] = {}
        self._uploads: dict[str, list[Then]] = {}

    def put(self, data: bytes) -> Content:
        described = content(data)
        if described.data is None:
            self._here[described.hash] = data
        return described

    def read(self, described: Content) -> bytes:
        return described.data if described.data is not None else self._here[described.hash]

    def fetch(self, contents: list[Content], then: Then) -> None:
        """Calls `then` when all are here, at once if they are."""
        self._gather([one.hash for one in contents if one.data is None and one.hash not in self._here], then, up=False)

    def upload(self, contents: list[Content], then: Then) -> None:
        """Calls `then` when the distributor has all of them on disk."""
        self._gather([one.hash for one in contents if one.data is None], then, up=True)

    def _gather(self, hashes: list[str], then: Then, *, up: bool) -> None:
        left = set(hashes)
        if not left:
            then(True)
            return
        over = [False]

        def one(hash: str) -> Then:
            def settled(good: bool) -> None:
                left.discard(hash)
                if not over[0] and (not good or not left):
                    over[0] = True
                    then(good)

            return settled

        for hash in sorted(left):
            waiting = self._uploads if up else self._awaited
            waiting.setdefault(hash, []).append(one(hash))
            self._ask(hash, up=up)

    def _ask(self, hash: str, *, up: bool) -> None:
        if up:
            self._post(BlobPart(hash, 0, len(self._here[hash]), self._here[hash]))
        else:
            self._post(BlobWanted(hash, 0, 1))

    def _again(self, hash: str) -> None:
        if hash in self._uploads:
            self._ask(hash, up=True)

    def say_again(self) -> None:
        for hash in list(self._uploads):
            self._ask(hash, up=True)
        for hash in list(self._awaited):
            self._ask(hash, up=False)

    def handle(self, message: AnyMessage) -> None:
        match message:
            case BlobPart(hash=hash, data=data):
                self._here[hash] = data
                self._settle(self._awaited, hash, True)
            case BlobMissing(hash=hash):
                self._settle(self._awaited, hash, False)
            case BlobGot(hash=hash, stored=True):
                self._settle(self._uploads, hash, True)
            case Refused(about=hash, code="full"):
                self._soon(FULL_MS, self._again, hash)
            case Refused(about=hash):
                self._settle(self._uploads, hash, False)
            case _:
                pass

    @staticmethod
    def _settle(waiting: dict[str, list[Then]], hash: str, good: bool) -> None:
        for then in waiting.pop(hash, []):
            then(good)
