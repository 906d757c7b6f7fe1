"""concurrent.futures.ProcessPoolExecutor of the standard library."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

_shared: Any = None


def _keep(value: Any) -> None:
    global _shared
    _shared = value


def _with_shared(pair: tuple[Callable[[Any, Any], Any], Any]) -> Any:
    function, item = pair
    return function(_shared, item)


class Futures:
    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        futures = [self._pool.submit(function, item) for item in items]
        return [future.result() for future in futures]

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return list(self._pool.map(function, items, chunksize=max(1, len(items) // 64)))

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        """The documentation's way: an initializer, whose arguments forked processes inherit."""
        with ProcessPoolExecutor(2, initializer=_keep, initargs=(value,)) as pool:
            return list(pool.map(_with_shared, [(function, item) for item in items]))


@contextmanager
def open_peer() -> Iterator[Futures]:
    with ProcessPoolExecutor(2) as pool:
        yield Futures(pool)


def version() -> str:
    return platform.python_version()
