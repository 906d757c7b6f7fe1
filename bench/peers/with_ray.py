"""Ray on this machine with two processors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ray
from ray.util.multiprocessing import Pool


class Ray:
    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        remote = ray.remote(function)
        return list(ray.get([remote.remote(item) for item in items]))

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        with Pool(2) as pool:
            return list(pool.map(function, items, chunksize=max(1, len(items) // 64)))

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        remote, shared = ray.remote(function), ray.put(value)
        return list(ray.get([remote.remote(shared, item) for item in items]))


@contextmanager
def open_peer() -> Iterator[Ray]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        yield Ray()
    finally:
        ray.shutdown()


def version() -> str:
    return str(ray.__version__)
