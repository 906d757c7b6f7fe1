"""The tiers of isolation that a worker can prove, by the names that messages, conditions and commands have for them."""

from __future__ import annotations

from typing import Final

TIERS: Final = ("none", "guarded", "isolated", "isolated+")
"""The weakest first. A word that is none of these is nothing that was proven."""


def is_at_least(tier: str, wanted: str) -> bool:
    """Whether a worker of that tier will do for a job that wants this one ("" wants none)."""
    return _rank(tier) >= _rank(wanted)


def _rank(tier: str) -> int:
    return TIERS.index(tier) if tier in TIERS else 0
