"""`--sweep lr=0.1,0.2 --sweep seed=1..3`: one job for each combination of the values. Pure.

In the program's arguments `{lr}` stands for the value; a name that no argument holds is added as `--lr VALUE`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

JOBS_MAX = 1_000
"""More at once are a mistake more often than a wish; a loop in a program is the better sweep."""
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_LIKE_A_RANGE = re.compile(r"(?=.*\d)(?:-?\d[\d.]*)?\.\.(?:-?\d[\d.]*)?")
"""Nobody means a text by these: 1..  ..3  1...3  0.1..0.5"""
_NAME = re.compile(r"[A-Za-z_][\w-]*")


class BadSweep(ValueError):
    """A text that is no sweep."""


@dataclass(frozen=True, slots=True)
class Sweep:
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Combination:
    """One job: its arguments, and `lr=0.1 seed=2` to tell it from the others."""

    arguments: tuple[str, ...]
    label: str


def sweep(text: str) -> Sweep:
    """Reads NAME=VALUE,VALUE or NAME=FIRST..LAST, the last one included."""
    name, sign, values = text.partition("=")
    if not sign or not values or _NAME.fullmatch(name) is None:
        raise BadSweep(f"{text!r} is not a sweep: write lr=0.1,0.2 or seed=1..10")
    if found := _RANGE.fullmatch(values):
        first, last = int(found[1]), int(found[2])
        if abs(last - first) >= JOBS_MAX:
            raise BadSweep(f"{text!r} would make {abs(last - first) + 1} jobs; the limit is {JOBS_MAX}")
        step = 1 if last >= first else -1
        return Sweep(name, tuple(str(number) for number in range(first, last + step, step)))
    listed = values.split(",")
    if broken := next((value for value in listed if _LIKE_A_RANGE.fullmatch(value)), None):
        raise BadSweep(
            f"{text!r}: {broken!r} looks like a range; one has whole numbers on both sides and stands alone: seed=1..10"
        )
    if twice := [value for number, value in enumerate(listed) if value in listed[:number]]:
        raise BadSweep(f"{text!r} has {twice[0]!r} twice: two jobs would be the same")
    return Sweep(name, tuple(listed))


def combinations(sweeps: Sequence[Sweep], arguments: Sequence[str]) -> Iterator[Combination]:
    """All combinations, the last sweep varying fastest; without sweeps the arguments as they are."""
    count = 1
    for one in sweeps:
        count *= len(one.values)
    if count > JOBS_MAX:
        raise BadSweep(f"the sweeps would make {count} jobs; the limit is {JOBS_MAX}")
    if len({one.name for one in sweeps}) < len(sweeps):
        raise BadSweep("two sweeps have the same name")
    for values in product(*(one.values for one in sweeps)):
        chosen = {one.name: value for one, value in zip(sweeps, values, strict=True)}
        label = " ".join(f"{name}={value}" for name, value in chosen.items())
        yield Combination(tuple(_filled_in(arguments, chosen)), label)


def _filled_in(arguments: Sequence[str], chosen: dict[str, str]) -> Iterator[str]:
    """Only the swept names are looked for: other braces are the program's business."""
    named = re.compile("|".join(re.escape(f"{{{name}}}") for name in chosen)) if chosen else None
    for argument in arguments:
        yield named.sub(lambda found: chosen[found[0][1:-1]], argument) if named else argument
    for name, value in chosen.items():
        if not any(f"{{{name}}}" in argument for argument in arguments):
            yield from (f"--{name}", value)
