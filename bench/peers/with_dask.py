"""Dask's distributed scheduler: a LocalCluster of two processes with one thread each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dask
from distributed import Client, LocalCluster


class Dask:
    def __init__(self, client: Any) -> None:
        self._client = client

    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        futures = [self._client.submit(function, item, pure=False) for item in items]
        return list(self._client.gather(futures))

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """A million futures would take minutes; dask.bag in blocks is what the documentation advises."""
        import dask.bag

        bag = dask.bag.from_sequence(items, npartitions=64).map(function)
        return list(self._client.compute(bag, sync=True))

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        shared = self._client.scatter(value, broadcast=True)
        futures = [self._client.submit(function, shared, item, pure=False) for item in items]
        return list(self._client.gather(futures))


@contextmanager
def open_peer() -> Iterator[Dask]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield Dask(client)


def version() -> str:
    return str(dask.__version__)
