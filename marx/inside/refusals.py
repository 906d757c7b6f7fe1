"""Why something cannot run apart: raised where it is found, and told as a finding by whoever opens a region.

Refusal ── Unsendable      a value would not arrive as it is
"""

from __future__ import annotations

WRITES_FILES = "its calls write files: that has to be where the program runs"
"""Of a pool: found before the calls (`MX210`), or in a chunk that made some."""


class Refusal(Exception):
    """A region stays sequential for this entry. `code` is of the catalogue."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

    @property
    def text(self) -> str:
        """As messages tell it."""
        return f"{self.code} {self.reason}"


class Unsendable(Refusal):
    """A value cannot be sent faithfully."""
