"""The calls of one function in a session, as bytes: a region whose items come in pieces and go when they are through.

A piece is kept until the tasker has the outcomes of all its calls, an outcome until the tasker has it. Nothing here is
journaled: the tasker has the calls as long as it wants them, and says them again to a distributor that lost them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from marx.core.ranges import Ranges
from marx.distributor.regions import OFFSET_BYTES, BadItems, Parts, Region, part
from marx.wire.messages import Calls, Content

CHUNK_BYTES = 60_000
"""What the calls of one chunk should take at most: they travel inside the lease then, and nobody waits for a blob."""


@dataclass(slots=True)
class Piece:
    """Calls `start`..`stop`-1 as they came. `left` of them have outcomes that the tasker does not have yet."""

    start: int
    stop: int
    offsets: array[int]
    items: Content
    left: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Values of calls, or (None) why there are none; which worker had them, in which chunk."""

    start: int
    stop: int
    values: Content | None
    reason: str
    chunk: int
    worker: str


@dataclass(slots=True)
class CallRegion(Region):
    pieces: list[Piece] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    taken: int = 0
    """Calls whose outcomes the tasker has."""
    lacking: Ranges = field(default_factory=Ranges)
    """Calls that were said while some of their bytes are not here: later ones are not taken before them."""

    def may_take(self, message: Calls, *, complete: bool) -> bool:
        """Whether calls are to be taken now; `complete`: all their bytes are here. Else they are said again in time.

        Later calls before earlier ones would be a gap, and a gap is calls that had their outcomes before a restart.
        """
        if not complete:
            self.lacking.include(message.start, message.stop)
            return False
        self.lacking.exclude(message.start, message.stop)
        return not self.lacking.touches(0, message.start)

    def add(self, message: Calls) -> tuple[int, int]:
        """Takes what is new of a message and says which calls that is."""
        start = max(message.start, self.count)
        if start < message.stop:
            offsets = array("Q", message.offsets)[start - message.start :]
            self.pieces.append(Piece(start, message.stop, offsets, message.items, message.stop - start))
            self.count = message.stop
        return start, message.stop

    def cut(self, start: int, stop: int, blobs: Parts) -> tuple[bytes, bytes]:
        """As for other regions, from however many pieces it takes."""
        ends, datas = array("Q", [0]), []
        for one, first, last in self._overlapping(start, stop):
            bounds = one.offsets[first - one.start : last - one.start + 1]
            shift = ends[-1] - bounds[0]
            ends.extend(offset + shift for offset in bounds[1:])
            datas.append(part(one.items, bounds[0], bounds[-1] - bounds[0], blobs))
        if len(ends) != stop - start + 1:
            raise BadItems(f"calls {start}..{stop - 1} are not all there")
        return ends.tobytes(), b"".join(datas)

    def whole(self, start: int, stop: int) -> tuple[bytes, Content] | None:
        """As `cut`, where the calls are all of one piece: its bytes are passed on as they came."""
        pieces = self._overlapping(start, stop)
        if len(pieces) != 1 or (pieces[0][0].start, pieces[0][0].stop) != (start, stop):
            return None
        piece = pieces[0][0]
        return (piece.offsets.tobytes(), piece.items) if piece.offsets[0] == 0 else None

    def keep_outcome(self, outcome: Outcome) -> list[Content]:
        """Returns what it takes the place of."""
        before = self.outcomes.get(outcome.start)
        self.outcomes[outcome.start] = outcome
        return [before.values] if before is not None and before.values is not None else []

    def outcomes_in(self, start: int, stop: int) -> Iterator[Outcome]:
        """Outcomes that are kept for some of these calls."""
        return (one for one in list(self.outcomes.values()) if one.start < stop and start < one.stop)

    def take(self, start: int, stop: int) -> list[Content]:
        """The tasker has the outcome of these calls. Returns what is not needed any more."""
        outcome = self.outcomes.get(start)
        if outcome is None or outcome.stop != stop:
            return []
        del self.outcomes[start]
        self.taken += stop - start
        for one, first, last in self._overlapping(start, stop):
            one.left -= last - first
        gone = [one.items for one in self.pieces if not one.left]
        if gone:
            self.pieces = [one for one in self.pieces if one.left]
        return gone if outcome.values is None else [*gone, outcome.values]

    def bytes_held(self) -> int:
        return sum(one.items.size for one in self.pieces)

    def call_bytes(self) -> int:
        """What a call takes, as far as one can tell from the last piece."""
        last = self.pieces[-1]
        return last.items.size // (last.stop - last.start) + OFFSET_BYTES

    def items_done(self) -> int:
        return self.taken + sum(one.stop - one.start for one in self.outcomes.values())

    def contents(self) -> Iterator[Content]:
        """All that must stay here, in memory or on disk, until it is released."""
        yield self.captures
        yield from (one.items for one in self.pieces)
        yield from (one.values for one in self.outcomes.values() if one.values is not None)

    def _overlapping(self, start: int, stop: int) -> list[tuple[Piece, int, int]]:
        at = max(0, bisect_right(self.pieces, start, key=lambda one: one.start) - 1)
        found = []
        for one in self.pieces[at:]:
            if one.start >= stop:
                break
            if one.stop > start:
                found.append((one, max(start, one.start), min(stop, one.stop)))
        return found
