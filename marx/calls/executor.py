"""`marx.Executor`: the interface of `concurrent.futures`, with sandboxes on the machines of a lab behind it.

    with marx.Executor() as executor:
        for result in executor.map(function, items): ...

Without a configured distributor the calls run on this machine's cores, in the same sandboxes. An executor belongs to
the process that made it: after a fork the child has to make its own.
"""

from __future__ import annotations

import atexit
import concurrent.futures
import operator
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from types import FunctionType, TracebackType
from typing import Any, Literal, TypeVar

from marx.calls.constancy import is_named
from marx.calls.dialling import line_to, refuse_in_a_sandbox
from marx.calls.functions import Packing
from marx.calls.line import Line
from marx.calls.packing import pack_arguments
from marx.calls.portions import Portions
from marx.calls.session import Call
from marx.tasker.submission import plain_name

Result = TypeVar("Result")

OFTEN = 3
"""A function without a name of its own that was called so often is sent once for all further calls."""


class Executor(concurrent.futures.Executor):
    """Calls functions in sandboxes on a lab.

    `distributor` is the line that `marx serve` prints, None for the configured one or else this machine's own cores,
    of which `max_workers` are used. Results come back as plain data; `results="pickle"` lets any value through, which
    means that whoever owns a worker of the lab can run code in this process. `initializer` is called in each sandbox
    before the first call of a function. `call_timeout` seconds is the longest that a chunk of calls may take.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        *,
        distributor: str | None = None,
        results: Literal["plain", "pickle"] = "plain",
        initializer: Callable[..., Any] | None = None,
        initargs: tuple[Any, ...] = (),
        call_timeout: float | None = None,
        name: str = "",
    ) -> None:
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        if results not in ("plain", "pickle"):
            raise ValueError(f'results must be "plain" or "pickle", not {results!r}')
        packing = Packing(
            initializer=initializer,
            initial=tuple(initargs),
            by_pickle=results == "pickle",
            name=name or plain_name(f"calls of {os.path.basename(sys.argv[0] if sys.argv else '') or 'python'}"),
            call_timeout_ms=int((call_timeout or 0) * 1000),
        )
        refuse_in_a_sandbox()
        self._limit_ns = packing.call_timeout_ms * 1_000_000
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._shut = False
        self._often: weakref.WeakKeyDictionary[FunctionType, int] = weakref.WeakKeyDictionary()
        self._line, self._slots = line_to(distributor, max_workers, packing)
        self._line.start()
        self._leave = weakref.finalize(self, self._line.close, wait=False)
        self._leave.atexit = False
        _open.add(self)
        _lines.add(self._line)

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Waits for what was submitted; but somebody who pressed Ctrl-C waits for nothing."""
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self.abandon()
        else:
            self.shutdown()

    # --- concurrent.futures -------------------------------------------------------------------------------------------

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """A future of `fn(*args, **kwargs)`; the arguments are taken as they are now."""
        return self._submit(lambda: self._packed(fn, args, kwargs))

    def submit_again(self, fn: Callable[..., Result], /, *args: Any) -> Future[Result]:
        """As `submit`, of a function that is about to be called again: it travels apart from its arguments."""
        return self._submit(lambda: (fn, pack_arguments(args, {})))

    def map(
        self,
        fn: Callable[..., Result],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[Result]:
        """As `concurrent.futures`; calls are put into chunks by what they cost, so `chunksize` is not needed."""
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if buffersize is not None and buffersize < 1:
            raise ValueError("buffersize must be None or > 0")
        until_s = None if timeout is None else time.monotonic() + timeout
        starred = len(iterables) != 1
        return _results(self.map_all(fn, zip(*iterables, strict=False) if starred else iterables[0], starred), until_s)

    def map_all(
        self,
        fn: Callable[..., Any],
        items: Iterable[Any],
        starred: bool = False,
        through: Callable[[Portions], None] = lambda _: None,
    ) -> Portions:
        """The results of all items, to be waited for; `starred`: each item is a tuple of arguments.

        Items are taken in portions, as they are when their portion leaves. `through` is called when all is over.
        """
        self._check()

        def over(ended: Portions) -> None:
            self._line.end_map(ended)
            through(ended)

        portions = Portions(
            fn,
            items if type(items) is range else list(items),
            starred=starred,
            slots=lambda: self.slots,
            post=self._line.post_portions,
            through=over,
            limit_ns=self._limit_ns,
        )
        with self._lock:
            self._may_post()
            self._line.begin_map(portions)
        portions.start()
        return portions

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            self._shut = True
        _open.discard(self)
        if self._process == os.getpid():
            self._leave.detach()
            self._line.close(wait=wait, cancel=cancel_futures)

    @property
    def slots(self) -> int:
        """How many calls can run at a time, as far as is known now."""
        return max(self._line.slots, self._slots)

    @property
    def broken(self) -> bool:
        """Whether nothing more can be called, because it was shut down, lost its lab, or belongs to another process."""
        return self._shut or self._line.fault is not None or self._process != os.getpid()

    def abandon(self) -> None:
        """Ends at once: futures without a result are cancelled, or broken where their call runs already."""
        with self._lock:
            self._shut = True
        _open.discard(self)
        if self._process == os.getpid():
            self._leave.detach()
            self._line.abandon()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self._process != os.getpid():
            raise RuntimeError(f"this executor belongs to process {self._process}; make a new one after a fork")

    def _submit(self, packed: Callable[[], tuple[Callable[..., Any], bytes]]) -> Future[Any]:
        """What cannot be packed has a future all the same, with the reason."""
        self._check()
        future: Future[Any] = Future()
        try:
            function, item = packed()
        except Exception as fault:
            future.set_running_or_notify_cancel()
            future.set_exception(fault)
            return future
        with self._lock:
            self._may_post()
            self._line.post(function, Call(future, item))
        return future

    def _may_post(self) -> None:
        if self._line.fault is not None:
            raise self._line.fault
        if self._shut:
            raise RuntimeError("cannot schedule new futures after shutdown")

    def _packed(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[Callable[..., Any], bytes]:
        """What to call with which arguments: a function that may not be called again travels as an argument itself."""
        if is_named(function) or self._is_called_often(function):
            return function, pack_arguments(arguments, named)
        return operator.call, pack_arguments((function, *arguments), named)

    def _is_called_often(self, function: Callable[..., Any]) -> bool:
        if not isinstance(function, FunctionType):
            return False
        times = self._often.get(function, 0)
        self._often[function] = times + 1
        return times >= OFTEN


def _results(portions: Portions, until_s: float | None) -> Iterator[Any]:
    """In order; whoever leaves early cancels the rest, as in `concurrent.futures`."""
    try:
        at = 0
        while True:
            left_s = None if until_s is None else until_s - time.monotonic()
            if not portions.wait(at, left_s):
                raise TimeoutError
            if at == portions.done:
                break
            batch = portions.take(at)
            at += len(batch)
            batch.reverse()
            while batch:
                yield batch.pop()
        if portions.fault is not None:
            raise portions.fault
    finally:
        portions.cancel()


# --- the end of the process -------------------------------------------------------------------------------------------

_open: weakref.WeakSet[Executor] = weakref.WeakSet()
_lines: weakref.WeakSet[Line] = weakref.WeakSet()
"""A line lives as long as its threads do, also when nobody holds its executor any more."""


@atexit.register
def _finish_all() -> None:
    """As with `concurrent.futures`: what was submitted is done before the interpreter ends, unless Ctrl-C ended it."""
    interrupted = issubclass(getattr(sys, "last_type", None) or Exception, KeyboardInterrupt)
    for executor in list(_open):
        if interrupted:
            executor.abandon()
        else:
            executor.shutdown(wait=False)
    for line in list(_lines):
        line.join()
