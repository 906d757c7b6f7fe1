"""The regions of one job as bytes: what was opened under which number, which item ranges have values, how often.

A region's number is ours: the same for every driver attempt that opens the same key with the same digest, so that
values which one attempt paid for serve the next. The scheduler knows regions by that number; the driver's worker by
its own count of openings, which `drivers.py` translates. Nothing here looks into captures, items or values.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from msgspec import Struct

from marx.wire.messages import Content

OFFSET_BYTES = 8
NOTES_MAX = 20


class BadItems(ValueError):
    """Offsets of a region that do not describe its items; the program's job fails, nothing else does."""


class Parts(Protocol):
    """Where contents that are not inline can be read in parts."""

    def read_part(self, hash: str, offset: int, length: int) -> bytes: ...


class Kept(Struct, frozen=True):
    """Values of items `start`..`stop`-1, on disk. `checksum`: see `wire.messages.ChunkDone`."""

    start: int
    stop: int
    values: Content
    checksum: int = -1


@dataclass(slots=True)
class Region:
    """One opening as the journal has it. Items are a range, or slices of `items` between neighbouring `offsets`."""

    number: int
    key: str
    digest: str
    site: int
    line: int
    first: int
    count: int
    item_ns: int
    captures: Content
    range_start: int = 0
    range_step: int = 1
    offsets: Content | None = None
    items: Content | None = None
    kept: dict[int, Kept] = field(default_factory=dict)
    closed: bool = False
    used: int = 0
    in_place: int = 0
    requeued: int = 0
    notes: list[str] = field(default_factory=list)
    """For the job's report: items that were left to the driver, and why."""

    def keep(self, kept: Kept) -> None:
        """Item ranges are disjoint by the scheduler's word, so the first item names a range."""
        self.kept[kept.start] = kept

    def leave(self, start: int, stop: int, reason: str) -> None:
        """Some items are the driver's to compute. Of many only the first are noted."""
        if len(self.notes) < NOTES_MAX:
            items = f"item {start}" if stop == start + 1 else f"items {start}..{stop - 1}"
            self.notes.append(f"{items} left to the driver: {reason}")

    def differs(self, start: int, stop: int, checksum: int) -> bool:
        """Whether values with this checksum are known to be others than those that count of the same items."""
        kept = self.kept.get(start)
        if kept is None or kept.stop != stop or kept.checksum < 0 or checksum < 0:
            return False
        return kept.checksum != checksum

    def cut(self, start: int, stop: int, blobs: Parts) -> tuple[bytes, bytes]:
        """Offsets and bytes of some items; see below."""
        return cut(self, start, stop, blobs)

    def contents(self) -> Iterator[Content]:
        """All that must stay on disk."""
        yield from (one for one in (self.captures, self.offsets, self.items) if one is not None)
        yield from (kept.values for kept in self.kept.values())

    def done_ranges(self) -> tuple[tuple[int, int], ...]:
        """Ranges with values, merged where they touch, in order."""
        merged: list[tuple[int, int]] = []
        for start in sorted(self.kept):
            stop = self.kept[start].stop
            if merged and merged[-1][1] == start:
                merged[-1] = (merged[-1][0], stop)
            else:
                merged.append((start, stop))
        return tuple(merged)

    def items_done(self) -> int:
        """Items that are done. In a closed region these are all that the program wanted, its own included."""
        return self.count if self.closed else self.first + sum(one.stop - one.start for one in self.kept.values())


def cut(region: Region, start: int, stop: int, blobs: Parts) -> tuple[bytes, bytes]:
    """Offsets (counted from 0) and bytes of the items `start`..`stop`-1. Both empty where the items are a range."""
    if region.offsets is None or region.items is None:
        return b"", b""
    numbers = array("Q", part(region.offsets, start * OFFSET_BYTES, (stop - start + 1) * OFFSET_BYTES, blobs))
    if len(numbers) != stop - start + 1 or any(a > b for a, b in pairwise(numbers)):
        raise BadItems(f"the offsets of items {start}..{stop - 1} run backwards or are missing")
    base, end = numbers[0], numbers[-1]
    if end > region.items.size:
        raise BadItems(f"items {start}..{stop - 1} end at byte {end} of {region.items.size}")
    relative = array("Q", (number - base for number in numbers))
    return relative.tobytes(), part(region.items, base, end - base, blobs)


def part(content: Content, offset: int, length: int, blobs: Parts) -> bytes:
    """A piece of a content, wherever it is; only that piece is copied."""
    if content.data is None:
        return blobs.read_part(content.hash, offset, length)
    return bytes(memoryview(content.data)[offset : offset + length])
