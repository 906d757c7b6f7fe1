"""multiprocessing.Pool of the standard library."""

from __future__ import annotations

import multiprocessing
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_shared: Any = None


def _keep(value: Any) -> None:
    global _shared
    _shared = value


def _with_shared(function: Callable[[Any, Any], Any], item: Any) -> Any:
    return function(_shared, item)


class Pool:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        results = [self._pool.apply_async(function, (item,)) for item in items]
        return [result.get() for result in results]

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return list(self._pool.map(function, items))

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        with multiprocessing.Pool(2, initializer=_keep, initargs=(value,)) as pool:
            return list(pool.starmap(_with_shared, [(function, item) for item in items]))


@contextmanager
def open_peer() -> Iterator[Pool]:
    with multiprocessing.Pool(2) as pool:
        yield Pool(pool)


def version() -> str:
    return platform.python_version()
