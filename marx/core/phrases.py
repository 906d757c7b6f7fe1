"""How numbers are said in the scheduler's stories and reasons."""

from __future__ import annotations


def seconds(ms: int) -> str:
    """All digits and no more: 10 s, 0.25 s, 1036800 s."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".") + " s"
