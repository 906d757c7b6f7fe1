"""Which of the reasons that were met while a body was split are told.

Much of a loop's body stays in order and does no harm there: an `append`, a sum, a condition. What counts is why the
work inside of it could not move: the reason of the innermost part that is work. But where a whole inner loop needs what
the iteration before has left, that counts, and not what its own rounds leave to one another."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from marx.program.effects import Cause
from marx.program.nodes import walk

_PRIORITY = ("MX50", "MX30", "MX10", "MX20", "MX21", "MX40", "MX60")
_BETWEEN_ITERATIONS = ("MX101", "MX305")


def telling(kept: Mapping[ast.AST, Cause]) -> list[Cause]:
    """The reasons that count, the most telling one first; `kept` are the parts that are work and their reasons."""
    left = dict(kept)
    for node in kept:
        if node not in left:
            continue
        inner = [other for other in walk(node) if other is not node and other in left]
        whole = isinstance(node, ast.For) and kept[node].code in _BETWEEN_ITERATIONS
        for other in inner if whole else [node] * bool(inner):
            left.pop(other, None)
    return sorted(dict.fromkeys(left.values()), key=rank)


def rank(cause: Cause) -> int:
    return next((n for n, start in enumerate(_PRIORITY) if cause.code.startswith(start)), len(_PRIORITY))
