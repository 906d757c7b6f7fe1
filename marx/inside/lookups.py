"""The look-ups that stand in a region's body where its map slice stood: is this slot's value here, and which is it?

`Activation` is one run of a region's loop, `LookUps` answers for whichever run is the current one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from marx.inside.gate import Shipment
from marx.inside.generators import restore
from marx.inside.link import Part, RegionLink
from marx.inside.makers import MISSING
from marx.inside.watch import sum_of
from marx.program.plan import Region

_now = time.perf_counter_ns


class Activation:
    """One run of a region's loop. `part` has the item in hand at position `at`; None when it is computed in place.
    `map_ns` is what the map slice took of the pilot, for so many `values`; `stale`: what chunks were given is no longer
    what the program would read."""

    __slots__ = (
        "asked",
        "at",
        "began",
        "counters",
        "ended",
        "items",
        "link",
        "map_ns",
        "part",
        "piloting",
        "shipment",
        "span",
        "stale",
        "values",
    )

    def __init__(self) -> None:
        self.part: Part | None = None
        self.began = self.map_ns = self.values = 0
        self.span = range(0)
        self.ended = self.stale = False
        self.asked = -1
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


class LookUps:
    """The slots of one region, looked up for the item that its loop has handed out last. `on`: look-ups are worth
    asking for; a set or dict has no second loop without any."""

    __slots__ = ("_bound", "_idle", "_is_simple", "_loops", "_names", "_paranoid", "_seeds", "now", "on")

    def __init__(self, region: Region, paranoid: bool = False) -> None:
        """`paranoid`: no look-up is ever ready; what is then computed is compared with it."""
        self._paranoid = paranoid
        self._bound = [None if slot.is_expression else (*slot.names, *slot.maybe) for slot in region.slots]
        self.now = self._idle = Activation()
        self._idle.piloting = False
        self.on = True
        self._loops = [slot.loops for slot in region.slots]
        self._names = [len(slot.names) if slot.maybe else -1 for slot in region.slots]
        self._seeds = [bool(slot.generators) for slot in region.slots]
        self._is_simple = [not (slot.loops or slot.maybe or slot.generators or region.prints) for slot in region.slots]

    def is_idle(self) -> bool:
        """Whether no run of the loop is under watch."""
        return self.now is self._idle

    def ready(self, slot: int) -> bool:
        """Whether a chunk has filled the slot, and may still be believed."""
        now = self.now
        if now.part is None:
            if now.piloting:
                now.began = _now()
            return False
        if not now.shipment.bindings.hold():  # type: ignore[union-attr]
            now.part, now.stale = None, True
            return False
        value = now.part.columns[slot][now.at]
        if value is MISSING:
            return False
        if self._paranoid:
            now.asked = slot
            return False
        loops = self._loops[slot]
        return not loops or self._place(loops) in value

    def done(self, value: Any) -> Any:
        """A slot was computed in place: in the pilot, so long it takes."""
        if self.now.piloting:
            self.now.map_ns += _now() - self.now.began
            self.now.values += 1
        if self.now.asked >= 0:
            self._compare(value, sys._getframe(1).f_locals)
        return value

    def _compare(self, value: Any, local: dict[str, Any]) -> None:
        """Holds what was computed here against what a chunk says; a difference is noted, and this counts."""
        now, slot = self.now, self.now.asked
        now.asked = -1
        assert now.part is not None and now.link is not None
        held, loops = now.part.columns[slot][now.at], self._loops[slot]
        if loops:
            held = held.get(self._place(loops), MISSING)
        if held is MISSING:
            return
        held = self._without_states(slot, held)
        names = self._bound[slot]
        if names is None or not names:
            pairs = [(held, value)] if names is None else []
        else:
            several = held if len(names) > 1 or self._names[slot] >= 0 else (held,)
            pairs = [(one, local.get(name, MISSING)) for one, name in zip(several, names, strict=True)]
        if any(one is not MISSING and sum_of(one) != sum_of(made) for one, made in pairs):
            now.link.note(f"MX703 item {now.link.start + now.at} has another value in a chunk")

    def value(self, slot: int) -> Any:
        """The slot's value: of a group of statements a tuple of what they bound."""
        if self._is_simple[slot]:  # most are, and this is done for every value
            now = self.now
            return now.part.columns[slot][now.at]  # type: ignore[union-attr]
        held, names = self._held(slot), self._names[slot]
        return held[:names] if names >= 0 else held

    def part(self, slot: int, position: int, take: int) -> Any:
        """Whether the map slice bound the slot's `position`-th uncertain name, or (`take`) its value."""
        loops = self._loops[slot]
        assert self.now.part is not None
        held = self.now.part.columns[slot][self.now.at]
        held = held[self._place(loops)] if loops else held
        value = self._without_states(slot, held)[self._names[slot] + position]
        return value if take else value is not MISSING

    def count(self, number: int, iterable: Iterable[Any]) -> Iterator[Any]:
        """An inner loop of the body: keeps its counter, so that the look-ups inside know where they are."""
        now = self.now
        for position, item in enumerate(iterable):
            now.counters[number] = position
            yield item

    def _held(self, slot: int) -> Any:
        """What the map slice put into a slot; what it printed on the way is printed now, and the random generators that
        it seeded are left as it left them."""
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
        held = held[place] if loops else held
        if not self._seeds[slot]:
            return held
        value, states = held
        restore(states)
        return value

    def _without_states(self, slot: int, held: Any) -> Any:
        """What a slot holds, apart from the states of generators that came with it."""
        return held[0] if self._seeds[slot] else held

    def _place(self, loops: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(self.now.counters[n] for n in loops)
