"""`marx.Pool`: the interface of `multiprocessing.Pool`, on an executor.

    with marx.Pool() as pool:
        results = pool.map(function, items)

Its workers are sandboxes on a lab: `processes` counts those of this machine where no lab is configured, and
`maxtasksperchild` and `chunksize` are accepted and not needed.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, TypeVar

from marx.calls.executor import Executor
from marx.calls.pool_results import AllResults, AsyncResult, Callback, OneResult, ResultIterator

Result = TypeVar("Result")


class Pool:
    """`distributor` and `results` as for `marx.Executor`, the others as for `multiprocessing.Pool`."""

    _state: Literal["RUN", "CLOSE", "TERMINATE"] = "TERMINATE"

    def __init__(
        self,
        processes: int | None = None,
        initializer: Callable[..., Any] | None = None,
        initargs: Iterable[Any] = (),
        maxtasksperchild: int | None = None,
        context: object = None,
        *,
        distributor: str | None = None,
        results: Literal["plain", "pickle"] = "plain",
    ) -> None:
        if processes is not None and processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if maxtasksperchild is not None and (not isinstance(maxtasksperchild, int) or maxtasksperchild <= 0):
            raise ValueError("maxtasksperchild must be a positive int or None")
        self._executor = Executor(
            processes, distributor=distributor, results=results, initializer=initializer, initargs=tuple(initargs)
        )
        self._feeders: list[threading.Thread] = []
        self._state = "RUN"

    def __repr__(self) -> str:
        return f"<marx.Pool state={self._state}>"

    def __reduce__(self) -> Any:
        raise NotImplementedError("pool objects cannot be passed between processes or pickled")

    def __enter__(self) -> Pool:
        self._check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.terminate()

    def __del__(self) -> None:
        if self._state == "RUN":
            warnings.warn(f"unclosed running pool {self!r}", ResourceWarning, stacklevel=2, source=self)

    # --- calls --------------------------------------------------------------------------------------------------------

    def apply(self, func: Callable[..., Result], args: Iterable[Any] = (), kwds: Mapping[str, Any] = {}) -> Result:
        return self.apply_async(func, args, kwds).get()

    def apply_async(
        self,
        func: Callable[..., Result],
        args: Iterable[Any] = (),
        kwds: Mapping[str, Any] = {},
        callback: Callback = None,
        error_callback: Callback = None,
    ) -> AsyncResult[Result]:
        self._check()
        result = OneResult(callback, error_callback)
        result.follow(self._executor.submit(func, *args, **kwds))
        return result

    def map(self, func: Callable[[Any], Result], iterable: Iterable[Any], chunksize: int | None = None) -> list[Result]:
        return self.map_async(func, iterable, chunksize).get()

    def map_async(
        self,
        func: Callable[[Any], Result],
        iterable: Iterable[Any],
        chunksize: int | None = None,
        callback: Callback = None,
        error_callback: Callback = None,
    ) -> AsyncResult[list[Result]]:
        return self._all(func, iterable, False, callback, error_callback)

    def starmap(
        self, func: Callable[..., Result], iterable: Iterable[Iterable[Any]], chunksize: int | None = None
    ) -> list[Result]:
        return self.starmap_async(func, iterable, chunksize).get()

    def starmap_async(
        self,
        func: Callable[..., Result],
        iterable: Iterable[Iterable[Any]],
        chunksize: int | None = None,
        callback: Callback = None,
        error_callback: Callback = None,
    ) -> AsyncResult[list[Result]]:
        return self._all(func, map(tuple, iterable), True, callback, error_callback)

    def imap(
        self, func: Callable[[Any], Result], iterable: Iterable[Any], chunksize: int = 1
    ) -> ResultIterator[Result]:
        return self._each(func, iterable, chunksize, ordered=True)

    def imap_unordered(
        self, func: Callable[[Any], Result], iterable: Iterable[Any], chunksize: int = 1
    ) -> ResultIterator[Result]:
        return self._each(func, iterable, chunksize, ordered=False)

    # --- the end ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Nothing more is called; what was goes on to its end."""
        if self._state == "RUN":
            self._state = "CLOSE"
            for feeder in self._feeders:
                feeder.join()
            self._executor.shutdown(wait=False)

    def terminate(self) -> None:
        """Ends at once: what has no result gets none."""
        self._state = "TERMINATE"
        self._executor.abandon()

    def join(self) -> None:
        if self._state == "RUN":
            raise ValueError("Pool is still running")
        self._executor.shutdown(wait=True)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self._state != "RUN":
            raise ValueError("Pool not running")

    def _all(
        self,
        function: Callable[..., Any],
        items: Iterable[Any],
        starred: bool,
        callback: Callback,
        error: Callback,
    ) -> AsyncResult[list[Any]]:
        self._check()
        result = AllResults(callback, error)
        self._executor.map_all(function, items, starred, result.end)
        return result

    def _each(
        self, function: Callable[..., Any], items: Iterable[Any], chunksize: int, *, ordered: bool
    ) -> ResultIterator[Any]:
        self._check()
        if chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize:n}")
        results: ResultIterator[Any] = ResultIterator(ordered=ordered)
        feeder = threading.Thread(target=self._feed, args=(function, items, results), daemon=True)
        self._feeders = [one for one in self._feeders if one.is_alive()] + [feeder]
        feeder.start()
        return results

    def _feed(self, function: Callable[..., Any], items: Iterable[Any], results: ResultIterator[Any]) -> None:
        """Takes the items in a thread of its own, as they may be slow to come, without end, or fail."""
        try:
            for item in items:
                if self._state == "TERMINATE":
                    break
                results.add(self._executor.submit_again(function, item))
        except BaseException as fault:
            results.end(fault)
        else:
            results.end(None)
