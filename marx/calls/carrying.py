"""Large arguments on their way to the distributor, and large results on their way back, in parts. Knows no socket."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from marx.link.transfer import State
from marx.link.uploading import Upload
from marx.tasker.submission import HASH_BYTES, Blobs
from marx.wire.codec import PARTS_MAX
from marx.wire.messages import PART_BYTES, BlobGot, BlobMissing, BlobPart, BlobWanted, Content, Refused

Say = Callable[..., None]


@dataclass(slots=True)
class _Fetch:
    content: Content
    arrived: list[Callable[[bytes | None], None]]
    parts: list[bytes] = field(default_factory=list)
    offset: int = 0
    asked: int = 0
    seen: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=HASH_BYTES))
    """The hash of what is here: summed up while more is on its way."""

    def ask(self) -> list[BlobWanted]:
        """The next half window as soon as it is free, so that the line is never idle between two requests."""
        free = PARTS_MAX - -(-(self.asked - self.offset) // PART_BYTES)
        if self.asked >= self.content.size or free < PARTS_MAX // 2:
            return []
        wanted = BlobWanted(self.content.hash, self.asked, free)
        self.asked += free * PART_BYTES
        return [wanted]


class Carrying:
    """The transfers of one line, each begun once."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._fetches: dict[str, _Fetch] = {}
        self._uploads: dict[str, tuple[Upload, list[Callable[[str], None]]]] = {}

    def fetch(self, content: Content, arrived: Callable[[bytes | None], None]) -> None:
        """Calls `arrived` with the bytes, or with None where they cannot be had."""
        if content.hash in self._fetches:
            self._fetches[content.hash].arrived.append(arrived)
            return
        self._fetches[content.hash] = _Fetch(content, [arrived])
        self._say(*self._fetches[content.hash].ask())

    def upload(
        self, blobs: Mapping[str, bytes], hashes: list[str], ended: Callable[[str], None], *, passing: bool
    ) -> None:
        """Calls `ended` when the last of these is with the distributor, or was not taken: with the reason, else "".

        `passing`: they belong to calls.
        """
        left = {hash for hash in hashes if hash in blobs}
        reasons: list[str] = []
        if not left:
            ended("")

        def one_less(hash: str, reason: str) -> None:
            left.discard(hash)
            reasons.extend(filter(None, [reason]))
            if not left:
                ended("; ".join(reasons))

        for hash in list(left):
            begun = self._uploads.setdefault(hash, (Upload(Blobs(blobs), hash, passing=passing), []))
            begun[1].append(partial(one_less, hash))
            if len(begun[1]) == 1:
                self._say(*begun[0].start())

    def start_again(self) -> None:
        """After a lost connection: what it carried is asked for anew, by us and by the distributor."""
        self._uploads.clear()
        self._fetches.clear()

    def handle(self, message: BlobPart | BlobMissing | BlobGot | Refused) -> None:
        match message:
            case BlobPart() | BlobMissing():
                self._part(message)
            case BlobGot() | Refused():
                self._got(message, message.hash if isinstance(message, BlobGot) else message.about)

    def _part(self, message: BlobPart | BlobMissing) -> None:
        fetch = self._fetches.get(message.hash)
        if fetch is None:
            return
        if isinstance(message, BlobMissing):
            self._arrived(fetch, None)
            return
        if message.offset != fetch.offset:
            return
        fetch.parts.append(message.data)
        fetch.seen.update(message.data)
        fetch.offset += len(message.data)
        if fetch.offset >= fetch.content.size:
            sound = fetch.seen.hexdigest() == fetch.content.hash
            self._arrived(fetch, b"".join(fetch.parts) if sound else None)
        else:
            self._say(*fetch.ask())

    def _arrived(self, fetch: _Fetch, data: bytes | None) -> None:
        del self._fetches[fetch.content.hash]
        for arrived in fetch.arrived:
            arrived(data)

    def _got(self, message: BlobGot | Refused, hash: str) -> None:
        upload, waiting = self._uploads.get(hash, (None, []))
        if upload is None:
            return
        self._say(*upload.handle(message))
        if upload.state is not State.GOING:
            del self._uploads[hash]
            for ended in waiting:
                ended(upload.reason)
