"""The random generators that whole modules share, where an item seeds them before it draws.

What such an item draws depends on the item alone, so it may run apart. It leaves the generator in a state that whoever
draws next would see: that travels back with the item's values (inside/generators.py)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from marx.program.effects import Cause, Effects

SEEDED: dict[str, str] = {"random": "seeded", "numpy-random": "numpy-seeded"}
"""By the flag of drawing from a shared generator that of drawing after having seeded it."""
SHARED: dict[str, str] = {"seeded": "random", "numpy-seeded": "numpy.random"}
"""By the latter flag the module whose generator it is."""
_SEEDING = {"lib:random.seed": "random", "lib:numpy.random.seed": "numpy-random"}


def seeded_argument(node: ast.stmt) -> tuple[ast.expr, ast.expr] | None:
    """(function, seed) of a statement that might seed a generator; without a seed it would take one from the system."""
    match node:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(attr="seed") | ast.Name() as function, args=[seed], keywords=[])
        ):
            is_seed = not isinstance(seed, ast.Starred) and not (isinstance(seed, ast.Constant) and seed.value is None)
            return (function, seed) if is_seed else None
        case _:
            return None


def family(meaning: str) -> frozenset[str]:
    """The flags that drawing no longer raises once the function of that name (`lib:random.seed`) was called."""
    return frozenset({_SEEDING[meaning]}) if meaning in _SEEDING else frozenset()


def as_seeded(flags: Mapping[str, Cause], seeded: Iterable[str]) -> dict[str, Cause]:
    """Flags as they count where these generators have been seeded."""
    return {SEEDED[flag] if flag in seeded else flag: cause for flag, cause in flags.items()}


def generators(effects: Effects) -> frozenset[str]:
    """The modules whose shared generators are seeded and drawn from."""
    return frozenset(SHARED[flag] for flag in effects.flags if flag in SHARED)


def drawn(effects: Effects) -> Cause | None:
    """Where shared generators are drawn from or seeded, if anywhere."""
    flags = (flag for pair in SEEDED.items() for flag in pair)
    return next((effects.flags[flag] for flag in flags if flag in effects.flags), None)
