"""The program's process pools. A jail may not fork, and need not: the calls of a pool run as chunks.

`multiprocessing.Pool` and `concurrent.futures.ProcessPoolExecutor` are replaced before the program starts. Whoever
writes a pool has said that its calls are independent, so they are not analysed; and as with real processes, functions
work on copies: arguments and results never share an object with the program. Calls are collected until a result is
asked for, then opened as one region. Where a chunk cannot deliver (an exception, a value that cannot be sent), the
call is made in place, so its exception is the program's own."""

from __future__ import annotations

import marshal
import pickle
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from marx.inside.fixed import Bindings
from marx.inside.gate import Shipment
from marx.inside.link import Link, RegionLink
from marx.inside.makers import MISSING
from marx.inside.packing import ambient, bring_globals
from marx.inside.pickles import Refused
from marx.inside.sending import Sent
from marx.inside.state import ProgramState
from marx.program.plan import Guards, Name, Plan, Region

GUESSED_ITEM_NS = 5_000_000
"""No pilot measures a pool's calls: the first chunks do."""


def _slice_code() -> CodeType:
    """The map slice of every pool: the initializer once a jail, then the call."""
    text = (
        "def map_slice(functions, start, started, item, slots, missing, counted):\n"
        "    if start is not None and not started:\n"
        "        started.append(True)\n"
        "        start[0](*start[1])\n"
        "    which, args, named = item\n"
        "    slots[0] = functions[which](*args, **named)\n"
    )
    code = compile(text, "<pool>", "exec", dont_inherit=True)
    return next(c for c in code.co_consts if isinstance(c, CodeType))


@dataclass(slots=True)
class _Call:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    named: dict[str, Any]


class _Calls:
    """Makes calls apart, in one region, and gives their results in order."""

    def __init__(self, link: Link, start: tuple[Callable[..., Any], tuple[Any, ...]] | None) -> None:
        self.link = link
        self.start = start
        self._started = False
        self._bound: dict[str, Any] = {}

    def results(self, calls: list[_Call], site: int, line: int) -> Iterator[tuple[bool, Any]]:
        """(True, result) or (False, exception) of each call."""
        try:
            pickle.dumps([(c.function, c.args, c.named) for c in calls])
        except Exception as fault:  # what a process pool cannot send either
            yield from ((False, fault) for _ in calls)
            return
        opened, sent = self._open(calls, site, line)

        def load(data: bytes) -> Any:
            assert sent is not None
            return sent.values(data, lambda _: None)

        try:
            for position, call in enumerate(calls):
                at = opened.find(position, load) if opened is not None else -1
                part = opened.part if opened is not None and at >= 0 else None
                if part is not None and part.columns[0][at] is not MISSING:
                    texts = ((part.outputs and part.outputs[at]) or {}).get((0, None), ())
                    for stream, text in zip((sys.stdout, sys.stderr), texts, strict=False):
                        stream.write(text)
                    yield True, part.columns[0][at]
                else:
                    yield self._in_place(call)
        finally:
            if opened is not None:
                opened.close()

    def _open(self, calls: list[_Call], site: int, line: int) -> tuple[RegionLink | None, Sent | None]:
        if len(calls) < 2 or not self.link.may_open() or self.link.slots < 2:
            return None, None
        functions = list({id(c.function): c.function for c in calls}.values())
        which = {id(f): position for position, f in enumerate(functions)}
        try:
            sent = _pack(self.link.program, functions, self.start)
            data, offsets, _ = sent.items([(which[id(c.function)], c.args, c.named) for c in calls])
        except (Refused, Exception):
            return None, None
        region = _region(site, line)
        shipment = Shipment(sent, {}, region, Bindings(), struct.pack(f"<{len(offsets)}Q", *offsets), data, "pool")
        entry = self.link.next_entry(site)
        return self.link.open(region, entry, 0, len(calls), GUESSED_ITEM_NS, shipment, None, guessed=True), sent

    def _in_place(self, call: _Call) -> tuple[bool, Any]:
        """A call in the driver, on copies. What it binds anew stays with the pool, as it would in a process of one."""
        space = self.link.program.namespace
        before = dict(space)
        space.update(self._bound)
        try:
            if self.start is not None and not self._started:
                self._started = True
                self.start[0](*self.start[1])
            args, named = _copy((call.args, call.named))
            return True, _copy(call.function(*args, **named))
        except Exception as fault:
            return False, fault
        finally:
            self._bound = {k: v for k, v in space.items() if before.get(k, MISSING) is not v}
            for name in space.keys() - before.keys():
                del space[name]
            space.update(before)


def _copy(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


def _pack(
    program: ProgramState, functions: list[Callable[..., Any]], start: tuple[Callable[..., Any], tuple[Any, ...]] | None
) -> Sent:
    globals_: dict[Name, Any] = {}
    code = marshal.dumps(_slice_code())
    while True:
        spaces: dict[str, dict[str, Any]] = {}
        for name, value in globals_.items():
            spaces.setdefault(name.module, {})[name.name] = value
        content = {
            "code": code,
            "locals": (tuple(functions), start, []),
            "spaces": spaces,
            "slots": [0],
            "prints": True,
            "reads_files": True,
            "shares": False,
            "headroom": sys.getrecursionlimit() - 12,
            "ambient": ambient(),
            "copies": True,
        }
        sent = Sent(program.book, content, strict=False)
        if not bring_globals([*sent.functions, *_methods(sent, program)], program, globals_):
            return sent


def _methods(sent: Sent, program: ProgramState) -> Iterator[FunctionType]:
    """The functions in classes that a pool was given: nothing says which of them its calls use."""
    written = {(key.qualname, key.line) for key in program.plan.functions}
    for cls in [thing for thing in sent.objects.values() if isinstance(thing, type)]:
        for held in vars(cls).values():
            function = getattr(held, "fget", None) or getattr(held, "__func__", held)
            code = getattr(function, "__code__", None)
            if code is not None and (code.co_qualname, code.co_firstlineno) in written:
                yield function


def _region(site: int, line: int) -> Region:
    nothing: frozenset[Any] = frozenset()
    import ast

    return Region(
        site, "__main__", "", "pool", line, 0, "", ast.Pass(), None, (), (), nothing, nothing, nothing, Guards()
    )


# --- multiprocessing ------------------------------------------------------------------------------------------------


class Pool:
    """The `multiprocessing.Pool` of a program in a jail."""

    def __init__(
        self,
        processes: int | None = None,
        initializer: Callable[..., Any] | None = None,
        initargs: Iterable[Any] = (),
        maxtasksperchild: int | None = None,
        context: Any = None,
    ) -> None:
        if processes is not None and processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._calls = _Calls(_link(), (initializer, tuple(initargs)) if initializer is not None else None)
        self._pending: list[AsyncResult] = []
        self._closed = False

    def _check(self) -> None:
        if self._closed:
            raise ValueError("Pool not running")

    def apply(self, func: Callable[..., Any], args: Iterable[Any] = (), kwds: dict[str, Any] | None = None) -> Any:
        return self.apply_async(func, args, kwds).get()

    def map(self, func: Callable[..., Any], iterable: Iterable[Any], chunksize: int | None = None) -> list[Any]:
        return self._map(func, ((x,) for x in iterable))

    def starmap(
        self, func: Callable[..., Any], iterable: Iterable[Iterable[Any]], chunksize: int | None = None
    ) -> list[Any]:
        return self._map(func, (tuple(x) for x in iterable))

    def _map(self, func: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> list[Any]:
        self._check()
        made = []
        for good, value in self._calls.results([_Call(func, a, {}) for a in arguments], *_caller()):
            if not good:
                raise value
            made.append(value)
        return made

    def imap(self, func: Callable[..., Any], iterable: Iterable[Any], chunksize: int = 1) -> Iterator[Any]:
        self._check()
        calls, place = [_Call(func, (x,), {}) for x in iterable], _caller()
        return _raising(self._calls.results(calls, *place))

    imap_unordered = imap

    def apply_async(
        self,
        func: Callable[..., Any],
        args: Iterable[Any] = (),
        kwds: dict[str, Any] | None = None,
        callback: Callable[[Any], Any] | None = None,
        error_callback: Callable[[BaseException], Any] | None = None,
    ) -> AsyncResult:
        self._check()
        return self._later([_Call(func, tuple(args), kwds or {})], True, callback, error_callback)

    def map_async(
        self,
        func: Callable[..., Any],
        iterable: Iterable[Any],
        chunksize: int | None = None,
        callback: Callable[[Any], Any] | None = None,
        error_callback: Callable[[BaseException], Any] | None = None,
    ) -> AsyncResult:
        self._check()
        return self._later([_Call(func, (x,), {}) for x in iterable], False, callback, error_callback)

    def starmap_async(
        self,
        func: Callable[..., Any],
        iterable: Iterable[Iterable[Any]],
        chunksize: int | None = None,
        callback: Callable[[Any], Any] | None = None,
        error_callback: Callable[[BaseException], Any] | None = None,
    ) -> AsyncResult:
        self._check()
        return self._later([_Call(func, tuple(x), {}) for x in iterable], False, callback, error_callback)

    def _later(self, calls: list[_Call], single: bool, callback: Any, error_callback: Any) -> AsyncResult:
        made = AsyncResult(self, calls, single, callback, error_callback, _caller())
        self._pending.append(made)
        return made

    def _flush(self) -> None:
        """Makes all calls that are due, as one region, and runs their callbacks in the order of submission."""
        due, self._pending = self._pending, []
        if not due:
            return
        results = self._calls.results([c for r in due for c in r.calls], *due[0].place)
        for result in due:
            result.settle([next(results) for _ in result.calls])
        results.close()  # type: ignore[attr-defined]

    def close(self) -> None:
        self._closed = True

    def terminate(self) -> None:
        self._closed = True
        self._pending = []

    def join(self) -> None:
        if not self._closed:
            raise ValueError("Pool is still running")
        self._flush()

    def __enter__(self) -> Pool:
        self._check()
        return self

    def __exit__(self, *_: object) -> None:
        self.terminate()


class AsyncResult:
    """The `multiprocessing.pool.AsyncResult` of a pool in a jail."""

    def __init__(
        self, pool: Pool, calls: list[_Call], single: bool, callback: Any, error_callback: Any, place: tuple[int, int]
    ) -> None:
        self.pool = pool
        self.calls = calls
        self.place = place
        self._single = single
        self._callbacks = (callback, error_callback)
        self._outcome: tuple[bool, Any] | None = None

    def settle(self, results: list[tuple[bool, Any]]) -> None:
        failed = next((r for r in results if not r[0]), None)
        values = [value for _, value in results]
        self._outcome = failed or (True, values[0] if self._single else values)
        told = self._callbacks[0 if self._outcome[0] else 1]
        if told is not None:
            told(self._outcome[1])

    def get(self, timeout: float | None = None) -> Any:
        self.wait()
        assert self._outcome is not None
        good, value = self._outcome
        if good:
            return value
        raise value

    def wait(self, timeout: float | None = None) -> None:
        if self._outcome is None:
            self.pool._flush()

    def ready(self) -> bool:
        self.wait()
        return True

    def successful(self) -> bool:
        self.wait()
        assert self._outcome is not None
        return self._outcome[0]


# --- concurrent.futures ---------------------------------------------------------------------------------------------


class _LazyFuture(Future[Any]):
    """A future whose call is made when somebody asks for it."""

    executor: ProcessPoolExecutor

    def result(self, timeout: float | None = None) -> Any:
        self.executor._flush()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self.executor._flush()
        return super().exception(timeout)

    def done(self) -> bool:
        self.executor._flush()
        return super().done()

    def running(self) -> bool:
        return False


class ProcessPoolExecutor:
    """The `concurrent.futures.ProcessPoolExecutor` of a program in a jail."""

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: Any = None,
        initializer: Callable[..., Any] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
    ) -> None:
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._calls = _Calls(_link(), (initializer, initargs) if initializer is not None else None)
        self._pending: list[tuple[_LazyFuture, _Call]] = []
        self._place = (-1, 0)
        self._shut = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._shut:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future = _LazyFuture()
        future.executor = self
        if not self._pending:
            self._place = _caller()
        self._pending.append((future, _Call(fn, args, kwargs)))
        return future

    def map(
        self, fn: Callable[..., Any], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[Any]:
        if self._shut:
            raise RuntimeError("cannot schedule new futures after shutdown")
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        calls = [_Call(fn, args, {}) for args in zip(*iterables, strict=False)]
        return _raising(self._calls.results(calls, *_caller()))

    def _flush(self) -> None:
        due, self._pending = self._pending, []
        due = [(f, c) for f, c in due if f.set_running_or_notify_cancel()]
        if not due:
            return
        results = self._calls.results([c for _, c in due], *self._place)
        for (future, _), (good, value) in zip(due, results, strict=True):
            if good:
                future.set_result(value)
            else:
                future.set_exception(value)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if cancel_futures:
            for future, _ in self._pending:
                future.cancel()
        self._flush()
        self._shut = True

    def __enter__(self) -> ProcessPoolExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


def _as_completed(original: Callable[..., Any]) -> Callable[..., Any]:
    def as_completed(fs: Iterable[Future[Any]], timeout: float | None = None) -> Iterator[Future[Any]]:
        futures = list(dict.fromkeys(fs))
        if any(isinstance(f, _LazyFuture) for f in futures):
            for future in futures:
                future.done()
            if all(f.done() for f in futures):
                return iter(futures)
        return original(futures, timeout)  # type: ignore[no-any-return]

    return as_completed


def _wait(original: Callable[..., Any]) -> Callable[..., Any]:
    def wait(fs: Iterable[Future[Any]], *args: Any, **named: Any) -> Any:
        futures = list(fs)
        for future in futures:
            future.done()
        return original(futures, *args, **named)

    return wait


# --- installation ---------------------------------------------------------------------------------------------------

_shared: list[Link] = []


def _link() -> Link:
    return _shared[0]


def _raising(results: Iterator[tuple[bool, Any]]) -> Iterator[Any]:
    for good, value in results:
        if not good:
            raise value
        yield value


def _caller() -> tuple[int, int]:
    """(site, line) of the nearest frame of the program."""
    link = _link()
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals is not link.program.namespace:
        frame = frame.f_back
    sites = link.program.plan.pools
    line = frame.f_lineno
    nearest = [p for p in sites if p.line <= line <= p.last_line]
    return (nearest[-1].site, nearest[-1].line) if nearest else (sites[0].site if sites else -1, line)


def install(link: Link, plan: Plan) -> None:
    """Replaces the pools of the modules that the program imports."""
    _shared[:] = [link]
    if "multiprocessing" in plan.imports:
        import multiprocessing
        import multiprocessing.context
        import multiprocessing.pool

        def make(self: Any, *args: Any, **named: Any) -> Pool:
            return Pool(*args, **named)

        multiprocessing.context.BaseContext.Pool = make  # type: ignore[method-assign,assignment]
        multiprocessing.Pool = Pool  # type: ignore[assignment]
        multiprocessing.pool.Pool = Pool  # type: ignore[misc,assignment]
    if "concurrent" in plan.imports:
        import concurrent.futures
        import concurrent.futures.process

        concurrent.futures.as_completed = _as_completed(concurrent.futures.as_completed)
        concurrent.futures.wait = _wait(concurrent.futures.wait)
        concurrent.futures.process.ProcessPoolExecutor = ProcessPoolExecutor  # type: ignore[misc,assignment]
        concurrent.futures.ProcessPoolExecutor = ProcessPoolExecutor  # type: ignore[misc,assignment]
