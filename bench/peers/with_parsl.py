"""Parsl with its high-throughput executor: one block, two workers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import parsl
from parsl.config import Config
from parsl.executors import HighThroughputExecutor
from parsl.providers import LocalProvider


class Parsl:
    def __init__(self, executor: Any) -> None:
        self._executor = executor

    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        futures = [self._executor.submit(function, {}, item) for item in items]
        return [future.result() for future in futures]

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """Parsl has no map of its own: blocks by hand, as its users do."""
        size = max(1, len(items) // 64)
        blocks = [items[start : start + size] for start in range(0, len(items), size)]
        return [value for block in self.calls(partial(_block, function), blocks) for value in block]

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        return self.calls(partial(function, value), items)


def _block(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return [function(item) for item in items]


@contextmanager
def open_peer() -> Iterator[Parsl]:
    with tempfile.TemporaryDirectory(prefix="marx-bench-parsl-") as folder:
        executor = HighThroughputExecutor(
            label="two",
            address="127.0.0.1",
            max_workers_per_node=2,
            cores_per_worker=1,
            provider=LocalProvider(init_blocks=1, max_blocks=1, min_blocks=1),
        )
        with parsl.load(Config(executors=[executor], run_dir=folder, initialize_logging=False)):
            yield Parsl(executor)


def version() -> str:
    return str(parsl.__version__)
