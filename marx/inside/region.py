"""A region while its program runs: the loop that hands out items, and the look-ups that stand where the map slice
stood.

`Site` is one region of the plan with the entry points that rewrite.py names; `Activation` is one run of its loop. The
loop starts as the program wrote it (the pilot). If what is left is worth it and nothing that a look at the concrete
objects shows speaks against it, the rest is opened as a region: values then come from chunks, and an item without one
is computed in place by the original code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice, starmap
from types import FrameType
from typing import Any

from marx.inside.decide import COLD_ENTRIES, judge
from marx.inside.gate import Refusal, Shipment, not_readable_ahead, prepare
from marx.inside.link import Link, Part, RegionLink
from marx.inside.transport import MISSING, Refused
from marx.program.plan import Region

_now = time.perf_counter_ns
_COUNTED = frozenset(
    {list, tuple, dict, set, frozenset, str, bytes, bytearray, type({}.keys()), type({}.values()), type({}.items())}
)
AHEAD_MAX = 1 << 17
"""So many items at a time are taken from `product`, `permutations` and their like, which may have no end in sight."""
NUMBER_MAX = 1 << 62
"""Bounds of a range travel as 64-bit numbers."""


class Activation:
    """One run of a region's loop. `part` has the item in hand at position `at`; None when it is computed in place."""

    __slots__ = ("at", "counters", "items", "link", "part", "piloting", "shipment")

    def __init__(self) -> None:
        self.part: Part | None = None
        self.at = 0
        self.counters: dict[int, int] = {}
        self.piloting = True
        self.link: RegionLink | None = None
        self.shipment: Shipment | None = None
        self.items: list[Any] = []

    def close(self) -> None:
        if self.link is not None:
            self.link.close()
        self.link, self.items = None, []


class Site:
    """One region of the plan, with its entry points. `driver` knows what all sites share."""

    def __init__(self, region: Region, driver: Link) -> None:
        self.region = region
        self.driver = driver
        self.now = Activation()
        self.entries = 0
        self.cold = 0
        self.reason = ""
        self._bases: list[Any] = []
        self._rest: Iterable[Any] = ()
        self._ordered: list[list[Any] | None] = []
        self.has_inner = False
        self._loops = [slot.loops for slot in region.slots]
        self._names = [len(slot.names) if slot.maybe else -1 for slot in region.slots]

    def entry_points(self) -> dict[str, Callable[..., Any]]:
        return {
            "loop": self.loop,
            "rest": self.rest,
            "later": self.later,
            "whole": self.whole,
            "ready": self.ready,
            "value": self.value,
            "part": self.part,
            "done": _same,
            "count": self.count,
            "base": self.base,
            "map": partial(self.map, map),
            "filter": partial(self.map, filter),
            "starmap": partial(self.map, starmap),
            "chain": chain,
            "keybase": self.keybase,
            "keyed": self.keyed,
        }

    # --- look-ups ---------------------------------------------------------------------------------------------------

    def ready(self, slot: int) -> bool:
        now = self.now
        if now.part is None:
            return False
        if not now.shipment.bindings.hold():  # type: ignore[union-attr]
            now.part = None
            return False
        value = now.part.columns[slot][now.at]
        if value is MISSING:
            return False
        loops = self._loops[slot]
        return not loops or self._place(loops) in value

    def value(self, slot: int) -> Any:
        held, names = self._held(slot), self._names[slot]
        return held[:names] if names >= 0 else held

    def part(self, slot: int, position: int, take: int) -> Any:
        """Whether the map slice bound the slot's `position`-th uncertain name, or (`take`) its value."""
        loops = self._loops[slot]
        assert self.now.part is not None
        held = self.now.part.columns[slot][self.now.at]
        value = (held[self._place(loops)] if loops else held)[self._names[slot] + position]
        return value if take else value is not MISSING

    def _held(self, slot: int) -> Any:
        """What the map slice put into a slot; what it printed on the way is printed now."""
        now = self.now
        assert now.part is not None
        loops = self._loops[slot]
        place = self._place(loops) if loops else None
        if now.part.outputs is not None:
            texts = (now.part.outputs[now.at] or {}).get((slot, place), ())
            for stream, text in zip((sys.stdout, sys.stderr), texts, strict=False):
                if text:
                    stream.write(text)
        held = now.part.columns[slot][now.at]
        return held[place] if loops else held

    def count(self, number: int, iterable: Iterable[Any]) -> Iterator[Any]:
        """An inner loop of the body: keeps its counter, so that the look-ups inside know where they are."""
        now = self.now
        for position, item in enumerate(iterable):
            now.counters[number] = position
            yield item

    def _place(self, loops: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(self.now.counters[n] for n in loops)

    def base(self, value: Any) -> Any:
        self._bases.append(value)
        return value

    # --- the loop ---------------------------------------------------------------------------------------------------

    def rest(self) -> Iterable[Any]:
        """What `loop` left to the original body."""
        rest, self._rest = self._rest, ()
        return rest

    def later(self) -> Iterator[Any]:
        """The same for a generator expression, which asks for its iterable before `loop` has run."""
        return chain.from_iterable(self.rest() for _ in range(1))

    def whole(self, iterable: Iterable[Any]) -> Iterable[Any]:
        """`loop` and `rest` in one, for sets and dicts: the order of a set made in two parts would be another."""
        watched = self._watch(iterable)
        if watched is None and self.now.part is None:
            return iterable
        self._rest = iterable
        return chain(watched or (), self._rest_in_place())

    def _rest_in_place(self) -> Iterator[Any]:
        outer, self.now = self.now, Activation()
        try:
            yield from self.rest()
        finally:
            self.now = outer

    def loop(self, iterable: Iterable[Any]) -> Iterable[Any]:
        watched = self._watch(iterable)
        if watched is not None:
            return watched
        self._rest = iterable
        return ()

    def _watch(self, iterable: Iterable[Any]) -> Iterator[Any] | None:
        """The items under watch; None where the loop had better run as written, which asks the iterable for an
        iterator itself."""
        bases, self._bases = self._bases, []
        self.entries += 1
        if self.cold >= COLD_ENTRIES:
            self.driver.restore_code(self.region.scope, sys._getframe(2).f_code)
            return None
        if not self._may_open(iterable, bases) or self._better_inside(iterable):
            return None
        return self._watched(iterable, bases, self.entries)

    def _may_open(self, iterable: Iterable[Any], bases: list[Any]) -> bool:
        if not self.driver.may_open():
            return False
        strange = not_readable_ahead(self.region, iterable, bases)
        if strange:
            self.cold += 1
            self.driver.refused(self.region, "MX307", f"a {strange} may not be read ahead")
        return not strange

    def _better_inside(self, iterable: Iterable[Any]) -> bool:
        """Whether there are too few items to share out, but loops inside that have more."""
        count = _count(iterable) if self.has_inner else None
        return count is not None and count < 2 * self.driver.slots

    def _watched(self, iterable: Iterable[Any], bases: list[Any], entry: int) -> Iterator[Any]:
        """The pilot, and then either nothing (the rest goes on as written) or the region's own items."""
        outer, now = self.now, Activation()
        source = iter(iterable)
        spent = half = half_count = later = 0
        nested = self.driver.begin_pilot()
        decided = "more"
        try:
            while decided == "more":
                try:
                    item = next(source)
                except StopIteration:
                    break
                now.items.append(item)
                self.now = now
                began = _now()
                yield item
                spent += _now() - began
                self.now = outer
                count = len(now.items)
                if count & (count - 1) == 0:
                    half, half_count = spent, count
                later = (spent - half) // (count - half_count) if count > half_count else 0
                decided = judge(count, spent, later, _left(iterable, bases, count), self.driver.slots, nested)
            self.driver.end_pilot()
            nested = False
            self._rest = source
            if decided != "go":
                self.cold += 1
                return
            self.cold = 0
            mean = max(spent // len(now.items), later)
            opened = self._open(
                now, iterable, source, bases, mean, entry, _program_frame(self.driver.program.namespace)
            )
            while opened is not None:
                yield from self._items(now, opened)
                if not self.region.fresh_iterator or self.cold >= COLD_ENTRIES:
                    break
                self.now = outer
                now.close()
                opened = self._open(
                    now, iterable, source, bases, mean, entry, _program_frame(self.driver.program.namespace)
                )
        finally:
            self.now = outer
            if now.piloting:
                self.driver.end_pilot()
            now.close()

    def _open(
        self,
        now: Activation,
        iterable: Iterable[Any],
        source: Iterator[Any],
        bases: list[Any],
        mean: int,
        entry: int,
        frame: FrameType,
    ) -> range | None:
        """Looks at the concrete objects and opens the region; None (and `_rest` set) where the loop goes on as
        written."""
        now.piloting = False
        region = self.region
        first = len(now.items)
        try:
            shipment = prepare(region, self.driver.program, frame, iterable, bases)
            bounds = _range_left(iterable, first)
            if bounds is None:
                ahead = list(islice(source, AHEAD_MAX) if region.fresh_iterator else source)
                self._rest = chain(ahead, source)
                now.items += ahead
                shipment.add_items(now.items)
            now.shipment = shipment
            count = len(bounds) if bounds is not None else len(now.items)
            if count - first < 2:
                return None
        except (Refusal, Refused) as fault:
            self.reason = f"{fault.code} {fault.reason}"
            self.driver.refused(region, fault.code, fault.reason)
            self.cold += COLD_ENTRIES // 4
            return None
        now.link = self.driver.open(region, entry, first, count, mean, shipment, bounds)
        self._rest = ()
        if bounds is not None:
            now.items = []
            return bounds
        return range(count)

    def _items(self, now: Activation, span: range) -> Iterator[Any]:
        """The items of an open region, each once its values are there."""
        link, shipment = now.link, now.shipment
        assert link is not None and shipment is not None
        items: Any = now.items or span

        def load(data: bytes) -> Any:
            return shipment.sent.values(data, items.__getitem__)

        for position in range(link.first, link.count):
            if not shipment.bindings.hold():
                yield from self._in_place(now, [items[p] for p in range(position, link.count)])
                return
            at = link.find(position, load)
            if link.is_too_dear():
                self.cold = COLD_ENTRIES
                self.reason = "MX603 the values cost more to carry than to compute"
                self.driver.refused(self.region, *self.reason.split(" ", 1))
                self._rest = chain(items[position:], self._rest)
                break
            now.part = link.part if at >= 0 else None
            now.at = at
            self.now = now
            yield items[position]
        now.part = None

    def _in_place(self, now: Activation, items: list[Any]) -> Iterator[Any]:
        """What is left of an open region whose captures are no longer what the program would read."""
        assert now.link is not None
        now.part = None
        now.link.in_place += len(items)
        for item in items:
            self.now = now
            yield item

    # --- map --------------------------------------------------------------------------------------------------------

    def map(self, native: type[Any], function: Callable[..., Any], *iterables: Iterable[Any]) -> Iterator[Any]:
        """`map`, `filter` or `starmap` (`native`) as the program wrote it, with an open region's values for calls."""
        bases, self._bases = self._bases, []
        self.entries += 1
        head = zip(*iterables, strict=False) if len(iterables) > 1 else iterables[0]
        if self.cold >= COLD_ENTRIES or not self._may_open(head, bases):
            made: Iterator[Any] = native(function, *iterables)
            return made
        return chain.from_iterable(self._map_parts(native, function, iterables, bases, self.entries))

    def _map_parts(
        self,
        native: type[Any],
        function: Callable[..., Any],
        iterables: tuple[Iterable[Any], ...],
        bases: list[Any],
        entry: int,
    ) -> Iterator[Any]:
        """Parts that are chained: ready values, and native iterators for what is computed in place.

        A part is timed from the moment it is handed out until the next is asked for, by when its one call has been
        made."""
        many = len(iterables) > 1
        iterable: Iterable[Any] = zip(*iterables, strict=False) if many else iterables[0]
        watched = self._watched(iterable, bases, entry)
        try:
            for item in watched:
                if self.ready(0):
                    value = self.value(0)
                    yield (value,) if native is not filter else (item,) if value else ()
                elif many:
                    yield starmap(function, (item,))
                else:
                    yield native(function, (item,))
        finally:
            watched.close()  # type: ignore[attr-defined]
        rest = self.rest()
        yield starmap(function, rest) if many else native(function, rest)

    # --- key functions ----------------------------------------------------------------------------------------------

    def keybase(self, values: Any) -> Any:
        """What is about to be ordered by a key function: its items, before `sort` takes them out of their list."""
        self._ordered.append(list(values) if _count(values) is not None else None)
        return values

    def keyed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A key function in the place of the program's: it is called once for each item, in their order."""
        items = self._ordered.pop()
        self.entries += 1
        if items is None or self.cold >= COLD_ENTRIES or not self._may_open(items, [items]):
            return function
        watched: Iterator[Any] | None = self._watched(items, [items], self.entries)

        def key(item: Any) -> Any:
            nonlocal watched
            if watched is not None and next(watched, self) is self:
                watched = None
            return self.value(0) if watched is not None and self.ready(0) else function(item)

        return key


def _program_frame(namespace: dict[str, Any]) -> FrameType:
    """The frame of the program that a call in this file goes back to, also from within a library that asks for
    items."""
    frame = sys._getframe(1)
    while frame.f_globals is not namespace and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _same(value: Any) -> Any:
    return value


def _count(iterable: object) -> int | None:
    """How many items a container has; None for anything that its own code might have to count."""
    if type(iterable) is range:
        return (iterable[-1] - iterable[0]) // iterable.step + 1 if iterable else 0
    return len(iterable) if type(iterable) in _COUNTED else None  # type: ignore[arg-type]


def _left(iterable: Iterable[Any], bases: list[Any], done: int) -> int | None:
    """How many items are left after `done`, where that is known."""
    counts = [_count(b) for b in bases] if type(iterable) in (zip, enumerate, reversed) else [_count(iterable)]
    known = [c for c in counts if c is not None]
    return max(0, min(known) - done) if known else None


def _range_left(iterable: Iterable[Any], first: int) -> range | None:
    if type(iterable) is not range or first >= (_count(iterable) or 0):
        return None
    if max(abs(iterable.start), abs(iterable.stop), abs(iterable.step)) > NUMBER_MAX:
        raise Refusal("MX307", "a range of such numbers does not fit a message")
    return iterable
