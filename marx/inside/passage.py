"""One passage of the program through a region's loop: the pilot, the decision, and the items of what was opened.

The loop starts as the program wrote it. If what is left is worth it and nothing that a look at the concrete objects
shows speaks against it, the rest is opened as a region: values then come from chunks, and an item without one is
computed in place by the original code. Everything else is left to the original body (`Site.left`)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from marx.inside import decide
from marx.inside.ahead import raising, read_ahead
from marx.inside.counting import count_left, range_left
from marx.inside.decide import (
    COLD_ENTRIES,
    Sample,
    Verdict,
    judge,
    reason_to_stay,
    show_ms,
    worth_ns,
)
from marx.inside.gate import prepare
from marx.inside.lookups import Activation
from marx.inside.pilot import Pilot
from marx.inside.refusals import Refusal

if TYPE_CHECKING:
    from marx.inside.link import RegionLink
    from marx.inside.region import Site

AHEAD_MAX = 1 << 17
"""So many items at a time are taken from `product`, `permutations` and their like, which may have no end in sight."""
UNMEASURED = frozenset({"map", "filter", "starmap", "key"})
"""Shapes whose map slice is called by a library, so that what it takes of an item is not known."""
_now = time.perf_counter_ns


def watched(site: Site, iterable: Iterable[Any], bases: list[Any], entry: int) -> Iterator[Any]:
    """The pilot, and then either nothing (the rest goes on as written) or the region's own items."""
    look_ups, now = site.look_ups, Activation()
    outer, source = look_ups.now, iter(iterable)
    pilot = Pilot()
    passage = _Passage(site, now, pilot, iterable, source, bases, entry)
    nested = site.driver.begin_pilot()
    decided: Verdict = "more"
    site.under_way += 1
    try:
        while decided == "more":
            try:
                item = next(source)
            except StopIteration:
                break
            now.items.append(item)
            look_ups.now = now
            began = _now()
            yield item
            spent = _now() - began
            look_ups.now = outer
            if pilot.add(spent):
                decided = passage.judge(nested)
        now.piloting = False
        site.driver.end_pilot()
        site.left = source
        if decided != "go":
            passage.stay()
            return
        site.cold = 0
        while passage.open():
            yield from passage.items()
            if not site.region.fresh_iterator or site.cold >= COLD_ENTRIES or now.ended:
                break
            look_ups.now = outer
            passage.close()
    finally:
        site.under_way -= 1
        look_ups.now = outer
        if now.piloting:
            site.driver.end_pilot()
            passage.was_left()
        passage.close()


def _not_worth_it(link: RegionLink) -> str:
    """What speaks against going on with an open region, by what has come of it."""
    if link.is_too_dear():
        return "the values cost more to carry than to compute"
    if link.is_in_vain():
        return f"no value can come from chunks: {link.reasons[0]}" if link.reasons else "no value comes from chunks"
    return "the values come no sooner than they can be computed here" if link.is_no_sooner() else ""


class _Passage:
    """What a passage weighs, opens and hands out; `watched` has the order of it."""

    def __init__(
        self,
        site: Site,
        now: Activation,
        pilot: Pilot,
        iterable: Iterable[Any],
        source: Iterator[Any],
        bases: list[Any],
        entry: int,
    ) -> None:
        self._site = site
        self._now = now
        self._pilot = pilot
        self._iterable = iterable
        self._source = source
        self._bases = bases
        self._entry = entry

    # --- whether it is worth it -------------------------------------------------------------------------------------

    def judge(self, nested: bool) -> Verdict:
        return judge(self._sample(), self._count_left(), self._site.driver.slots, nested)

    def stay(self) -> None:
        """Notes that the entry was not worth it, and why."""
        site, left, sample = self._site, self._count_left(), self._sample()
        site.cold += 1
        site.figures.items += sample.items + (left or 0)
        site.figures.measured(sample)
        site.figures.stayed(*reason_to_stay(sample, left, site.driver.slots))

    def was_left(self) -> None:
        """Notes that the program left its loop before there was enough to judge by."""
        if self._pilot.count:
            self.stay()
        else:
            self._site.cold += 1

    def _sample(self) -> Sample:
        measured = self._site.region.shape not in UNMEASURED
        return self._pilot.sample(self._now.map_ns if measured else None, self._now.values)

    def _count_left(self) -> int | None:
        return count_left(self._iterable, self._pilot.count)

    def _light(self, count: int, mean: int) -> None:
        """Notes that what was read ahead turned out to be too little."""
        self._site.cold += 1
        self._site.figures.items += count
        text = f"legal, not worth it: {count} items × {show_ms(mean)} = {show_ms(count * mean)}"
        self._site.figures.stayed("MX601", text)

    # --- the region -------------------------------------------------------------------------------------------------

    def open(self) -> bool:
        """Looks at the concrete objects and opens the region; False (and `left` set) where the loop goes on as
        written."""
        site, now, sample = self._site, self._now, self._sample()
        first, mean = len(now.items), int(sample.item_ns)
        fault: Exception | None = None
        try:
            shipment = prepare(site.region, site.driver.program, site.program_frame(), self._iterable, self._bases)
            bounds = range_left(self._iterable, first)
            if bounds is None:
                ahead, fault = self._read_ahead()
                if not first and not ahead:
                    return False  # what was opened before was all there is
                if len(ahead) * mean < worth_ns(nested=False):
                    self._light(first + len(ahead), mean)
                    return False
                now.items += ahead
                # the pilot's are done with
                shipment.add_items([None] * first + now.items[first:], decide.CARRY_SHARE_MAX * mean * len(ahead))
        except Refusal as refusal:
            site.refuse(refusal.code, refusal.reason)
            site.cold += COLD_ENTRIES // 4
            return False
        now.shipment, now.span = shipment, bounds if bounds is not None else range(len(now.items))
        if len(now.span) - first < 2:
            return False
        now.link = site.driver.open(site.region, self._entry, first, len(now.span), mean, shipment, bounds)
        now.ended = fault is not None
        site.left = () if fault is None else raising(fault)
        if bounds is not None:
            now.items = []
        site.figures.opened += 1
        site.figures.items += len(now.span)
        site.figures.measured(sample)
        return True

    def _read_ahead(self) -> tuple[list[Any], Exception | None]:
        """Items that are still to come, and what their iterator ended with. Until they are sent, they are `left`."""
        source = self._source
        ahead, fault = read_ahead(islice(source, AHEAD_MAX) if self._site.region.fresh_iterator else source)
        self._site.left = chain(ahead, source if fault is None else raising(fault))
        return ahead, fault

    def items(self) -> Iterator[Any]:
        """The items of an open region, each once its values are there or cheaper to have here."""
        site, now = self._site, self._now
        link, shipment = now.link, now.shipment
        assert link is not None and shipment is not None
        items: Any = now.items or now.span

        def load(data: bytes) -> Any:
            return shipment.sent.values(data, items.__getitem__)

        stop = link.stop
        for position in range(link.first, link.count):
            if now.stale or (position >= stop and not shipment.bindings.hold()):
                site.refuse("MX701", f"a name that chunks were given was bound anew before item {position}")
                yield from self._in_place([items[p] for p in range(position, link.count)])
                return
            at = link.find(position, load)
            if position >= stop:
                stop = link.stop
                fault = _not_worth_it(link)
                if fault:
                    site.cold = COLD_ENTRIES
                    site.refuse("MX603", fault)
                    site.left = chain(items[position:], site.left)
                    break
            now.part = link.part if at >= 0 else None
            now.at = at
            site.look_ups.now = now
            yield items[position]
        now.part = None

    def _in_place(self, items: list[Any]) -> Iterator[Any]:
        """What is left of an open region whose captures are no longer what the program would read."""
        now = self._now
        assert now.link is not None
        now.part = None
        now.link.in_place += len(items)
        for item in items:
            self._site.look_ups.now = now
            yield item

    def close(self) -> None:
        """Keeps what the link has to tell."""
        now = self._now
        for reason in now.link.reasons if now.link is not None else ():
            self._site.figures.note(reason)
        now.close()
