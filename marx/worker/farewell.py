"""How long a worker that was told to leave waits for its distributor. Pure: time is an argument.

What it still computes may take as long as it takes, while the distributor is there to want it. Where that is silent, or
does not acknowledge what is finished, the worker goes after the owner's patience: finished chunks are on its disk by
then, and all else is given to others sooner or later.
"""

from __future__ import annotations


class Farewell:
    """Times are seconds of a clock that does not run backwards."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._since_s: float | None = None

    def begin(self, now_s: float) -> None:
        """The worker was told to leave."""
        self._since_s = now_s

    def over(self, now_s: float, heard_s: float, *, computing: bool) -> bool:
        """Whether to go now. `heard_s` is when the distributor was heard last."""
        if self._since_s is None:
            return False
        if computing:
            self._since_s = max(self._since_s, heard_s)
        return now_s - self._since_s >= self._patience_s
