"""Aligned columns for people, in a terminal or a pipe alike."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import TextIO

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


def fold(text: str, stream: TextIO | None, indent: str = "  ") -> str:
    """A line of prose, broken between words where the reader's terminal ends; what follows is indented. In a file or a
    pipe it stays one line."""
    width = terminal_width(stream)
    if width is None or len(text) <= width:
        return text
    lines = textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
    return "\n".join(lines)


def terminal_width(stream: TextIO | None = None) -> int | None:
    """How wide the reader's terminal is, by default that of standard output; None where a file or a program reads."""
    stream = stream or sys.stdout
    return shutil.get_terminal_size().columns if stream is not None and stream.isatty() else None
