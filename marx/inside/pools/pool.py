"""`multiprocessing.Pool` without processes: CPython's class, with a queue of tasks and results that wait our way."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import multiprocessing.pool
import multiprocessing.queues
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from multiprocessing.reduction import ForkingPickler
from typing import Any

from marx.inside.link import Link
from marx.inside.pools.alone import Alone
from marx.inside.pools.in_place import Pipe, Turn
from marx.inside.pools.stream import Call, Result, Stream, Task

native: Any = multiprocessing.pool
NativeTask = tuple[int, int, Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def _without_processes(self: Any, *, ctx: Any) -> None:
    """A queue of a pool of threads. Its locks need not hold between processes, and named semaphores are not to be had
    in a jail."""
    self._reader, self._writer = multiprocessing.connection.Pipe(duplex=False)
    self._rlock, self._wlock = threading.Lock(), threading.Lock()
    self._poll = self._reader.poll


def install(link: Link) -> None:
    """Replaces how a pool starts. Pools of threads share the program's memory and stay as they are."""
    start_threads = native.Pool.__init__
    multiprocessing.queues.SimpleQueue.__init__ = _without_processes  # type: ignore[assignment]

    def start(
        self: Any,
        processes: int | None = None,
        initializer: Callable[..., Any] | None = None,
        initargs: Iterable[Any] = (),
        maxtasksperchild: int | None = None,
        context: Any = None,
    ) -> None:
        if isinstance(self, native.ThreadPool):
            start_threads(self, processes, initializer, initargs, maxtasksperchild, context)
            return
        self._state, self._change_notifier = native.INIT, None
        if processes is None:
            processes = os.cpu_count() or 1
        if processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if maxtasksperchild is not None and (not isinstance(maxtasksperchild, int) or maxtasksperchild <= 0):
            raise ValueError("maxtasksperchild must be a positive int or None")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        context = context or multiprocessing.get_context()
        forked = context.get_start_method() == "fork"
        alone = Alone(link.program, forked=forked, child=_child(context, processes), tasks_max=maxtasksperchild)
        stream = Stream(link, (initializer, tuple(initargs)) if initializer is not None else None, alone, processes)
        self._ctx, self._processes = context, processes
        self._maxtasksperchild, self._initializer, self._initargs = maxtasksperchild, initializer, initargs
        _begin(self, stream)

    native.Pool.__init__ = start


def _child(context: Any, processes: int) -> tuple[str, bool]:
    """What the first of so many processes is called, and that it is a daemon. They are numbered through the program."""
    first, *_ = [context.Process().name for _ in range(processes)]
    return first.replace("Process", "PoolWorker"), True


def _begin(pool: Any, stream: Stream) -> None:
    """Gives a pool the parts in which it does without processes."""
    worker = _Worker(stream)
    pool._cache = _Results(stream)
    pool._taskqueue = _Tasks(stream, pool._cache)
    pool._change_notifier = pool._taskqueue
    pool._pool = [worker] * pool._processes
    pool._worker_handler = pool._task_handler = pool._result_handler = worker
    pool._terminate = stream.drop
    pool._state = native.RUN


class _Worker:
    """Stands for the pool's processes and the threads that feed them."""

    def __init__(self, stream: Stream) -> None:
        self.join = stream.finish
        self._state = native.RUN


class _Tasks:
    """The pool's queue: what is put here waits until a result is asked for."""

    def __init__(self, stream: Stream, results: _Results) -> None:
        self._stream = stream
        self._results = results

    def put(self, given: tuple[Iterator[NativeTask], Callable[[int], None] | None] | None) -> None:
        if given is not None:
            self._stream.add(self._tasks(*given))

    def _tasks(self, tasks: Iterator[NativeTask], set_length: Callable[[int], None] | None) -> Iterator[Task]:
        count = 0
        for task in tasks:
            count = task[1] + 1
            yield self._task(task)
        if set_length is not None:
            set_length(count)

    def _task(self, task: NativeTask) -> Task:
        job, number, function, args, named = task
        calls, single = [Call(function, args, named)], True
        if function in (native.mapstar, native.starmapstar):
            inner, batch = args[0]
            spread = function is native.starmapstar
            calls, single = [Call(inner, tuple(x) if spread else (x,), {}) for x in batch], False

        def tell(outcome: Result) -> None:
            self._results[job]._set(number, outcome)

        return Task(calls, single, lambda: _run_in_place(task, self._stream), tell, lambda: job in self._results)


class _Results(dict[int, Any]):
    """The pool's results that have no value yet. Each is made to wait our way when it is entered here."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def __setitem__(self, job: int, result: Any) -> None:
        if isinstance(result, native.IMapIterator):
            result._cond = _Next(partial(_bring_next, result, self._stream))
        else:
            result._event = _Done(self._stream)
        super().__setitem__(job, result)


class _Done:
    """The event that an `AsyncResult` waits for: it comes about by running what was submitted before it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def wait(self, timeout: float | None = None) -> bool:
        while not self._is_set and self._stream.pull():
            pass
        return self._is_set

    is_set = wait


class _Next(Turn):
    """What an iterator of `imap` looks under for its next value, which is brought before it looks: it waits within
    `except IndexError`, and that would be the context of whatever a task raises meanwhile."""

    def __enter__(self) -> bool:
        self._run()
        return super().__enter__()


def _bring_next(result: Any, stream: Stream) -> None:
    """Runs what was submitted until an iterator of `imap` has the next of its values."""
    while not result._items and result._index != result._length and stream.pull():
        pass


def _copied(value: Any) -> Any:
    return ForkingPickler.loads(ForkingPickler.dumps(value))


def _run_in_place(task: NativeTask, stream: Stream) -> Result:
    """A task as a process of the pool runs it, by the same function."""
    try:
        pipe = Pipe(task, _copied, tuple)
    except Exception as fault:  # what cannot be sent is not run
        return False, fault
    start = stream.alone.first(stream.start)
    native.worker(pipe, pipe, *(start or (None, ())), None, True)
    return (False, None) if pipe.result is None else pipe.result[2]
