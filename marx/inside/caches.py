"""Functions with a cache: may a chunk, whose caches are empty, compute what the program's own cache would have said?

A cache answers with what was true when it was asked first, by whoever asked with an equal key. So a chunk may call a
cached function only if nothing that the function reads can have been another then, and if equal keys are the same."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from marx.inside.codebook import class_data
from marx.inside.fixed import is_fixed
from marx.program.plan import Name, Summary

_CACHE: type = functools._lru_cache_wrapper


def of(value: object, own: frozenset[str]) -> Iterable[Any]:
    """The caches that a captured object brings: itself, or those of a class of the program. `own` names its modules."""
    if type(value) is _CACHE:
        return [value]
    if isinstance(value, type) and value.__module__ in own:
        return [held for held in map(_plain, vars(value).values()) if type(held) is _CACHE]
    return []


def _plain(attribute: object) -> object:
    return getattr(attribute, "__func__", attribute)


def function_of(cache: Any) -> Any:
    """What the cache calls, through caches of caches."""
    while isinstance(cache, _CACHE):
        cache = cache.__wrapped__  # type: ignore[attr-defined]
    return cache


def changing(
    cache: Any, summary: Summary, rebound: frozenset[Name], value_of: Callable[[Name], Any], own: frozenset[str]
) -> str:
    """What the cached function depends on and that may have changed since it was called first; "" if nothing."""
    if not is_fixed(cache, own):
        return "a default or an enclosing variable"
    for name in summary.reads | summary.guards.classes | {n for n, _ in summary.guards.functions}:
        value = value_of(name)
        held = class_data(value) if isinstance(value, type) and value.__module__ in own else None
        if not name.module or name in rebound or held or not is_fixed(value, own):
            return f"`{name.name}`"
    return ""
