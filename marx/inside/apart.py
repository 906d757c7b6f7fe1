"""Whether a value holds an object of which the driver has one of its own.

What the light parts of a map slice make, the driver makes, too. The program's text says which values may hold such an
object (program/twins.py); a chunk sees whether they do."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from marx.inside.reach import TooMuch, reachable
from marx.inside.refusals import Unsendable
from marx.inside.world import ATOMS, is_constant

LOOKED_AT_MAX = 100_000
"""So many objects are looked at for each value."""


class Apart:
    """Called with a slot's value and what it may have its objects from; returns the value or raises `Unsendable`."""

    def __init__(self, *references: Container[int]) -> None:
        """`references` are the ids of objects that come from the driver, and return to it as themselves."""
        self._references = references

    def __call__(self, value: Any, held: tuple[Any, ...]) -> Any:
        if all(type(thing) in ATOMS for thing in held):
            return value
        try:
            twins, made = reachable(held, LOOKED_AT_MAX), reachable([value], LOOKED_AT_MAX)
        except TooMuch:
            raise Unsendable("MX404", "a value that is too large to look for objects of the ordered part") from None
        for key in twins.keys() & made.keys():
            if not is_constant(twins[key]) and not any(key in known for known in self._references):
                raise Unsendable("MX404", f"a {type(twins[key]).__name__} that the ordered part has as well")
        return value
