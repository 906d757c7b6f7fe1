"""`marx.Pool`: the interface of `multiprocessing.Pool`, on an executor.

    with marx.Pool() as pool:
        results = pool.map(function, items)

Its workers are sandboxes on a lab: `processes` counts those of this machine where no lab is configured, and
`maxtasksperchild` and `chunksize` are accepted and not needed.
"""

from __future__ import annotations

import itertools
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from multiprocessing import TimeoutError as PoolTimeout
from types import TracebackType
from typing import Any, Generic, Literal, TypeVar

from marx.calls.executor import Executor

Result = TypeVar("Result")
Callback = Callable[[Any], object] | None


class AsyncResult(Generic[Result]):
    """What `apply_async` and its like return."""

    def __init__(self, callback: Callback, error_callback: Callback) -> None:
        self._callback = callback
        self._error_callback = error_callback
        self._ended = threading.Event()
        self._value: Any = None
        self._fault: BaseException | None = None

    def ready(self) -> bool:
        return self._ended.is_set()

    def successful(self) -> bool:
        if not self.ready():
            raise ValueError(f"{self!r} not ready")
        return self._fault is None

    def wait(self, timeout: float | None = None) -> None:
        self._ended.wait(timeout)

    def get(self, timeout: float | None = None) -> Result:
        if not self._ended.wait(timeout):
            raise PoolTimeout
        if self._fault is not None:
            raise self._fault
        value: Result = self._value
        return value

    def _end(self, value: Any, fault: BaseException | None) -> None:
        self._value, self._fault = value, fault
        callback = self._callback if fault is None else self._error_callback
        try:
            if callback is not None:
                callback(value if fault is None else fault)
        finally:
            self._callback = self._error_callback = None
            self._ended.set()


class _One(AsyncResult[Any]):
    def follow(self, future: Future[Any]) -> None:
        future.add_done_callback(lambda ended: self._end(*_outcome(ended)))


class _All(AsyncResult[list[Any]]):
    """Ends when the last call has, with the first exception in the order of the items."""

    def follow(self, futures: list[Future[Any]]) -> None:
        left = itertools.count(len(futures) - 1, -1)
        if not futures:
            self._end([], None)

        def one_less(_: Future[Any]) -> None:
            if next(left) == 0:
                outcomes = [_outcome(future) for future in futures]
                fault = next((fault for _, fault in outcomes if fault is not None), None)
                self._end([value for value, _ in outcomes] if fault is None else None, fault)

        for future in futures:
            future.add_done_callback(one_less)


def _outcome(future: Future[Any]) -> tuple[Any, BaseException | None]:
    if future.cancelled():
        return None, CancelledError()
    fault = future.exception()
    return (None, fault) if fault is not None else (future.result(), None)


class ResultIterator(Generic[Result]):
    """What `imap` (in order) and `imap_unordered` (as they come) return."""

    def __init__(self, *, ordered: bool) -> None:
        self._ordered = ordered
        self._changed = threading.Condition()
        self._futures: deque[Future[Any]] = deque()
        self._to_come = 0
        self._fed = False
        self._fault: BaseException | None = None

    def __iter__(self) -> Iterator[Result]:
        return self

    def __next__(self) -> Result:
        return self.next()

    def next(self, timeout: float | None = None) -> Result:
        """The next result; `multiprocessing.TimeoutError` if it is not there in time."""
        until_s = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            if not self._changed.wait_for(self._may_go_on, timeout):
                raise PoolTimeout
            if not self._futures:
                fault, self._fault = self._fault, None
                raise fault if fault is not None else StopIteration
            future = self._futures[0]
        try:
            value: Result = future.result(None if until_s is None else max(0.0, until_s - time.monotonic()))
        except TimeoutError:
            if not future.done():
                raise PoolTimeout from None
            self._futures.popleft()
            raise
        except BaseException:
            self._futures.popleft()
            raise
        self._futures.popleft()
        return value

    def add(self, future: Future[Any]) -> None:
        with self._changed:
            self._to_come += 1
            if self._ordered:
                self._came(future)
        if not self._ordered:
            future.add_done_callback(self._done)

    def end(self, fault: BaseException | None) -> None:
        """There are no further items, perhaps because the iterable failed; that is raised behind all results."""
        with self._changed:
            self._fed, self._fault = True, fault
            self._changed.notify_all()

    def _done(self, future: Future[Any]) -> None:
        with self._changed:
            self._came(future)

    def _came(self, future: Future[Any]) -> None:
        self._to_come -= 1
        self._futures.append(future)
        self._changed.notify_all()

    def _may_go_on(self) -> bool:
        return bool(self._futures) or (self._fed and not self._to_come)


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
        result = _One(callback, error_callback)
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
        return self._all(func, ((item,) for item in iterable), callback, error_callback)

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
        return self._all(func, map(tuple, iterable), callback, error_callback)

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
        self, function: Callable[..., Any], items: Iterable[tuple[Any, ...]], callback: Callback, error: Callback
    ) -> AsyncResult[list[Any]]:
        self._check()
        result = _All(callback, error)
        result.follow(self._executor.submit_all(function, items))
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
                [future] = self._executor.submit_all(function, [(item,)])
                results.add(future)
        except BaseException as fault:
            results.end(fault)
        else:
            results.end(None)
