"""The order of sets, which a copy does not keep by itself.

A set iterates by the slots of its table. Of the slots that its hash names, in their turn, an element has the first that
was free when it came. So a copy that takes the elements in the order in which the original shows them may show another
one. `recipe` finds in what order an empty set has to take them to become just like the original: it tells from hashes
and the order shown which slot each has, and lets nobody in before those who stand in his way.

What is said here of CPython's tables is tried out at once: a recipe that does not give the same order and the same
table is none."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any

Recipe = list[Any] | dict[Any, None]
"""What `update` gives an empty set. It makes room for all of a dict at once, and grows as a list's elements come."""
ELEMENTS_MAX = 1 << 14
"""Larger sets take longer to find out about than most regions save."""
_EMPTY_BYTES = sys.getsizeof(set())
_SLOT_BYTES = struct.calcsize("Pn")
_SLOTS_MIN = 8
_NEIGHBOURS = 9
"""So many slots behind one that is taken are tried before the next jump, where the table has them."""
_TRIES = (16, 160)
"""So many slots are looked at for each element: hardly any lies further away, but where hashes have a pattern."""
_SHUFFLES = 100
_SHUFFLED_MAX = 20
"""Where the last growth moved nearly all elements, the order that they had before decides. So many tries find it if
there are not many."""
_HASH_MASK = (1 << struct.calcsize("P") * 8) - 1


def is_like(copy: set[Any] | frozenset[Any], value: set[Any] | frozenset[Any]) -> bool:
    """Whether both iterate in one order and have tables of one size, so that they grow alike."""
    return sys.getsizeof(copy) == sys.getsizeof(value) and list(copy) == list(value)


def recipe(value: set[Any]) -> Recipe | None:
    """What makes an empty set into one like the value; None if that is not to be found out."""
    if not 0 < len(value) <= ELEMENTS_MAX:
        return None
    slots = max(_SLOTS_MIN, (sys.getsizeof(value) - _EMPTY_BYTES) // _SLOT_BYTES)
    grown, before = _growth(len(value))
    taken = next(filter(None, (_taken(list(value), slots, tries) for tries in _TRIES)), {})
    if slots != grown:
        return _tried_out(dict.fromkeys(_arrivals(taken, slots, 0)), value)
    order = _arrivals(taken, slots, before)
    found = _tried_out(order, value)
    chance, moved = Random(len(value)), before or len(value)
    for _ in range(_SHUFFLES if moved <= _SHUFFLED_MAX else 0):
        if found is not None:
            break
        first = order[:moved]
        chance.shuffle(first)
        found = _tried_out([*first, *order[moved:]], value)
    return found


def _tried_out(found: Recipe, value: set[Any]) -> Recipe | None:
    copy: set[Any] = set()
    copy.update(found)
    return found if is_like(copy, value) else None


def _growth(count: int) -> tuple[int, int]:
    """The slots of a set that grew element by element, and how many it had when it grew for the last time."""
    slots, before = _SLOTS_MIN, 0
    for held in range(1, count + 1):
        if held * 5 >= (slots - 1) * 3:
            slots, before = 1 << (held * 4).bit_length(), held
    return slots, before


def _tried(element: Any, slots: int) -> Iterator[int]:
    """The slots that an element tries, in their turn."""
    at = hash(element)
    rest = at & _HASH_MASK
    while True:
        at %= slots
        yield from range(at, at + _NEIGHBOURS + 1 if at + _NEIGHBOURS < slots else at + 1)
        rest >>= 5
        at = at * 5 + 1 + rest


def _taken(shown: Sequence[Any], slots: int, tries: int) -> dict[int, Any]:
    """What lies in which slot, where the elements are shown in this order: each in a slot behind the one before, and
    all together as early in their turns as that allows. Empty if it cannot be."""
    ways: list[tuple[int, int, Any]] = [(-1, 0, None)]  # (last slot, turns in all, (last slot, those before))
    for element in shown:
        turns = {slot: turn for turn, slot in reversed(list(enumerate(islice(_tried(element, slots), tries))))}
        longer: list[tuple[int, int, Any]] = []
        best: tuple[int, int, Any] | None = None
        looked = 0
        for slot in sorted(turns):
            while looked < len(ways) and ways[looked][0] < slot:
                best = ways[looked]  # of `ways`, a later slot always means fewer turns
                looked += 1
            if best is not None and (not longer or best[1] + turns[slot] < longer[-1][1]):
                longer.append((slot, best[1] + turns[slot], (slot, best[2])))
        ways = longer
    chain = ways[-1][2] if ways else None
    found = {}
    for element in reversed(shown):
        if chain is None:
            return {}
        found[chain[0]] = element
        chain = chain[1]
    return found


def _arrivals(taken: dict[int, Any], slots: int, before: int) -> list[Any]:
    """The elements in an order in which each finds its slot. Of the first `before`, which move when the set grows for
    the last time, as many as there are lie where they would go first."""
    first = [slot for slot, element in taken.items() if hash(element) % slots == slot]
    order: dict[int, Any] = {slot: taken[slot] for slot in first[:before]}
    for slot in sorted(taken):
        waiting = [slot]
        while waiting:
            last = waiting[-1]
            blocking = [s for s in _earlier(taken[last], last, slots) if s in taken and s not in order]
            if last not in order and blocking and len(waiting) <= len(taken):
                waiting += blocking
            else:
                order.setdefault(last, taken[last])
                waiting.pop()
    return list(order.values())


def _earlier(element: Any, slot: int, slots: int) -> Iterator[int]:
    """The slots that an element tries before the one that it has."""
    for tried in _tried(element, slots):
        if tried == slot:
            return
        yield tried
