"""Regions without a loop of their own in the program's text: `map` and its kin, and functions that order by a key.

A library function or a builtin asks for the values here. It gets those that chunks delivered, and calls the program's
function for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, starmap
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any
from weakref import ref

from marx.inside import decide
from marx.inside.counting import count_of

if TYPE_CHECKING:
    from marx.inside.region import Site

SAMPLE = 8
_LASTING = (range, tuple)
"""Nobody can change these while they are ordered; a copy of a large range would cost more than light key functions."""


class Mapped:
    """`map`, `filter` and `starmap` of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def entry_points(self) -> dict[str, Callable[..., Any]]:
        return {
            "map": partial(self.call, map),
            "filter": partial(self.call, filter),
            "starmap": partial(self.call, starmap),
        }

    def call(self, native: type[Any], function: Callable[..., Any], *iterables: Iterable[Any]) -> Iterator[Any]:
        """`native` as the program wrote it, with an open region's values for calls."""
        site = self.site
        bases = site.take_bases()
        site.entries += 1
        head = zip(*iterables, strict=False) if len(iterables) > 1 else iterables[0]
        if site.is_cold(2) or not site.may_open(head, bases):
            made: Iterator[Any] = native(function, *iterables)
            return made
        return chain.from_iterable(self._parts(native, function, iterables, bases, site.entries))

    def _parts(
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
        look_ups = self.site.look_ups
        many = len(iterables) > 1
        iterable: Iterable[Any] = zip(*iterables, strict=False) if many else iterables[0]
        watched = self.site.watched(iterable, bases, entry)
        try:
            for item in watched:
                if look_ups.ready(0):
                    value = look_ups.value(0)
                    yield (value,) if native is not filter else (item,) if value else ()
                else:
                    one = iter((item,))
                    yield starmap(function, one) if many else native(function, one)
                    if _was_ended(one):
                        return
        finally:
            watched.close()  # type: ignore[attr-defined]
        rest = self.site.rest()
        yield starmap(function, rest) if many else native(function, rest)


def _was_ended(one: Iterator[Any]) -> bool:
    """Whether the function raised StopIteration, which ends `map` and its kin: then the only item was taken, but nobody
    came for another."""
    return len(one.__reduce__()) == 3  # of a used-up iterator the tuple is gone, and so is the place in it


class KeyFunctions:
    """`sorted(xs, key=f)`, `max(xs, key=f)`, `xs.sort(key=f)` and the like of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._ordered: list[Sequence[Any] | None] = []

    def entry_points(self) -> dict[str, Callable[..., Any]]:
        return {"keybase": self.base, "keyed": self.keyed}

    def base(self, values: Any) -> Any:
        """What is about to be ordered by a key function: its items, before `sort` takes them out of their list."""
        counted = count_of(values) is not None
        self._ordered.append(values if type(values) in _LASTING else list(values) if counted else None)
        return values

    def keyed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A key function in the place of the program's: it is called once for each item, in their order."""
        site = self.site
        items = self._ordered.pop()
        site.entries += 1
        # In a recursion, each call that is looked at beforehand would look at all that it calls.
        if site.is_cold(2) or site.under_way or items is None or not site.may_open(items, [items]):
            return function
        if not site.region.prints:
            sample = list(items[:SAMPLE])
            if not site.passes(items, sample):
                return function
            if self._is_light(function, sample):
                site.cold += 1
                return function
        watched = site.watched(items, [items], site.entries)

        def key(item: Any) -> Any:
            if next(watched, self) is self:
                # From here on nothing stands between the caller and the program's function but C code.
                handed().__setstate__((function, (), {}, None))  # type: ignore[union-attr]
                return function(item)
            return site.look_ups.value(0) if site.look_ups.ready(0) else function(item)

        asked = partial(key)
        handed = ref(asked)  # a cycle would keep the region open after the caller is done
        return asked

    def _is_light(self, function: Callable[..., Any], sample: list[Any]) -> bool:
        """Whether a pure key function is too cheap to be watched, by a few calls beforehand of which nothing is kept.

        Once it is called by C code, nothing could take the watch off again without leaving some of it behind."""
        enough = decide.ITEM_NS_MIN * len(sample)
        self.site.under_way += 1
        try:
            began = perf_counter_ns()
            for item in sample:
                function(item)
                if perf_counter_ns() - began >= enough:
                    return False
            return True
        except Exception:
            return True
        finally:
            self.site.under_way -= 1
