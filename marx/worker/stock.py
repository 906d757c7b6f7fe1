"""The blobs on this host and their traffic: fetched before they are needed, uploaded before they are named.

A blob is under way once, however many greenlets wait for it. After each Welcome the transfers under way begin again
where the receiving side stands. Which blobs may be deleted is decided in shelf.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import gevent
from gevent.event import Event
from gevent.lock import Semaphore

from marx.journal.blobs import BlobStore
from marx.journal.passing import Passing
from marx.link.fetching import Fetch
from marx.link.transfer import State
from marx.link.uploading import Upload
from marx.wire.codec import content
from marx.wire.messages import INLINE_BYTES_MAX, AnyMessage, BlobGot, BlobMissing, BlobPart, Content, Refused
from marx.worker.line import Line
from marx.worker.shelf import Shelf

T = TypeVar("T", Fetch, Upload)
CACHE_SHARE = 10
"""What nothing needs any more is kept for later in at most a tenth of the disk, whatever the settings say."""
RESERVE_BYTES = 2 << 30
RESERVE_SHARE = 20
"""What this host's owner keeps of the disk, whatever a program brings: so much, or a twentieth of a small disk."""
PASSING_BYTES_MAX = 128 << 20
"""Functions, arguments and results of calls that are kept in memory; beyond it they go to the disk."""
AT_A_TIME = 8
"""Transfers in each direction: small blobs hide each other's round trips, and the distributor's cap is far away."""


class BlobLost(Exception):
    """A blob cannot be had from the distributor, or it does not take one. The text says which and why."""


class DistributorFull(BlobLost):
    """The distributor's disk takes no blob just now. What has been computed may wait until it does."""


class NoRoom(Exception):
    """This host's disk does not take what a program made. The text says what is wrong with it."""


class Stock:
    """`unused_bytes_max` None: nothing is ever deleted here, for a store that somebody else owns. `held`: contents that
    an earlier run of the worker still needs."""

    def __init__(
        self, blobs: BlobStore, line: Line, unused_bytes_max: int | None, held: Iterable[Content] = ()
    ) -> None:
        self._blobs = blobs
        self._passing = Passing(blobs, PASSING_BYTES_MAX)
        keep = None if unused_bytes_max is None else min(unused_bytes_max, blobs.disk_bytes() // CACHE_SHARE)
        self._shelf = None if keep is None else Shelf(keep)
        self._fetches: _Transfers[Fetch] = _Transfers(line)
        self._uploads: _Transfers[Upload] = _Transfers(line)
        if self._shelf is not None:
            self._shelf.hold(held)
            for hash in list(blobs.hashes()):
                self._delete(self._shelf.found(hash, blobs.size(hash)))

    # --- what is here -------------------------------------------------------------------------------------------------

    def put(self, data: bytes) -> Content:
        """Describes bytes for a message, and keeps them as a blob if they do not fit into it. Raises `NoRoom`."""
        return self._blobs.put(data) if len(data) <= INLINE_BYTES_MAX else _kept(self._blobs.put, data)

    def put_passing(self, data: bytes) -> Content:
        """As `put`, for what belongs to calls: it is kept in memory, as long as there is room. Raises `NoRoom`."""
        if len(data) <= INLINE_BYTES_MAX:
            return content(data)
        if not self._passing.takes(len(data)):
            return self.put(data)
        described: Content = gevent.get_hub().threadpool.apply(content, (data,))
        return self._passing.keep(described, data)

    def put_apart(self, data: bytes) -> Content:
        """As `put`, but never inline: for messages that are full."""
        return _kept(self._blobs.put_always, data)

    def read(self, content: Content) -> bytes:
        """The bytes of a content that is here. Raises `UnknownBlob`."""
        return self._passing.bytes_of(content)

    def path(self, hash: str) -> Path:
        """Where the blob lies on this host."""
        if self._passing.in_memory(hash):
            self._blobs.put_always(self._passing.read_part(hash, 0, self._passing.size(hash)))
        return self._blobs.path(hash)

    def has_all(self, contents: Iterable[Content], *, passing: bool = False) -> bool:
        """Whether none of these would have to be fetched; `passing`: they belong to calls, and may be in memory."""
        return all(one.data is not None or self._store(passing).has(one.hash) for one in contents)

    def outlives(self, contents: Iterable[Content]) -> bool:
        """Whether all of these are still here when this worker has been started anew."""
        return not any(one.data is None and self._passing.in_memory(one.hash) for one in contents)

    def forget_unheld(self) -> None:
        """Lets go of what came for somebody who does not need it any more."""
        self._passing.forget_unheld()

    def _store(self, passing: bool) -> BlobStore | Passing:
        return self._passing if passing else self._blobs

    def _reserve_bytes(self) -> int:
        return min(RESERVE_BYTES, self._blobs.disk_bytes() // RESERVE_SHARE)

    def hold(self, contents: Iterable[Content]) -> None:
        """Keeps these until they are released as often as they were held."""
        contents = list(contents)
        self._passing.hold(contents)
        if self._shelf is not None:
            self._shelf.hold(contents)

    def release(self, contents: Iterable[Content]) -> None:
        """These are not needed any more, as far as the caller is concerned."""
        contents = list(contents)
        self._passing.release(contents)
        if self._shelf is not None:
            self._delete(self._shelf.release(contents))

    # --- to and fro ---------------------------------------------------------------------------------------------------

    def fetch_all(self, contents: Iterable[Content], *, passing: bool = False) -> None:
        """Waits until these are here. Raises `BlobLost`. Hold them first."""
        contents = list(contents)
        if not self.has_room(contents):
            kept = self._reserve_bytes()
            raise BlobLost(f"this host's disk has no room for it beyond the {kept} bytes that its owner keeps")
        for one in contents:
            if one.data is None and not self._store(passing).has(one.hash):
                in_memory = passing and self._passing.takes(one.size)
                begin = partial(Fetch, self._store(in_memory), one.hash, one.size, in_memory=in_memory)
                self._fetches.carry(one.hash, begin)

    def upload_all(self, contents: Iterable[Content]) -> None:
        """Waits until the distributor has all of these. Raises `BlobLost`. Hold them first."""
        for one in contents:
            if one.data is None:
                passing = self._passing.in_memory(one.hash)
                self._uploads.carry(one.hash, partial(Upload, self._passing, one.hash, passing=passing))

    def has_room(self, contents: Iterable[Content]) -> bool:
        """Whether what of these is not here would leave this host's disk more than the reserve."""
        absent = {one.hash: one.size for one in contents if one.data is None and not self._blobs.has(one.hash)}
        size = sum(max(0, size - self._blobs.begun_bytes(hash)) for hash, size in absent.items())
        return not size or self.spares(size)

    def spares(self, size: int) -> bool:
        """Whether so many bytes more leave this host's disk more than the reserve."""
        return self._blobs.free_bytes() - size >= self._reserve_bytes()

    def handle(self, message: BlobPart | BlobMissing | BlobGot | Refused) -> None:
        """Takes what the distributor says about a blob; about one that is not under way it changes nothing."""
        if isinstance(message, BlobPart | BlobMissing):
            fetch = self._fetches.find(message.hash)
            if fetch is not None:
                if fetch.may_take_long(message):
                    gevent.spawn(self._fetches.advance_in_thread, message.hash, partial(fetch.handle, message))
                else:
                    self._fetches.take(message.hash, partial(fetch.handle, message))
            return
        hash = message.about if isinstance(message, Refused) else message.hash
        upload = self._uploads.find(hash)
        if upload is not None:
            self._uploads.take(hash, partial(upload.handle, message))

    def say_again(self) -> None:
        """After a Welcome: everything under way goes on from where its receiver stands."""
        self._fetches.say_again()
        self._uploads.say_again()

    def _delete(self, hashes: list[str]) -> None:
        for hash in hashes:
            self._blobs.remove(hash)


class _Transfers(Generic[T]):
    """The transfers of one direction: one a blob, however many greenlets wait for it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._room = Semaphore(AT_A_TIME)
        self._under_way: dict[str, tuple[T, Event]] = {}
        self._started: set[str] = set()

    def carry(self, hash: str, begin: Callable[[], T]) -> None:
        """Waits until the blob has arrived. Raises `BlobLost`."""
        if hash not in self._under_way:
            self._under_way[hash] = (begin(), Event())
            gevent.spawn(self._start, hash)
        transfer, ended = self._under_way[hash]
        ended.wait()
        if transfer.state is State.FAILED:
            full = isinstance(transfer, Upload) and transfer.code == "full"
            raise (DistributorFull if full else BlobLost)(transfer.reason)

    def find(self, hash: str) -> T | None:
        """The transfer of a blob that was begun and has not ended."""
        return self._under_way[hash][0] if hash in self._started else None

    def advance(self, hash: str, messages: Sequence[AnyMessage]) -> None:
        """Sends what a transfer says next, and tells those who wait when that was all."""
        self._line.post(*messages)
        transfer, ended = self._under_way[hash]
        if transfer.state is not State.GOING:
            del self._under_way[hash]
            self._started.remove(hash)
            self._room.release()
            ended.set()

    def say_again(self) -> None:
        for hash in list(self._started):
            self._begin(hash)

    def advance_in_thread(self, hash: str, step: Callable[[], Sequence[AnyMessage]]) -> None:
        """As `advance`, for a step that reads or syncs a large blob. Meanwhile the transfer takes nothing else; of two
        steps that came at once the first counts, and says at its end what the transfer wants."""
        if hash not in self._started:
            return
        self._started.remove(hash)
        messages = gevent.get_hub().threadpool.apply(self._tried, (hash, step))
        self._started.add(hash)
        self.advance(hash, messages)

    def take(self, hash: str, step: Callable[[], Sequence[AnyMessage]]) -> None:
        """The transfer's next step, here and now."""
        self.advance(hash, self._tried(hash, step))

    def _tried(self, hash: str, step: Callable[[], Sequence[AnyMessage]]) -> Sequence[AnyMessage]:
        """The step's messages; a disk that does not take the bytes ends the transfer, and nothing else."""
        try:
            return step()
        except OSError as fault:
            self._under_way[hash][0].fail(f"this host's disk says: {fault.strerror}")
            return ()

    def _start(self, hash: str) -> None:
        self._room.acquire()
        self._started.add(hash)
        self._begin(hash)

    def _begin(self, hash: str) -> None:
        transfer = self._under_way[hash][0]
        if transfer.may_start_long:
            gevent.spawn(self.advance_in_thread, hash, transfer.start)
        else:
            self.take(hash, transfer.start)


def _kept(put: Callable[[bytes], Content], data: bytes) -> Content:
    """In a thread: a blob is synced, and nobody else should wait for that."""
    try:
        kept: Content = gevent.get_hub().threadpool.apply(put, (data,))
    except OSError as fault:
        raise NoRoom(f"this host's disk does not take {len(data)} bytes: {fault.strerror}") from None
    return kept
