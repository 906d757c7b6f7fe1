"""Aligned columns for people, in a terminal or a pipe alike. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from marx.cli.progress import plain

GAP = "  "


def columns(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines with each column as wide as its widest cell. Texts from other machines lose their control characters."""
    cells = [list(heading), *([plain(cell) for cell in row] for row in rows)]
    widths = [max(len(row[number]) for row in cells) for number in range(len(heading))]
    return [GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
