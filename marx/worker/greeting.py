"""When to say Hello: at first, after a reconnect, after a silence. Pure: time and chance are arguments.

Pauses grow while nobody answers, and are spread by chance, so that a lab full of workers does not knock at the same
moment.
"""

from __future__ import annotations

from marx.link.pauses import Pauses
from marx.wire.messages import Welcome

PAUSE_S = 1.0
PAUSE_MAX_S = 3.0
"""With what a socket takes to dial anew (`RECONNECT_MAX_MS`), less than a distributor that was started again waits for
its workers (`settle_ms`): a later one would be lost, with the driver that it holds."""
SILENCE_S = 10.0
"""How long the distributor may be silent, until its Welcome says what it thinks itself."""


class Greeting:
    """Whether we are welcome, and when to knock next. Times are seconds of a clock that does not run backwards."""

    def __init__(self) -> None:
        self.ever_welcomed = False
        self.welcome: Welcome | None = None
        self.heard_s = 0.0
        """When anything came from the distributor last."""
        self._next_s = 0.0
        self._pauses = Pauses(PAUSE_S, PAUSE_MAX_S)

    def due(self, now_s: float, *, reconnected: bool) -> bool:
        """Whether to say Hello now."""
        if reconnected or (self.welcome is not None and now_s - self.heard_s > self._silence_s()):
            self.lost(now_s)
        return self.welcome is None and now_s >= self._next_s

    def said(self, now_s: float, chance: float) -> None:
        """Hello was said, or could not be. `chance` is in 0..1."""
        self._next_s = now_s + self._pauses.next_s(chance)

    def lost(self, now_s: float) -> None:
        """The distributor does not know us any more, or cannot hear us."""
        if self.welcome is not None:
            self.welcome = None
            self._next_s = now_s

    def heard(self, now_s: float) -> None:
        """Anything came from the distributor."""
        self.heard_s = now_s

    def welcomed(self, welcome: Welcome, now_s: float) -> None:
        """It knows us."""
        self.ever_welcomed = True
        self.welcome = welcome
        self.heard_s = now_s
        self._pauses.succeeded()

    def heartbeat_s(self) -> float:
        """The pause between two heartbeats."""
        return self.welcome.heartbeat_ms / 1000 if self.welcome else PAUSE_S

    def _silence_s(self) -> float:
        return self.welcome.lease_ms / 1000 if self.welcome else SILENCE_S
