"""joblib with its own processes (loky), memory-mapping of large arguments on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import joblib


class Joblib:
    def __init__(self, parallel: Any) -> None:
        self._parallel = parallel

    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return list(self._parallel(joblib.delayed(function)(item) for item in items))

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return self.calls(function, items)

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        return list(self._parallel(joblib.delayed(function)(value, item) for item in items))


@contextmanager
def open_peer() -> Iterator[Joblib]:
    with joblib.Parallel(n_jobs=2) as parallel:
        yield Joblib(parallel)


def version() -> str:
    return str(joblib.__version__)
