"""Aligned columns for people, in a terminal or a pipe alike."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

from marx.cli.progress import plain

GAP = "  "


def columns(heading: Sequence[str], rows: Iterable[Sequence[str]], width: int | None = None) -> list[str]:
    """Lines with each column as wide as its widest cell, cut to `width` where that is given: the last column gives way.

    Texts from other machines lose their control characters.
    """
    cells = [list(heading), *([plain(cell) for cell in row] for row in rows)]
    widths = [max(len(row[number]) for row in cells) for number in range(len(heading))]
    lines = [GAP.join(cell.ljust(each) for cell, each in zip(row, widths, strict=True)).rstrip() for row in cells]
    return [line if width is None or len(line) <= width else line[: width - 1] + "…" for line in lines]


def terminal_width() -> int | None:
    """How wide the reader's terminal is; None where a file or a program reads."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None
