"""How deep a value may be nested that is looked into or copied.

A program that works on long chains of objects raises the recursion limit, and its own code then takes no room on the C
stack for it; pickling and comparing do, and would overflow it. So they get a limit of their own, and what does not fit
stays where it is. And the limit that a program sees is its own, without the frames of ours below it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from marx.inside.refusals import Unsendable

LEVELS_MAX = 3000
"""Pickling takes some hundred bytes of the C stack a level, and it has 8 MiB."""


LIMIT_MAX = 2**31 - 1
"""The highest recursion limit that there is; some programs ask for it."""

_get_limit, _set_limit = sys.getrecursionlimit, sys.setrecursionlimit

_bounds: list[int] = []
"""The limits that were in force before each `bounded` that is under way."""


def set_limit(limit: int, shown: int) -> None:
    """The recursion limit is `limit`, and the program sees and sets it as if it were `shown`."""
    more = limit - shown
    top = LIMIT_MAX - more  # from here on a few frames more or less do not matter
    _set_limit(min(limit, LIMIT_MAX))
    sys.getrecursionlimit = lambda: now - more if (now := _get_limit()) < top else now
    sys.setrecursionlimit = lambda limit, /: _set_limit(
        limit + more if type(limit) is int and 0 < limit < top else limit
    )


def program_limit() -> int:
    """The recursion limit as the program has it."""
    return _bounds[0] if _bounds else sys.getrecursionlimit()


@contextmanager
def bounded() -> Iterator[None]:
    """What runs in here goes no deeper than so many levels; `Unsendable` if it would."""
    limit = sys.getrecursionlimit()
    _bounds.append(limit)
    try:
        if limit > LEVELS_MAX:
            sys.setrecursionlimit(min(limit, _depth() + LEVELS_MAX))
        yield
    except RecursionError:
        raise Unsendable("MX402", "objects that are nested or linked too deep to be copied") from None
    finally:
        _bounds.pop()
        sys.setrecursionlimit(limit)


def _depth() -> int:
    """How many calls are under way."""
    count = 0
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count
