"""Time, chance and what happens next: one number, one generator, one heap.

Everything in a simulated lab happens in an action of this agenda, one after the other. A seed decides all of it, so a
run can be had again, with its story told.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random
from typing import Any

Action = Callable[..., None]


class Violation(AssertionError):
    """Something happened that must never happen, or did not happen that must."""


class World:
    """`now` is true time in ms; whose clock goes wrong asks here and distorts. `story` is None unless it is told."""

    def __init__(self, seed: int, tell: bool = False) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.now = 0
        self.story: list[str] | None = [] if tell else None
        self._agenda: list[tuple[int, int, Action, tuple[Any, ...]]] = []
        self._order = 0
        self.steps = 0

    def later(self, delay_ms: float, action: Action, *about: Any) -> None:
        self._order += 1
        heappush(self._agenda, (self.now + max(0, round(delay_ms)), self._order, action, about))

    def step(self) -> None:
        """The next thing happens."""
        self.now, _, action, about = heappop(self._agenda)
        self.steps += 1
        action(*about)

    def note(self, who: str, text: str, *about: object) -> None:
        """A line of the story, put together only if somebody reads it."""
        if self.story is not None:
            self.story.append(f"{self.now:>7}  {who:<8} {text % about if about else text}")

    def between(self, low: float, high: float) -> float:
        return self.chance.uniform(low, high)

    def happens(self, likelihood: float) -> bool:
        return likelihood > 0 and self.chance.random() < likelihood
