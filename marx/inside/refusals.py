"""Why something cannot run apart: raised where it is found, and told as a finding by whoever opens a region.

Refusal ── Unsendable      a value would not arrive as it is
"""

from __future__ import annotations


class Refusal(Exception):
    """A region stays sequential for this entry. `code` is of the catalogue."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Unsendable(Refusal):
    """A value cannot be sent faithfully."""
