"""`concurrent.futures.ProcessPoolExecutor` without processes: CPython's class, with futures that wait our way."""

from __future__ import annotations

import atexit
import concurrent.futures
import concurrent.futures._base as base
import concurrent.futures.process
import multiprocessing
import pickle
import sys
import traceback
import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from marx.inside.link import Link
from marx.inside.pools.alone import Alone
from marx.inside.pools.in_place import Pipe, Turn
from marx.inside.pools.stream import Call, Result, Stream, Task

native: Any = concurrent.futures.process
_streams: weakref.WeakSet[Stream] = weakref.WeakSet()
"""The streams of all executors: what was submitted is done before the interpreter ends."""


def install(link: Link) -> None:
    """Replaces what stands for processes in an executor, and what waits for several futures."""
    original = native.ProcessPoolExecutor.__init__
    shutdown = native.ProcessPoolExecutor.shutdown

    def start(
        self: Any,
        max_workers: int | None = None,
        mp_context: Any = None,
        initializer: Callable[..., Any] | None = None,
        initargs: tuple[Any, ...] = (),
        **more: Any,
    ) -> None:
        context = mp_context or multiprocessing.get_context()
        original(self, max_workers, _Context(context), initializer, initargs, **more)
        self._mp_context = context
        child = context.Process().name, False
        alone = Alone(link.program, forked=context.get_start_method() == "fork", child=child)
        stream = Stream(link, (initializer, initargs) if initializer is not None else None, alone, self._max_workers)
        self._work_ids = _Ids(self, stream)
        _streams.add(stream)

    def end(self: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._work_ids.end(wait, cancel_futures)
        shutdown(self, wait, cancel_futures=cancel_futures)

    native.ProcessPoolExecutor.__init__, native.ProcessPoolExecutor.shutdown = start, end
    for method in ("_start_executor_manager_thread", "_adjust_process_count"):
        setattr(native.ProcessPoolExecutor, method, _do_nothing)
    vars(native).update(_check_system_limits=_do_nothing, _SafeQueue=_Nothing, _ThreadWakeup=_Nothing)
    for module in (concurrent.futures, base):
        vars(module).update(as_completed=_as_completed(base.as_completed), wait=_wait(base.wait))
    atexit.register(_finish)


def _do_nothing(*_: Any) -> None:
    pass


def _finish() -> None:
    for stream in list(_streams):
        stream.finish()


class _Nothing:
    """A queue or pipe to processes that there are not."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    wakeup = close = _do_nothing


class _Context:
    """A context of multiprocessing that gives an executor nothing to hold."""

    def __init__(self, context: Any) -> None:
        self.get_start_method = context.get_start_method
        self.SimpleQueue = _Nothing


class _Ids:
    """The executor's queue of work: what is put here waits until a future is asked for its result."""

    def __init__(self, executor: Any, stream: Stream) -> None:
        self._executor = weakref.proxy(executor)
        self._stream = stream
        self._futures: list[_LazyFuture] = []

    def put(self, number: int) -> None:
        work = self._executor._pending_work_items.pop(number)
        future = work.future
        future.__class__ = _LazyFuture
        future._stream, future._number = self._stream, len(self._futures)
        future._condition = Turn(partial(_complete, future))
        self._futures.append(future)
        self._stream.add(iter([_task(work, future, self._stream)]))

    def end(self, wait: bool, cancel: bool) -> None:
        """Processes have begun as many tasks as there are of them before anybody can cancel the others."""
        if cancel:
            for future in self._futures[self._executor._max_workers :]:
                future.cancel()
        if wait:
            self._stream.finish()


class _LazyFuture(base.Future[Any]):
    """A future whose call is made when somebody asks for it."""

    _stream: Stream
    _number: int

    def done(self) -> bool:
        _complete(self)
        return super().done()

    def add_done_callback(self, fn: Callable[[base.Future[Any]], Any]) -> None:
        """An event loop asks for nothing and waits to be told."""
        super().add_done_callback(fn)
        asyncio = sys.modules.get("asyncio")
        loop = asyncio._get_running_loop() if asyncio is not None else None
        if loop is not None:
            loop.call_soon(_complete, self)


_LazyFuture.__name__ = _LazyFuture.__qualname__ = "Future"
_LazyFuture.__module__ = base.Future.__module__


def _complete(future: Any) -> None:
    """Runs what was submitted until the future has an outcome."""
    while future._state in (base.PENDING, base.RUNNING) and future._stream.pull():
        pass


def _task(work: Any, future: _LazyFuture, stream: Stream) -> Task:
    calls, single = [Call(work.fn, work.args, work.kwargs)], True
    if isinstance(work.fn, partial) and work.fn.func is native._process_chunk:
        calls, single = [Call(work.fn.args[0], args, {}) for args in work.args[0]], False

    def tell(outcome: Result) -> None:
        (future.set_result if outcome[0] else future.set_exception)(outcome[1])

    return Task(calls, single, lambda: _run_in_place(work, stream), tell, future.set_running_or_notify_cancel)


def _copied(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


def _run_in_place(work: Any, stream: Stream) -> Result:
    """A call as a process of the executor makes it, by the same function."""
    try:
        pipe = Pipe(native._CallItem(0, work.fn, work.args, work.kwargs), _copied, native._ResultItem)
    except Exception as fault:
        text = "".join(traceback.format_exception(fault))
        fault.__cause__ = native._RemoteTraceback(f'\n"""\n{text}"""')
        return False, fault
    start = stream.alone.first(stream.start)
    native._process_worker(pipe, pipe, *(start or (None, ())))
    if pipe.result is None:
        text = "A process in the process pool was terminated abruptly while the future was running or pending."
        return False, native.BrokenProcessPool(text)
    return (True, pipe.result.result) if pipe.result.exception is None else (False, pipe.result.exception)


def _as_completed(original: Callable[..., Any]) -> Callable[..., Any]:
    def as_completed(fs: Iterable[base.Future[Any]], timeout: float | None = None) -> Iterator[base.Future[Any]]:
        futures = set(fs)
        lazy = [future for future in futures if isinstance(future, _LazyFuture)]
        if len(lazy) < len(futures):
            for future in lazy:
                _complete(future)
            return original(futures, timeout)  # type: ignore[no-any-return]
        return _one_by_one(sorted(lazy, key=lambda future: future._number))

    return as_completed


def _one_by_one(futures: list[_LazyFuture]) -> Iterator[base.Future[Any]]:
    """In the order of their submission, which is one of those in which processes might be done with them."""
    for future in futures:
        _complete(future)
        yield future


def _wait(original: Callable[..., Any]) -> Callable[..., Any]:
    def wait(
        fs: Iterable[base.Future[Any]], timeout: float | None = None, return_when: str = base.ALL_COMPLETED
    ) -> Any:
        futures = set(fs)
        for future in sorted((f for f in futures if isinstance(f, _LazyFuture)), key=lambda future: future._number):
            _complete(future)
            failed = future._state == base.FINISHED and future._exception is not None
            if return_when == base.FIRST_COMPLETED or (return_when == base.FIRST_EXCEPTION and failed):
                break
        return original(futures, timeout, return_when)

    return wait
