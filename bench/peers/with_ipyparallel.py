"""ipyparallel: a cluster of two engines on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ipyparallel


class Ipyparallel:
    def __init__(self, client: Any) -> None:
        self._view = client.load_balanced_view()
        client[:].apply_sync(_see, str(Path(__file__).parent))
        self._all = client[:]

    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        results = [self._view.apply_async(function, item) for item in items]
        return [result.get() for result in results]

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return list(self._view.map_sync(function, items, chunksize=max(1, len(items) // 64)))

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        self._all.push({"shared_value": value}, block=True)
        name = ipyparallel.Reference("shared_value")
        results = [self._view.apply_async(function, name, item) for item in items]
        return [result.get() for result in results]


def _see(folder: str) -> None:
    import sys

    sys.path.insert(0, folder)


@contextmanager
def open_peer() -> Iterator[Ipyparallel]:
    with ipyparallel.Cluster(n=2, log_level=40) as client:
        yield Ipyparallel(client)


def version() -> str:
    return str(ipyparallel.__version__)
