"""What an executor is owed: the calls of each function, which are waiting, which are out, and what is to be said.

Pure: no socket, thread or clock. A `Stream` is one function, and a region of the session's job; its calls are numbered
as they leave. So many are let out as keep the lab busy for a moment; the others wait here, where they can still be
cancelled. After a lost connection `again()` says everything once more that has no outcome.

    Call ─► Stream.waiting ─► Calls (out) ─► CallsDone ─► done
                 └ cancelled        └ given up: by itself in a stream of its own, then lost
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Set
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from typing import Any

from marx.wire.codec import content, content_hash
from marx.wire.messages import INLINE_BYTES_MAX, AnyMessage, Calls, CallsDone, CallsDropped, CallsTaken, Content

PIECE_BYTES = 48_000
"""Arguments in one message: it must stay below what a content may hold inline."""
AHEAD_NS = 150_000_000
"""Work that is out per slot: a few round trips, so that nobody waits for us, and little that cannot be cancelled."""
OUT_MAX = 10_000
"""Calls of one function that are out."""
OUT_BYTES_MAX = 32 << 20
UNKNOWN_NS = 100_000_000
"""What a call counts for before one was measured: each is a chunk then."""


@dataclass(slots=True, eq=False)
class Call:
    """One call: `item` are its packed arguments."""

    future: Future[Any]
    item: bytes
    _hash: str = ""

    @property
    def large_hash(self) -> str:
        """The hash of arguments that do not fit into a message with others; "" for those that do."""
        if not self._hash and len(self.item) > INLINE_BYTES_MAX:
            self._hash = content_hash(self.item)
        return self._hash


@dataclass(slots=True, eq=False)
class Stream:
    region: int
    captures: Content
    waiting: deque[Call] = field(default_factory=deque)
    out: dict[int, Call] = field(default_factory=dict)
    number: int = 0
    """The number of the next call that leaves."""
    out_bytes: int = 0
    call_ns: float = 0.0
    """What a call takes, as measured lately; 0 while nobody knows."""
    known: bool = False
    """The distributor was told of the function on this connection."""
    leaving: bool = False
    """Nothing more is called by this stream: it is dropped once nothing of it is out."""
    maps: int = 0
    """Maps that go on: some of their portions are yet to come."""
    together: int = 0
    """How many calls a chunk may have; 0: as many as are worth it."""

    @property
    def idle(self) -> bool:
        return not self.out and not self.waiting and not self.maps

    def measured(self, calls: int, wall_ns: int) -> None:
        each = wall_ns / calls
        self.call_ns = each if not self.call_ns else 0.7 * self.call_ns + 0.3 * each

    def room(self, slots: int) -> int:
        """How many more calls may leave now."""
        least = 2 * slots + 1
        most = min(OUT_MAX, max(least, int(slots * AHEAD_NS / self.call_ns))) if self.call_ns else least
        return most - len(self.out) if self.out_bytes < OUT_BYTES_MAX or not self.out else 0


@dataclass(frozen=True, slots=True)
class Finished:
    """Calls that ended together, with what the distributor said of them."""

    stream: Stream
    calls: list[Call]
    message: CallsDone


class Session:
    """`job` is "" until the distributor has named it."""

    def __init__(self, ticket: str) -> None:
        self.ticket = ticket
        self.job = ""
        self.slots = 1
        self.streams: dict[int, Stream] = {}
        self.asked = False
        """The distributor was asked to begin it, on this connection."""
        self.leaving = False
        self._functions: dict[str, bytes] = {}
        """Those that do not fit into messages."""
        self._regions = 0
        self._taken: dict[int, list[tuple[int, int]]] = {}
        self._fetched: set[tuple[int, int]] = set()
        """Outcomes that are on their way to us, by region and first call."""
        self._dropped: list[AnyMessage] = []

    @property
    def idle(self) -> bool:
        return all(stream.idle for stream in self.streams.values())

    @property
    def has_waiting(self) -> bool:
        """Whether there are calls that have not left."""
        return any(stream.waiting for stream in self.streams.values())

    def has(self, stream: Stream) -> bool:
        return self.streams.get(stream.region) is stream

    def stream(self, packed: bytes, together: int = 0) -> Stream:
        """A stream for a function that was packed to these bytes."""
        described = content(packed)
        if described.data is None:
            self._functions[described.hash] = packed
        made = Stream(self._regions, described, together=together)
        self._regions += 1
        self.streams[made.region] = made
        return made

    # --- what is to be said -------------------------------------------------------------------------------------------

    def messages(self) -> Iterator[AnyMessage]:
        """What may be said now. Calls that were cancelled meanwhile are not among it."""
        if not self.job:
            return
        for region, ranges in self._taken.items():
            yield CallsTaken(self.job, region, ranges)
        self._taken = {}
        yield from self._dropped
        self._dropped = []
        for stream in list(self.streams.values()):
            while stream.waiting and (room := stream.room(self.slots)) > 0:
                first = stream.number
                if calls := self._leave(stream, room):
                    yield self._said(stream, first, calls)
            if stream.leaving and stream.idle:
                self._drop(stream)

    def again(self) -> Iterator[AnyMessage]:
        """All calls that are out, for a distributor that may have lost them."""
        self._taken = {}
        self._fetched.clear()
        for stream in self.streams.values():
            stream.known = False
            for first, calls in _runs(stream.out):
                yield self._said(stream, first, calls)

    def again_with(self, hashes: Set[str], on_way: Set[str]) -> Iterator[AnyMessage]:
        """What was not taken because the distributor lacked these contents, and what came after it.

        As far as the next content that is still on its way, because nothing is taken before its turn.
        """
        for stream in self.streams.values():
            lacked = stream.captures.hash in hashes
            stream.known = stream.known and not lacked
            if stream.captures.hash in on_way:
                continue
            for first, calls in _runs(stream.out):
                if calls[0].large_hash in on_way:
                    break
                lacked = lacked or calls[0].large_hash in hashes
                if lacked:
                    yield self._said(stream, first, calls)

    def blobs(self) -> dict[str, bytes]:
        """Every content that may be asked for, by its hash."""
        out = [call for stream in self.streams.values() for call in stream.out.values()]
        return {**self._functions, **{call.large_hash: call.item for call in out if call.large_hash}}

    def _leave(self, stream: Stream, room: int) -> list[Call]:
        """The next calls go out, as many as one message takes."""
        calls: list[Call] = []
        size = 0
        while stream.waiting and len(calls) < room:
            call = stream.waiting[0]
            if calls and size + len(call.item) > PIECE_BYTES:
                break
            stream.waiting.popleft()
            if call.future.set_running_or_notify_cancel():
                calls.append(call)
                size += len(call.item)
                stream.out[stream.number] = call
                stream.number += 1
        stream.out_bytes += size
        return calls

    def _said(self, stream: Stream, first: int, calls: list[Call]) -> Calls:
        large = calls[0].large_hash
        items = Content(large, len(calls[0].item)) if large else content(b"".join([call.item for call in calls]))
        captures, stream.known = None if stream.known else stream.captures, True
        return Calls(
            job=self.job,
            region=stream.region,
            start=first,
            stop=first + len(calls),
            offsets=array("Q", accumulate((len(call.item) for call in calls), initial=0)).tobytes(),
            items=items,
            item_ns=int(stream.call_ns) or UNKNOWN_NS,
            captures=captures,
            together=stream.together,
        )

    # --- what came ----------------------------------------------------------------------------------------------------

    def done(self, message: CallsDone) -> Finished | None:
        """The calls that the message ends; None where it ends none, because it was said twice or they go on alone.

        Where the outcome is yet to be fetched they are still out: it has `arrived`, or is `lost`.
        """
        if not 0 < message.stop - message.start <= OUT_MAX or _place(message) in self._fetched:
            return None
        stream = self.streams.get(message.region)
        numbers = range(message.start, message.stop)
        calls = [call for at in numbers if (call := stream.out.get(at)) is not None] if stream is not None else []
        if stream is None or len(calls) != len(numbers):
            self._take(message)
            return None
        if message.values is not None and message.values.data is None:
            self._fetched.add(_place(message))
            return Finished(stream, calls, message)
        self.arrived(message)
        if message.values is None and len(calls) > 1:
            for call in calls:
                self._isolate(stream, call)
            return None
        return Finished(stream, calls, message)

    def arrived(self, message: CallsDone) -> None:
        """All of the outcome is here: it is not kept for us any more."""
        self._fetched.discard(_place(message))
        self._take(message)
        stream = self.streams.get(message.region)
        for at in range(message.start, message.stop):
            call = stream.out.pop(at, None) if stream is not None else None
            if stream is not None and call is not None:
                stream.out_bytes -= len(call.item)

    def lost(self, message: CallsDone) -> Iterator[AnyMessage]:
        """The outcome was there, and cannot be had any more: its calls are said again."""
        self._fetched.discard(_place(message))
        stream = self.streams.get(message.region)
        if stream is not None and all(at in stream.out for at in range(message.start, message.stop)):
            out = {at: stream.out[at] for at in range(message.start, message.stop)}
            for first, calls in _runs(out):
                yield self._said(stream, first, calls)

    def _take(self, message: CallsDone) -> None:
        self._taken.setdefault(message.region, []).append((message.start, message.stop))

    def _isolate(self, stream: Stream, call: Call) -> None:
        """One of several calls of a chunk killed its jail: each is tried by itself, so that only that one is lost."""
        alone = Stream(self._regions, stream.captures, leaving=True)
        self._regions += 1
        self.streams[alone.region] = alone
        alone.out[0] = call
        alone.number, alone.out_bytes = 1, len(call.item)
        if self.job:
            self._dropped.append(self._said(alone, 0, [call]))

    def _drop(self, stream: Stream) -> None:
        del self.streams[stream.region]
        self._dropped.append(CallsDropped(self.job, stream.region))


def _place(message: CallsDone) -> tuple[int, int]:
    return message.region, message.start


def _runs(out: dict[int, Call]) -> Iterator[tuple[int, list[Call]]]:
    """Neighbouring calls together, as many as one message takes, in ascending order."""
    for _, run in groupby(enumerate(sorted(out)), key=lambda pair: pair[1] - pair[0]):
        first, calls, size = -1, list[Call](), 0
        for _, number in run:
            call = out[number]
            if calls and size + len(call.item) > PIECE_BYTES:
                yield first, calls
                calls, size = [], 0
            first = number if not calls else first
            calls.append(call)
            size += len(call.item)
        yield first, calls
