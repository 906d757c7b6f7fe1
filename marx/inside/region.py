"""A region while its program runs: the loop that hands out items, and the look-ups that stand where the map slice
stood.

`Site` is one region of the plan with the entry points that rewrite.py names. Its
loop starts as the program wrote it (the pilot). If what is left is worth it and nothing that a look at the concrete
objects shows speaks against it, the rest is opened as a region: values then come from chunks, and an item without one
is computed in place by the original code."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from types import FrameType
from typing import Any

from marx.inside.ahead import not_readable_ahead, raising, read_ahead
from marx.inside.applied import KeyFunctions, Mapped
from marx.inside.counted import CountedLoop
from marx.inside.counting import count_left, count_of, range_left
from marx.inside.decide import COLD_ENTRIES, Verdict, judge, reason_to_stay, show_ms, worth_ns
from marx.inside.figures import Figures
from marx.inside.gate import prepare
from marx.inside.link import Link
from marx.inside.lookups import Activation, LookUps
from marx.inside.pilot import Pilot
from marx.inside.refusals import Refusal
from marx.inside.state import program_frame
from marx.program.plan import Region

_now = time.perf_counter_ns
AHEAD_MAX = 1 << 17
"""So many items at a time are taken from `product`, `permutations` and their like, which may have no end in sight."""


UNMEASURED = frozenset({"map", "filter", "starmap", "key"})
"""Shapes whose map slice is called by a library, so that what it takes of an item is not known."""


class Site:
    """One region of the plan, with its entry points. `driver` knows what all sites share."""

    def __init__(self, region: Region, driver: Link) -> None:
        self.region = region
        self.driver = driver
        self.look_ups = LookUps(region, driver.paranoid)
        self.entries = 0
        self.cold = 0
        self.figures = Figures()
        self._bases: list[Any] = []
        self._rest: Iterable[Any] = ()
        self.has_inner = False
        self.mapped = Mapped(self)
        self.key_functions = KeyFunctions(self)
        self.counted = CountedLoop(self)

    def entry_points(self) -> dict[str, Any]:
        return {
            "loop": self.loop,
            "rest": self.rest,
            "later": self.later,
            "whole": self.whole,
            "ready": self.look_ups.ready,
            "value": self.look_ups.value,
            "part": self.look_ups.part,
            "count": self.look_ups.count,
            "done": self.look_ups.done,
            "look_ups": self.look_ups,
            "base": self.base,
            "chain": chain,
            **self.mapped.entry_points(),
            **self.key_functions.entry_points(),
            "rounds": self.counted.rounds,
            "tick": self.counted.tick,
        }

    def program_frame(self) -> FrameType:
        """The frame of the program that the loop stands in."""
        return program_frame(self.region.module, self.driver.program)

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
        if watched is None and self.look_ups.is_idle():
            self.look_ups.on = False
            return iterable
        self._rest = iterable
        return chain.from_iterable(self._whole(watched))

    def _whole(self, watched: Iterator[Any] | None) -> Iterator[Iterable[Any]]:
        """The parts of such a loop. The last one asks for nothing."""
        self.look_ups.on = True
        yield watched or ()
        outer, self.look_ups.now = self.look_ups.now, Activation()
        self.look_ups.now.piloting = self.look_ups.on = False
        try:
            yield self.rest()
        finally:
            self.look_ups.now, self.look_ups.on = outer, True

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
            self.driver.restore_code(self.region, sys._getframe(2).f_code)
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
            self._refuse("MX307", f"a {strange} may not be read ahead")
        return not strange

    def passes(self, items: Sequence[Any], sample: list[Any]) -> bool:
        """Whether nothing in the concrete objects speaks against calling the map slice on a sample out of order."""
        try:
            prepare(self.region, self.driver.program, self.program_frame(), items, [items]).add_items(sample)
        except Refusal as refusal:
            self._refuse(refusal.code, refusal.reason)
            self.cold += COLD_ENTRIES // 4
            return False
        return True

    def _better_inside(self, iterable: Iterable[Any]) -> bool:
        """Whether there are too few items to share out, but loops inside that have more."""
        count = count_of(iterable) if self.has_inner else None
        return count is not None and count < 2 * self.driver.slots

    def watched(self, iterable: Iterable[Any], bases: list[Any], entry: int) -> Iterator[Any]:
        """The pilot, and then either nothing (the rest goes on as written) or the region's own items."""
        outer, now = self.look_ups.now, Activation()
        source = iter(iterable)
        pilot = Pilot()
        nested = self.driver.begin_pilot()
        decided: Verdict = "more"
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
                spent = _now() - began
                self.look_ups.now = outer
                if pilot.add(spent):
                    decided = self._judge(now, pilot, count_left(iterable, bases, pilot.count), nested)
            now.piloting = False
            self.driver.end_pilot()
            self._rest = source
            if decided != "go":
                self._stay(now, pilot, count_left(iterable, bases, pilot.count))
                return
            self.cold = 0
            while self._open(now, pilot, iterable, source, bases, entry):
                yield from self._items(now)
                if not self.region.fresh_iterator or self.cold >= COLD_ENTRIES or now.ended:
                    break
                self.look_ups.now = outer
                self._close(now)
        finally:
            self.look_ups.now = outer
            if now.piloting:
                self.driver.end_pilot()
            self._close(now)

    def _close(self, now: Activation) -> None:
        """Keeps what the link has to tell."""
        for reason in now.link.reasons if now.link is not None else ():
            self.figures.note(reason)
        now.close()

    def _judge(self, now: Activation, pilot: Pilot, left: int | None, nested: bool) -> Verdict:
        elapsed, later, map_ns = pilot.times(now.map_ns)
        measured = None if self.region.shape in UNMEASURED else map_ns
        return judge(pilot.count, elapsed, later, left, self.driver.slots, nested, measured, now.values)

    def _stay(self, now: Activation, pilot: Pilot, left: int | None) -> None:
        """Notes that an entry was not worth it, and why."""
        self.cold += 1
        elapsed, later, map_ns = pilot.times(now.map_ns)
        measured = None if self.region.shape in UNMEASURED else map_ns
        self.figures.items += pilot.count + (left or 0)
        self.figures.measured(pilot.count, elapsed, map_ns)
        self.figures.stayed(*reason_to_stay(pilot.count, elapsed, later, left, self.driver.slots, measured, now.values))

    def _light(self, count: int, mean: int) -> None:
        """Notes that what was read ahead turned out to be too little."""
        self.cold += 1
        text = f"legal, not worth it: {count} items × {show_ms(mean)} = {show_ms(count * mean)}"
        self.figures.items += count
        self.figures.stayed("MX601", text)

    def _refuse(self, code: str, reason: str) -> None:
        self.figures.stayed(code, reason)
        self.driver.refused(self.region, code, reason)

    def _open(
        self,
        now: Activation,
        pilot: Pilot,
        iterable: Iterable[Any],
        source: Iterator[Any],
        bases: list[Any],
        entry: int,
    ) -> bool:
        """Looks at the concrete objects and opens the region; False (and `_rest` set) where the loop goes on as
        written."""
        first = len(now.items)
        fault: Exception | None = None
        elapsed, later, map_ns = pilot.times(now.map_ns)
        mean = max(elapsed // pilot.count, later)
        try:
            shipment = prepare(self.region, self.driver.program, self.program_frame(), iterable, bases)
            bounds = range_left(iterable, first)
            if bounds is None:
                ahead, fault = read_ahead(islice(source, AHEAD_MAX) if self.region.fresh_iterator else source)
                self._rest = chain(ahead, source if fault is None else raising(fault))
                if len(ahead) * mean < worth_ns(nested=False):
                    self._light(first + len(ahead), mean)
                    return False
                now.items += ahead
                shipment.add_items([None] * first + now.items[first:])  # the pilot's are done with
        except Refusal as refusal:
            self._refuse(refusal.code, refusal.reason)
            self.cold += COLD_ENTRIES // 4
            return False
        now.shipment = shipment
        now.span = bounds if bounds is not None else range(len(now.items))
        if len(now.span) - first < 2:
            return False
        now.link = self.driver.open(self.region, entry, first, len(now.span), mean, shipment, bounds)
        self.figures.opened += 1
        self.figures.items += len(now.span)
        self.figures.measured(pilot.count, elapsed, map_ns)
        now.ended = fault is not None
        self._rest = () if fault is None else raising(fault)
        if bounds is not None:
            now.items = []
        return True

    def _items(self, now: Activation) -> Iterator[Any]:
        """The items of an open region, each once its values are there or cheaper to have here."""
        link, shipment = now.link, now.shipment
        assert link is not None and shipment is not None
        items: Any = now.items or now.span

        def load(data: bytes) -> Any:
            return shipment.sent.values(data, items.__getitem__)

        for position in range(link.first, link.count):
            if not shipment.bindings.hold():
                self._refuse("MX701", f"a name that chunks were given was bound anew before item {position}")
                yield from self._in_place(now, [items[p] for p in range(position, link.count)])
                return
            at = link.find(position, load)
            if link.is_too_dear():
                self.cold = COLD_ENTRIES
                self._refuse("MX603", "the values cost more to carry than to compute")
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
