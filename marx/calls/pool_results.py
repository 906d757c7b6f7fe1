"""What the calls of a pool give: results that come later, and iterators over results."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from multiprocessing import TimeoutError as PoolTimeout
from typing import Any, Generic, TypeVar

from marx.calls.portions import Portions

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


class OneResult(AsyncResult[Any]):
    def follow(self, future: Future[Any]) -> None:
        future.add_done_callback(lambda ended: self._end(*_outcome(ended)))


class AllResults(AsyncResult[list[Any]]):
    """Ends when the last call has, with the first exception in the order of the items."""

    def end(self, portions: Portions) -> None:
        self._end(portions.results if portions.fault is None else None, portions.fault)


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
