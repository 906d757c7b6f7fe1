"""A region while its program runs: the loop that hands out items, and the look-ups that stand where the map slice
stood.

`Site` is one region of the plan with the entry points that rewrite.py names. Its
loop starts as the program wrote it (the pilot). If what is left is worth it and nothing that a look at the concrete
objects shows speaks against it, the rest is opened as a region: values then come from chunks, and an item without one
is computed in place by the original code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from types import FrameType
from typing import Any

from marx.inside.ahead import not_readable_ahead
from marx.inside.applied import KeyFunctions, Mapped
from marx.inside.counting import count_left, count_of, range_left
from marx.inside.decide import COLD_ENTRIES, judge
from marx.inside.gate import prepare
from marx.inside.link import Link
from marx.inside.lookups import Activation, LookUps
from marx.inside.pickles import Refused
from marx.inside.state import Refusal
from marx.program.plan import Region

_now = time.perf_counter_ns
AHEAD_MAX = 1 << 17
"""So many items at a time are taken from `product`, `permutations` and their like, which may have no end in sight."""


class Site:
    """One region of the plan, with its entry points. `driver` knows what all sites share."""

    def __init__(self, region: Region, driver: Link) -> None:
        self.region = region
        self.driver = driver
        self.look_ups = LookUps(region)
        self.entries = 0
        self.cold = 0
        self.reason = ""
        self._bases: list[Any] = []
        self._rest: Iterable[Any] = ()
        self.has_inner = False
        self.mapped = Mapped(self)
        self.key_functions = KeyFunctions(self)

    def entry_points(self) -> dict[str, Callable[..., Any]]:
        return {
            "loop": self.loop,
            "rest": self.rest,
            "later": self.later,
            "whole": self.whole,
            "ready": self.look_ups.ready,
            "value": self.look_ups.value,
            "part": self.look_ups.part,
            "count": self.look_ups.count,
            "done": _same,
            "base": self.base,
            "chain": chain,
            **self.mapped.entry_points(),
            **self.key_functions.entry_points(),
        }

    def base(self, value: Any) -> Any:
        self._bases.append(value)
        return value

    def take_bases(self) -> list[Any]:
        """The objects in the head of the loop that is entered now."""
        bases, self._bases = self._bases, []
        return bases

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
        if watched is None and self.look_ups.now.part is None:
            return iterable
        self._rest = iterable
        return chain(watched or (), self._rest_in_place())

    def _rest_in_place(self) -> Iterator[Any]:
        outer, self.look_ups.now = self.look_ups.now, Activation()
        try:
            yield from self.rest()
        finally:
            self.look_ups.now = outer

    def loop(self, iterable: Iterable[Any]) -> Iterable[Any]:
        watched = self._watch(iterable)
        if watched is not None:
            return watched
        self._rest = iterable
        return ()

    def _watch(self, iterable: Iterable[Any]) -> Iterator[Any] | None:
        """The items under watch; None where the loop had better run as written, which asks the iterable for an
        iterator itself."""
        bases = self.take_bases()
        self.entries += 1
        if self.cold >= COLD_ENTRIES:
            self.driver.restore_code(self.region.scope, sys._getframe(2).f_code)
            return None
        if not self.may_open(iterable, bases) or self._better_inside(iterable):
            return None
        return self.watched(iterable, bases, self.entries)

    def may_open(self, iterable: Iterable[Any], bases: list[Any]) -> bool:
        if not self.driver.may_open():
            return False
        strange = not_readable_ahead(self.region, iterable, bases)
        if strange:
            self.cold += 1
            self.driver.refused(self.region, "MX307", f"a {strange} may not be read ahead")
        return not strange

    def _better_inside(self, iterable: Iterable[Any]) -> bool:
        """Whether there are too few items to share out, but loops inside that have more."""
        count = count_of(iterable) if self.has_inner else None
        return count is not None and count < 2 * self.driver.slots

    def watched(self, iterable: Iterable[Any], bases: list[Any], entry: int) -> Iterator[Any]:
        """The pilot, and then either nothing (the rest goes on as written) or the region's own items."""
        outer, now = self.look_ups.now, Activation()
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
                self.look_ups.now = now
                began = _now()
                yield item
                spent += _now() - began
                self.look_ups.now = outer
                count = len(now.items)
                if count & (count - 1) == 0:
                    half, half_count = spent, count
                later = (spent - half) // (count - half_count) if count > half_count else 0
                decided = judge(count, spent, later, count_left(iterable, bases, count), self.driver.slots, nested)
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
                self.look_ups.now = outer
                now.close()
                opened = self._open(
                    now, iterable, source, bases, mean, entry, _program_frame(self.driver.program.namespace)
                )
        finally:
            self.look_ups.now = outer
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
            bounds = range_left(iterable, first)
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
            self.look_ups.now = now
            yield items[position]
        now.part = None

    def _in_place(self, now: Activation, items: list[Any]) -> Iterator[Any]:
        """What is left of an open region whose captures are no longer what the program would read."""
        assert now.link is not None
        now.part = None
        now.link.in_place += len(items)
        for item in items:
            self.look_ups.now = now
            yield item


def _program_frame(namespace: dict[str, Any]) -> FrameType:
    """The frame of the program that a call in this file goes back to, also from within a library that asks for
    items."""
    frame = sys._getframe(1)
    while frame.f_globals is not namespace and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _same(value: Any) -> Any:
    return value
