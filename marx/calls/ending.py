"""Ends futures: reads what came of their calls and sets results, in a thread of its own.

Whoever waits for a result is woken here, and the callbacks of futures run here; what they do holds up other results,
but not the line.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
import threading
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from marx.calls.errors import CallLost, RemoteError
from marx.calls.exceptions import rebuild
from marx.calls.portions import Portion, Served
from marx.calls.session import Call, Finished
from marx.wire.failures import Failure
from marx.wire.outcomes import BadOutcomes, Outcomes, Pickled, decode, decode_portion


@dataclass(frozen=True, slots=True)
class Ended:
    """Calls that ended: with the bytes of their outcomes, or (None) without any; or one call by a fault of our side."""

    finished: Finished | None
    data: bytes | None = None
    reason: str = ""
    call: Call | None = None
    fault: BaseException | None = None

    @classmethod
    def failed(cls, call: Call, fault: BaseException) -> Ended:
        return cls(None, call=call, fault=fault)


class Ender:
    """`put` is called by the line, which owns it; `opens_pickles` only where the executor's user asked for that."""

    def __init__(self, *, opens_pickles: bool = False) -> None:
        self.opens_pickles = opens_pickles
        self._queue: SimpleQueue[Ended | None] = SimpleQueue()
        self.thread = threading.Thread(target=self._run, name="marx-ender", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def put(self, ended: Ended) -> None:
        self._queue.put(ended)

    def finish(self) -> None:
        """Ends the thread when everything before this is done."""
        self._queue.put(None)

    def _run(self) -> None:
        while (ended := self._queue.get()) is not None:
            if ended.call is not None and ended.fault is not None:
                fail(ended.call.future, ended.fault)
            elif ended.finished is not None:
                self._end(ended.finished, ended.data, ended.reason)
            del ended

    def _end(self, finished: Finished, data: bytes | None, reason: str) -> None:
        message, calls = finished.message, finished.calls
        try:
            if data is None:
                raise BadOutcomes(reason or message.reason or "its outcome was lost on the way")
            if isinstance(calls[0], Portion):
                self._serve(finished, calls[0], decode_portion(data, calls[0].stop - calls[0].start))
                return
            outcomes = decode(data, len(calls))
        except BadOutcomes as fault:
            lost = f"call {message.start} has no outcome: {fault}"
            for at, call in enumerate(calls, message.start):
                fail(call.future, _placed(CallLost(lost), message.chunk, at, message.worker))
            return
        finished.stream.measured(len(calls), outcomes.wall_ns)
        _print(outcomes)
        for at, (call, result) in enumerate(zip(calls, outcomes.results, strict=True), message.start):
            if type(result) is Failure:
                fail(call.future, rebuild(result, chunk=message.chunk, item=at, worker=message.worker))
            elif type(result) is Pickled:
                self._open(call.future, result)
            else:
                _succeed(call.future, result)

    def _serve(self, finished: Finished, portion: Portion, outcomes: Outcomes) -> None:
        """A portion's values, as far as they go."""
        finished.stream.measured(1, outcomes.wall_ns)
        _print(outcomes)
        message, values, fault = finished.message, outcomes.results, None
        if type(values[-1]) is Failure:
            item = portion.start + len(values) - 1
            fault = rebuild(values.pop(), chunk=message.chunk, item=item, worker=message.worker)  # type: ignore[arg-type]
        if not outcomes.bare:
            values, unopened = self._opened(values)
            fault = unopened or fault
        _succeed(portion.future, Served(values, fault, outcomes.wall_ns))

    def _opened(self, results: list[Any]) -> tuple[list[Any], BaseException | None]:
        """The values, with pickles opened, up to the first that cannot be, and why."""
        values: list[Any] = []
        for result in results:
            try:
                values.append(self._value(result) if type(result) is Pickled else result)
            except BaseException as fault:
                return values, fault
        return values, None

    def _open(self, future: Future[Any], pickled: Pickled) -> None:
        try:
            value = self._value(pickled)
        except BaseException as fault:
            fail(future, fault)
        else:
            _succeed(future, value)

    def _value(self, pickled: Pickled) -> Any:
        """A pickle runs what it likes in this process: the user said that it may. Raises whatever that raises."""
        if not self.opens_pickles:
            raise RemoteError("pickle", 'a result came as a pickle, and results="pickle" was not asked for')
        return pickle.loads(pickled.data)


def _succeed(future: Future[Any], value: object) -> None:
    with contextlib.suppress(InvalidStateError):
        future.set_result(value)


def fail(future: Future[Any], fault: BaseException) -> None:
    """Ends a future with an exception, unless it has ended."""
    with contextlib.suppress(InvalidStateError):
        if future.running() or future.set_running_or_notify_cancel():
            future.set_exception(fault)


def _placed(fault: BaseException, chunk: int, item: int, worker: str) -> BaseException:
    vars(fault).update(chunk=chunk, item=item, worker=worker)
    return fault


def _print(outcomes: Outcomes) -> None:
    """What the calls printed, where this program's own output goes."""
    for stream, text in ((sys.stdout, outcomes.stdout), (sys.stderr, outcomes.stderr)):
        if text and stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.write(text)
                stream.flush()
