"""How long nothing has come from the distributor, for whoever waits at a prompt. Pure.

What counts is time in which we listened, not what a clock says: a process that was stopped itself (Ctrl-Z, a machine
that slept) has missed nothing when it goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable

HEARTBEATS = 3
"""So many that did not come are worth a word: one may be late, and a distributor that is busy two."""


class Silence:
    """`tell` is called with the seconds, again and again while it lasts, once that is longer than `noticed_s`; and with
    0 when it is over."""

    def __init__(self) -> None:
        self.noticed_s = math.inf
        """Until a distributor has said how often it is to be heard."""
        self.tell: Callable[[float], None] = lambda _: None
        self._lasted_s = 0.0

    def lasts(self, seconds: float) -> None:
        """We listened for so long, and nothing came."""
        self._lasted_s += seconds
        if self._lasted_s >= self.noticed_s:
            self.tell(self._lasted_s)

    def ends(self) -> None:
        """Something came."""
        lasted_s, self._lasted_s = self._lasted_s, 0.0
        if lasted_s >= self.noticed_s:
            self.tell(0.0)
