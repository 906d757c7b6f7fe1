"""What the tables of `marx why` are made of: rows, and the answer that the first fitting one gives. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """`code` is for programs and for the guide. `evidence` may have several lines."""

    code: str
    when: Callable[[Any], bool]
    cause: str
    evidence: str
    fix: str


@dataclass(frozen=True, slots=True)
class Cause:
    """An answer."""

    code: str
    cause: str
    evidence: tuple[str, ...]
    fix: str


def first_of(rows: Sequence[Row], situation: object) -> Cause:
    """The first row that holds. The last row of a table holds always."""
    row = next(row for row in rows if row.when(situation))
    cause, evidence, fix = (text.format(s=situation) for text in (row.cause, row.evidence, row.fix))
    lines = tuple(_printable(line) for line in evidence.split("\n") if line.strip())
    return Cause(row.code, _printable(cause), lines, _printable(fix))


def _printable(text: str) -> str:
    """What a row took from other machines may hold what a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)
