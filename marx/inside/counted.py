"""A `while` loop whose rounds are foretold: the values that its variables will have are the items of its region.

The program's own loop runs, and tells the values before each round. As long as they are the foretold ones, the round
is that item's; from the first that is not, the loop goes on as written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any

from marx.program.functions import control_code

if TYPE_CHECKING:
    from marx.inside.region import Site

ROUNDS_MAX = 4096
"""So many rounds are foretold at a time: a loop may have no end in sight."""
BITS_MAX = 256
"""A number that is multiplied by itself round after round is soon too large to write down."""


@dataclass(slots=True)
class _Run:
    """One run of the loop: the values foretold, how many came true, and the region's own loop over them."""

    started: bool = False
    values: list[Any] = field(default_factory=list)
    done: int = 0
    watched: Iterator[Any] | None = None

    def close(self) -> None:
        if self.watched is not None:
            self.watched.close()  # type: ignore[attr-defined]
            self.watched = None


class CountedLoop:
    """The entry points of one site that is a `while` loop."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._runs: list[_Run] = []
        self._code = control_code(site.region) if site.region.control is not None else None

    def rounds(self) -> CountedLoop:
        return self

    def __enter__(self) -> None:
        self._runs.append(_Run())

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._runs.pop().close()

    def tick(self, value: Any) -> bool:
        """Whether the round with this value is watched; else the loop goes on as written."""
        run = self._runs[-1]
        if not run.started:
            run.started = True
            self._begin(run, value)
        elif run.done == len(run.values) == ROUNDS_MAX and run.watched is not None:
            run.close()
            self._begin(run, value)
        if run.watched is None:
            return False
        if run.done < len(run.values) and _is_same(run.values[run.done], value):
            run.done += 1
            if next(run.watched, self) is not self:
                return True
        run.close()
        return False

    def _begin(self, run: _Run, value: Any) -> None:
        """Foretells the rounds from here on."""
        site = self._site
        site.entries += 1
        frame = sys._getframe(2)
        if site.is_cold(3):
            return
        if not site.driver.may_open():
            return
        if not _is_small(value):
            return
        run.values, run.done = self._foretell(value, {**frame.f_globals, **frame.f_locals}), 0
        few = bool(site.inner) and 0 < len(run.values) < 2 * site.driver.slots
        if few:
            site.leave_to_inner()
        elif len(run.values) > 1 and site.may_open(run.values, [run.values]):
            run.watched = site.watched(run.values, [run.values], site.entries)

    def _foretell(self, value: Any, names: dict[str, Any]) -> list[Any]:
        assert self._code is not None and self._site.region.control is not None
        control = FunctionType(self._code, names)
        arguments = value if len(self._site.region.control.names) > 1 else (value,)
        found: list[Any] = []
        try:
            for foretold in islice(control(*arguments), ROUNDS_MAX):
                if not _is_small(foretold):
                    break
                found.append(foretold)
        except Exception:
            return found  # the program will come to it, too, or not come so far
        return found


def _is_small(value: Any) -> bool:
    """Whether a value is a number, or a tuple of numbers, that does not grow beyond measure. What is no number could be
    changed by a step, and lists of it would be long."""
    if type(value) is tuple:
        return all(map(_is_small, value))
    return type(value) in (bool, float) or (type(value) is int and value.bit_length() <= BITS_MAX)


def _is_same(foretold: Any, value: Any) -> bool:
    """Whether two plain values are one and the same to whoever computes with them."""
    if type(foretold) is not type(value):
        return False
    if type(value) is tuple:
        return len(foretold) == len(value) and all(map(_is_same, foretold, value))
    if type(value) is float:
        return bool(foretold.hex() == value.hex())
    return type(value) in (int, bool) and bool(foretold == value)
