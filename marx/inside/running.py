"""Objects of libraries that run code of the program when somebody else uses them: iterators, stacks of what is to be
called at the end, methods, dicts with defaults, streams.

This module owns how such objects are found with the objects in hand. It must not know what follows from it (gate.py).
What it does not find is called by the text, where the analysis sees it."""

from __future__ import annotations

import contextlib
import gc
import itertools
import sys
import types
from collections import defaultdict
from collections.abc import Callable, Collection

from marx.inside.reach import TooMuch, is_followed, reachable

LOOKED_AT_MAX = 200_000
"""So many objects that the ordered part reads are looked at for each variable."""
_RUNNING = (types.GeneratorType, types.CoroutineType, map, filter, itertools.starmap, itertools.takewhile,
            itertools.dropwhile, itertools.filterfalse, itertools.accumulate, itertools.groupby, type(iter(int, 1)),
            contextlib.ExitStack, contextlib.AsyncExitStack)  # fmt: skip


class _Numbered:
    """What `iter` makes an iterator for that asks for one number after the other."""

    def __getitem__(self, place: int) -> int:
        raise IndexError(place)


_BY_NUMBER = (reversed, type(iter(_Numbered())))
"""Iterators that call `__getitem__` of what they hold."""


def runs_code(value: object, own: Collection[str], is_quiet: Callable[[object], bool]) -> bool:
    """Whether a value is or holds what runs code of the program when somebody else uses it. `own` names the program's
    modules; `is_quiet` tells whether what is called for a default changes nothing."""
    if not is_followed(value):
        return False
    try:
        found = reachable([value], LOOKED_AT_MAX).values()
    except TooMuch:
        return True
    return any(_runs(thing, own, is_quiet) for thing in found)


def _runs(thing: object, own: Collection[str], is_quiet: Callable[[object], bool]) -> bool:
    if isinstance(thing, types.MethodType):
        return getattr(thing.__func__, "__module__", None) in own
    if isinstance(thing, _BY_NUMBER):
        return any(type(held).__module__ != "builtins" for held in gc.get_referents(thing))
    if isinstance(thing, defaultdict) and thing.default_factory is not None:
        return not is_quiet(thing.default_factory)
    return isinstance(thing, _RUNNING)


def outlets() -> list[object]:
    """What printed lines and log records go to, of those libraries that are loaded."""
    logging = sys.modules.get("logging")
    if logging is None:
        return [sys.stdout, sys.stderr]
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    parts = (part for one in loggers for part in _parts(one))
    return [sys.stdout, sys.stderr, logging.getLogRecordFactory(), *parts]


def _parts(logger: object) -> list[object]:
    """Its class, handlers and filters; a place that is only kept for a logger has none of these."""
    return [type(logger), *getattr(logger, "handlers", ()), *getattr(logger, "filters", ())]


def writes_to_program(stream: object, own: Collection[str]) -> bool:
    """Whether a stream, handler or filter is or holds something of the program (an object, a class, a function) or a
    method of any value."""
    if _is_of_program(stream, own):
        return True
    try:
        found = reachable([stream], LOOKED_AT_MAX)
    except TooMuch:
        return True
    return any(_is_of_program(held, own) for thing in found.values() for held in gc.get_referents(thing))


def _is_of_program(held: object, own: Collection[str]) -> bool:
    if isinstance(held, types.FunctionType | type):
        return held.__module__ in own
    if isinstance(held, types.BuiltinFunctionType | types.MethodType):
        return not isinstance(held.__self__, types.ModuleType | type(None))
    return type(held).__module__ in own
