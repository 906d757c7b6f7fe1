"""What a program's processes would share, where all of them are this one: locks, events, queues, values in memory.

CPython's own classes stay; named semaphores and shared memory, which a jail has none of, are replaced below them.

    Lock, Condition, Event, Barrier ─► SemLock ─► Semaphore (of threads)
    Value, Array ─► Arena ─► memory of this process
    Queue ─► its pipe, and its locks as above

Tasks of a pool run when a result is wanted; so whoever waits for something that only a task can bring about has the
next tasks run first. What would wait for ever, and what needs a real process, is an error that says so."""

from __future__ import annotations

import errno
import mmap
import multiprocessing.heap
import multiprocessing.managers
import multiprocessing.process
import multiprocessing.queues
import multiprocessing.synchronize
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NoReturn

_RECURSIVE = 0
_FOR_EVER = (
    "nothing is left that could release this lock: in a sandbox the tasks of a pool run one after the other, and only"
    " in the order in which they were submitted"
)
_NO_PROCESS = "{} starts a process, and a sandbox allows none; pools work: their tasks run in chunks, or in place"


class Semaphore:
    """`_multiprocessing.SemLock` for the threads of one process. `pull` runs the next task of a pool, if there is
    one."""

    pull: Callable[[], bool]
    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind: int, value: int, maxvalue: int, *_: object) -> None:
        self.kind, self.maxvalue, self.name, self.handle = kind, maxvalue, None, 0
        self._value, self._held, self._owner = value, 0, 0
        self._changed = threading.Condition()

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        if self.kind == _RECURSIVE and self._is_mine():
            self._held += 1
            return True
        ends = None if timeout is None else time.monotonic() + timeout
        while block and self._value == 0 and (ends is None or time.monotonic() < ends) and self.pull():
            pass
        with self._changed:
            if self._value == 0 and block and ends is None and threading.active_count() == 1:
                raise RuntimeError(_FOR_EVER)
            left = 0.0 if not block else None if ends is None else max(0.0, ends - time.monotonic())
            if not self._changed.wait_for(lambda: self._value > 0, left):
                return False
            self._value -= 1
            self._held, self._owner = self._held + 1, threading.get_ident()
        return True

    def release(self) -> None:
        with self._changed:
            if self.kind == _RECURSIVE:
                if not self._is_mine():
                    raise AssertionError("attempt to release recursive lock not owned by thread")
                if self._held > 1:
                    self._held -= 1
                    return
            elif self._value >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            self._value += 1
            self._held -= 1
            self._changed.notify()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _is_mine(self) -> bool:
        return self._held > 0 and self._owner == threading.get_ident()

    def _count(self) -> int:
        return self._held

    def _get_value(self) -> int:
        return self._value

    def _is_zero(self) -> bool:
        return self._value == 0

    def _after_fork(self) -> None:
        self._held = 0


def install(pull: Callable[[], bool]) -> None:
    """Replaces what processes would share. `pull` runs the next task of a pool; False if there is none."""
    of_this_process = type("SemLock", (Semaphore,), {"pull": staticmethod(pull)})
    vars(multiprocessing.synchronize)["_multiprocessing"] = SimpleNamespace(SemLock=of_this_process)
    multiprocessing.heap.Arena.__init__ = _anonymous  # type: ignore[method-assign]
    _first_run_tasks(pull)
    multiprocessing.process.BaseProcess.start = _refusal("multiprocessing.Process")  # type: ignore[method-assign]
    multiprocessing.managers.BaseManager.start = _refusal("multiprocessing.Manager")  # type: ignore[method-assign]


def _first_run_tasks(pull: Callable[[], bool]) -> None:
    """Whoever waits for an event, a condition or a queue does so once no task is left that could bring it about. The
    semaphores inside of a condition run none: its waiter would notify itself, and wait for itself to wake."""
    event, condition = multiprocessing.synchronize.Event, multiprocessing.synchronize.Condition
    begin, wait, wait_for, get = condition.__init__, event.wait, condition.wait_for, multiprocessing.queues.Queue.get

    def begin_condition(self: Any, *given: Any, **named: Any) -> None:
        begin(self, *given, **named)
        for inner in (self._sleeping_count, self._woken_count, self._wait_semaphore):
            inner._semlock.pull = _none_left

    def wait_for_event(self: Any, timeout: float | None = None) -> bool:
        while not self.is_set() and pull():
            pass
        return wait(self, timeout)

    def wait_for_condition(self: Any, predicate: Callable[[], bool], timeout: float | None = None) -> bool:
        while not predicate() and pull():
            pass
        return wait_for(self, predicate, timeout)

    def get_from_queue(self: Any, block: bool = True, timeout: float | None = None) -> Any:
        while block and not self._closed and not self._poll(0) and pull():
            pass
        return get(self, block, timeout)

    for owner, name, function in (
        (condition, "__init__", begin_condition),
        (event, "wait", wait_for_event),
        (condition, "wait_for", wait_for_condition),
        (multiprocessing.queues.Queue, "get", get_from_queue),
    ):
        setattr(owner, name, function)


def _none_left() -> bool:
    return False


def _anonymous(self: Any, size: int, fd: int = -1) -> None:
    self.size, self.fd = size, fd
    self.buffer = mmap.mmap(fd, size)


def _refusal(name: str) -> Callable[..., NoReturn]:
    def start(self: Any, *_: Any, **__: Any) -> NoReturn:
        raise PermissionError(errno.EPERM, _NO_PROCESS.format(name))

    return start
