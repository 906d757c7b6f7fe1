"""Reasons of run time are told with the lines of the loop that they are about."""

from __future__ import annotations

import pytest

from marx.program.analysis import analyse
from marx.program.lines import with_lines

SOURCE = """\
def slow(n):
    return sum(range(n))


class Kept:
    pass


def run(todo, out, table, kept, held, log):
    total = 0
    for n in todo:
        held = kept.limit
        v = slow(n)
        total += 1
        if v > 3:
            todo.append(v)
            out[n] = v
        kept.last = n
        table[total](log)
"""


@pytest.mark.parametrize(
    ("code", "reason", "told"),
    [
        ("MX503", "`slow` is not the function that stands at line 1", "; see line 13"),
        ("MX202", "`table: f` is not pure", "; see line 19"),
        ("MX401", "`out` and `kept` are one object", "; see line 17"),
        ("MX401", "`kept.last` is changed", "; see line 18"),
        ("MX101", "an in-place operator may change what `total` holds", "; see line 14"),
        ("MX505", "the ordered part calls what is not known, which could change `held`", "; see line 12"),
        ("MX301", "goes over what it changes", "; see `todo` at line 16, `out` at line 17, `kept` at line 18"),
        ("MX402", "a value of type Socket", ""),
        ("MX503", "builtin `len` was replaced", ""),
        ("MX202", "`n` returns something that is not its own", ""),
        ("MX604", "the ordered part takes 80% of the body", "; see lines 14, 16, 17"),
    ],
)
def test_where_it_stands(code: str, reason: str, told: str) -> None:
    [region] = analyse(SOURCE, "prog.py").regions

    assert with_lines(region, code, reason) == reason + told


def test_a_loop_that_changes_its_items_names_them() -> None:
    source = "def slow(n):\n    return sum(range(n))\ndef run(rows):\n    for row in rows:\n        v = slow(row[0])\n"
    [region] = analyse(source + "        row.append(v)\n", "prog.py").regions

    assert with_lines(region, "MX107", "they share objects") == "they share objects; see `row` at line 6"
