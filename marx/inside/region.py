"""A region while its program runs: the entry points that stand where the map slice and the loop's head stood.

`Site` is one region of the plan; rewrite.py names its entry points, passage.py is what happens each time that its loop
is entered, lookups.py what the body asks for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from types import FrameType
from typing import Any

from marx.inside import passage
from marx.inside.ahead import not_readable_ahead
from marx.inside.applied import KeyFunctions, Mapped
from marx.inside.counted import CountedLoop
from marx.inside.counting import count_of
from marx.inside.decide import COLD_ENTRIES, SAMPLE_NS_MAX, UNDER_WAY_MAX
from marx.inside.figures import Figures
from marx.inside.gate import prepare
from marx.inside.link import Link
from marx.inside.lookups import Activation, LookUps
from marx.inside.refusals import Refusal
from marx.inside.state import program_frame
from marx.program.lines import LINES_MAX
from marx.program.plan import Region


class Site:
    """One region of the plan, with its entry points. `driver` knows what all sites share."""

    def __init__(self, region: Region, driver: Link) -> None:
        self.region = region
        self.driver = driver
        self.look_ups = LookUps(region, driver.paranoid)
        self.entries = 0
        self.cold = 0
        self.under_way = 0
        """Passages that have begun and not ended: in a recursion, one inside the other."""
        self.watched_yet = True
        """Whether the program's code should still ask."""
        self.figures = Figures()
        self._bases: list[Any] = []
        self.left: Iterable[Any] = ()
        """What the loop leaves to the original body."""
        self.inner: tuple[int, ...] = ()
        """The lines of regions inside this one."""
        self.mapped = Mapped(self)
        self.key_functions = KeyFunctions(self)
        self.counted = CountedLoop(self)

    def entry_points(self) -> dict[str, Any]:
        return {
            "site": self,
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
        left, self.left = self.left, ()
        return left

    def later(self) -> Iterator[Any]:
        """The same for a generator expression, which asks for its iterable before `loop` has run."""
        return chain.from_iterable(self.rest() for _ in range(1))

    def whole(self, iterable: Iterable[Any]) -> Iterable[Any]:
        """`loop` and `rest` in one, for sets and dicts: the order of a set made in two parts would be another."""
        watched = self._watch(iterable)
        if watched is None and self.look_ups.is_idle():
            self.look_ups.on = False
            return iterable
        self.left = iterable
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
        self.left = iterable
        return ()

    def _watch(self, iterable: Iterable[Any]) -> Iterator[Any] | None:
        """The items under watch; None where the loop had better run as written, which asks the iterable for an
        iterator itself."""
        bases = self.take_bases()
        self.entries += 1
        if self.is_cold(3):
            return None
        if not self.may_open(iterable, bases) or self._better_inside(iterable):
            return None
        return self.watched(iterable, bases, self.entries)

    def is_cold(self, depth: int) -> bool:
        """Whether the site is no longer watched. The program's frame, so far up, then gets rid of it if it can: that is
        tried now and then, since a function may be made anew. In a recursion it is not watched any deeper."""
        if self.cold < COLD_ENTRIES:
            return self.under_way >= UNDER_WAY_MAX
        if self.watched_yet or self.entries & (self.entries - 1) == 0:
            self.watched_yet = False
            self.driver.restore_code(self.region, sys._getframe(depth).f_code)
        return True

    def may_open(self, iterable: Iterable[Any], bases: list[Any]) -> bool:
        if not self.driver.may_open():
            return False
        strange = not_readable_ahead(self.region, iterable, bases)
        if strange:
            self.cold += 1
            self.refuse("MX307", f"a `{strange}` may not be read ahead")
        return not strange

    def passes(self, items: Sequence[Any], sample: list[Any]) -> bool:
        """Whether nothing in the concrete objects speaks against calling the map slice on a sample out of order."""
        try:
            prepare(self.region, self.driver.program, self.program_frame(), items, [items]).add_items(
                sample, SAMPLE_NS_MAX
            )
        except Refusal as refusal:
            self.refuse(refusal.code, refusal.reason)
            self.cold += COLD_ENTRIES // 4
            return False
        return True

    def watched(self, iterable: Iterable[Any], bases: list[Any], entry: int) -> Iterator[Any]:
        """The items of one passage through the loop, as far as it does not leave them to the original body."""
        return passage.watched(self, iterable, bases, entry)

    def refuse(self, code: str, reason: str) -> None:
        """An entry runs in order for this reason."""
        self.figures.stayed(code, reason)
        self.driver.refused(self.region, code, reason)

    def _better_inside(self, iterable: Iterable[Any]) -> bool:
        """Whether there are too few items to share out, but loops inside that have more."""
        count = count_of(iterable) if self.inner else None
        if count is None or count >= 2 * self.driver.slots:
            return False
        self.leave_to_inner()
        return True

    def leave_to_inner(self) -> None:
        """Notes that an entry ran in order, so that the loops inside may not."""
        if self.figures.code != "MX602":
            lines = ", ".join(map(str, self.inner[:LINES_MAX]))
            self.figures.stayed("MX602", f"legal, but too few items to share out: left to what repeats at line {lines}")
