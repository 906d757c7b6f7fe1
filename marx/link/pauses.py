"""Pauses between tries of what did not work. Pure: chance is an argument.

They grow, so that whoever is in trouble is not asked all the time, and are spread by chance, so that a lab full of
machines does not ask at the same moment.
"""

from __future__ import annotations


class Pauses:
    """From `first_s` on each twice as long as the one before, up to `most_s`; then half as much more or less."""

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._pause_s = first_s

    def next_s(self, chance: float) -> float:
        """How long to wait before the next try. `chance` is in 0..1."""
        pause_s, self._pause_s = self._pause_s, min(2 * self._pause_s, self._most_s)
        return pause_s * (0.5 + chance)

    def succeeded(self) -> None:
        """It worked: the next trouble begins with the first pause."""
        self._pause_s = self._first_s
