"""What a loop iterates over: may its items be asked for before their time?"""

from __future__ import annotations

import gc
from typing import Any

from marx.inside.state import Refusal
from marx.inside.world import is_plain, type_name
from marx.program.plan import Region

_REITERABLE: tuple[type, ...] = (
    list,
    tuple,
    dict,
    set,
    frozenset,
    str,
    bytes,
    bytearray,
    range,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)
_ITERS = [kind.__iter__ for kind in _REITERABLE]  # type: ignore[attr-defined]
_VIEWS = _REITERABLE[-3:]
_NAMED_REITERABLE = frozenset(
    {"collections.deque", "collections.Counter", "collections.OrderedDict", "array.array", "numpy.ndarray"}
)


def not_readable_ahead(region: Region, iterable: Any, bases: list[Any]) -> str:
    """The name of a type in the loop's head of which items may not be asked for before their time; "" if there is
    none."""
    for leaf in _leaves(iterable, bases, region.fresh_iterator):
        kind = type(leaf)
        if type_name(kind) not in _NAMED_REITERABLE and getattr(kind, "__iter__", None) not in _ITERS:
            return kind.__name__
    return ""


def _leaves(iterable: Any, bases: list[Any], fresh: bool) -> list[Any]:
    """The objects that items come from. Numbers beside them are counts: `combinations(xs, 2)`."""
    return [b for b in bases if type(b) is not int] if fresh and bases else [*bases, iterable]


def check_bases(region: Region, iterable: Any, bases: list[Any], written: dict[int, Any]) -> None:
    """The iterable may be read ahead: its leaves are containers that the fold does not change."""
    for leaf in _leaves(iterable, bases, region.fresh_iterator):
        kind = type(leaf)
        held = gc.get_referents(leaf) if kind in _VIEWS else []
        for thing in (leaf, *held):
            if id(thing) in written and not is_plain(thing):
                raise Refusal("MX301", "the loop iterates over what its body changes")
