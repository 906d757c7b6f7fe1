"""The distributor's time, which stands still while the distributor does. Pure but for the clock that it is given.

A process that was stopped (Ctrl-Z, a paused virtual machine, a host that swaps) heard nobody, and must not take that
for their silence: all workers would be lost at once, and drivers begin anew. It looks at the clock at each heartbeat,
so two looks that are far apart have a stop between them.
"""

from __future__ import annotations

from collections.abc import Callable

BEATS_IN_A_STOP = 3
"""Heartbeats without a look at the clock that are a stop."""


class WakingTime:
    """`now_ms` is the given clock's time without the stops. It must be asked every `heartbeat_ms` at least."""

    def __init__(self, clock_ms: Callable[[], int], heartbeat_ms: int) -> None:
        self._clock_ms = clock_ms
        self._gap_ms = BEATS_IN_A_STOP * heartbeat_ms
        self._last_ms = clock_ms()
        self._stopped_ms = 0

    def now_ms(self) -> int:
        now_ms = self._clock_ms()
        gap_ms = now_ms - self._last_ms
        if gap_ms >= self._gap_ms:
            self._stopped_ms += gap_ms
        self._last_ms = now_ms
        return now_ms - self._stopped_ms
