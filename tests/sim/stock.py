"""A worker's blobs: the real store and the real transfers, in parts, begun again after every Welcome.

The store is on the worker's own disk, which outlives its process; what was on its way when that was killed is resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from marx.journal.blobs import BlobStore
from marx.link.fetching import Fetch
from marx.link.transfer import State
from marx.link.uploading import Upload
from marx.wire.codec import content, content_hash
from marx.wire.messages import AnyMessage, BlobGot, BlobMissing, BlobPart, Content, Refused

from .world import Violation

FULL_MS = 400
Then = Callable[[bool], None]
"""Is told whether the blob is there."""
Under = dict[str, tuple[Fetch | Upload, list[Then]]]
"""What is under way, by hash, and who waits for it."""


class Stock:
    """`post` sends now, or drops what it is given while there is no conversation: `say_again` makes that good.
    `soon` is how it waits while the distributor's disk is full, `store` gives the worker's store of blobs."""

    def __init__(self, post: Callable[..., None], soon: Callable[..., None], store: Callable[[], BlobStore]) -> None:
        self._post = post
        self._soon = soon
        self._store = store
        self._fetches: Under = {}
        self._uploads: Under = {}
        self._passing: set[str] = set()
        self._paused: set[str] = set()

    def put(self, data: bytes, *, passing: bool = False) -> Content:
        """`passing`: it belongs to a call, and is in the distributor's memory only."""
        described = content(data)
        if described.data is not None:
            return described
        if passing:
            self._passing.add(described.hash)
        return self._store().put(data)

    def read(self, described: Content) -> bytes:
        return described.data if described.data is not None else self._store().read(described.hash)

    def fetch(self, contents: Sequence[Content], then: Then) -> None:
        """Calls `then` when all are here, at once if they are."""
        absent = {one.hash: one for one in contents if one.data is None and not self._store().has(one.hash)}
        begin = {hash: Fetch(self._store(), hash, one.size) for hash, one in absent.items()}
        self._gather(self._fetches, begin, then)

    def upload(self, contents: Sequence[Content], then: Then) -> None:
        """Calls `then` when the distributor has all of them on disk."""
        begin = {one.hash: self._uploading(one.hash) for one in contents if one.data is None}
        self._gather(self._uploads, begin, then)

    def _uploading(self, hash: str) -> Upload:
        return Upload(self._store(), hash, passing=hash in self._passing)

    def _gather(self, under: Under, begin: dict[str, Fetch] | dict[str, Upload], then: Then) -> None:
        left = set(begin)
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
            fresh = hash not in under
            under.setdefault(hash, (begin[hash], []))[1].append(one(hash))
            if fresh:
                self._advance(under, hash, begin[hash].start())

    def _advance(self, under: Under, hash: str, messages: Sequence[AnyMessage]) -> None:
        self._post(*messages)
        transfer, waiting = under[hash]
        if transfer.state is State.GOING:
            return
        if isinstance(transfer, Upload) and transfer.code == "full":
            under[hash] = (self._uploading(hash), waiting)
            # Until then nobody listens to what is said of the other parts of the window.
            self._paused.add(hash)
            self._soon(FULL_MS, self._again, hash)
            return
        del under[hash]
        if under is self._fetches and transfer.state is State.DONE and content_hash(self._store().read(hash)) != hash:
            raise Violation(f"a download of {hash[:12]} has other bytes than that")
        for then in waiting:
            then(transfer.state is State.DONE)

    def _again(self, hash: str) -> None:
        self._paused.discard(hash)
        if hash in self._uploads:
            self._advance(self._uploads, hash, self._uploads[hash][0].start())

    def say_again(self) -> None:
        for under in (self._uploads, self._fetches):
            for hash in list(under):
                if hash not in self._paused:
                    self._advance(under, hash, under[hash][0].start())

    def handle(self, message: AnyMessage) -> None:
        match message:
            case BlobPart(hash=hash) | BlobMissing(hash=hash) if hash in self._fetches:
                fetch = self._fetches[hash][0]
                assert isinstance(fetch, Fetch)
                self._advance(self._fetches, hash, fetch.handle(message))
            case BlobGot(hash=hash) | Refused(about=hash) if hash in self._uploads and hash not in self._paused:
                upload = self._uploads[hash][0]
                assert isinstance(upload, Upload)
                self._advance(self._uploads, hash, upload.handle(message))
            case _:
                pass

    def close(self) -> None:
        """The process is over: what is on its way stays on the disk as far as it came."""
        for transfer, _ in self._fetches.values():
            if isinstance(transfer, Fetch):
                transfer.close()
