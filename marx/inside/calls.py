"""The runner of calls: a jail of a session, in which a tasker's functions are called one after the other.

A function comes once, as a pickle by value; each call is a pickle of its arguments, or of a portion of a map's items.
The tasker's own modules are files of the job. What a call gives goes back as plain data, so that the tasker need not
trust this jail. As in a worker of a process pool, what one call leaves behind (a global, a cache) the next may find.
"""

from __future__ import annotations

import io
import pickle
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from itertools import pairwise, starmap
from typing import Any

from msgspec.msgpack import Ext

from marx.inside import messages
from marx.inside.faults import failure_of
from marx.inside.link import Channel
from marx.wire import outcomes
from marx.wire.functions import Function, read_function
from marx.wire.plain import NotPlain

PORTION_BYTES = 8 << 20
"""A portion ends when its outcomes take so much."""
RUNS_LEAST = 16
"""A run is for at most about this part of a portion's time."""


def serve(channel: Channel, begin: messages.Begin, declined: str = "") -> int:
    """Answers `Run` after `Run` until the worker closes the channel; with failures only if the owner `declined`.

    A session's `argv` are the folders in which the tasker's own modules are looked up.
    """
    sys.path[:0] = begin.argv
    functions: dict[int, _Callee] = {}
    while True:
        body = channel.receive()
        if body is None:
            return 0
        message = messages.to_jail(body)
        if isinstance(message, messages.Captures):
            functions[message.region] = _Callee(message.captures, declined)
        elif isinstance(message, messages.Run):
            channel.send(messages.encode(_run(message, functions[message.region])))


class _Callee:
    """A function that came, or why it cannot be called here, which is what each of its calls then ends with."""

    def __init__(self, captures: bytes, declined: str) -> None:
        self.by_pickle = self.each = False
        self._function: Callable[..., Any] | None = None
        self._fault: object = None
        try:
            if declined:
                raise PermissionError(declined)
            self._load(read_function(captures))
        except BaseException as fault:
            self._fault = outcomes.pack_failure(failure_of(fault))

    def _load(self, function: Function) -> None:
        called, initializer, arguments = pickle.loads(function.pickle)
        if initializer is not None:
            initializer(*arguments)
        self._function, self.by_pickle, self.each = called, function.by_pickle, function.each

    def outcome(self, item: bytes) -> object:
        """What a call gives, packed."""
        if self._function is None:
            return self._fault
        try:
            arguments, named = pickle.loads(item)
            value = self._function(*arguments, **named)
        except BaseException as fault:
            return outcomes.pack_failure(failure_of(fault))
        return self._packed(value)

    def portion(self, item: bytes) -> list[object]:
        """What a portion's items give, packed in runs, as far as it comes in its time.

        A run is twice as long as the one before as long as it takes a small part of that time, so that cheap items are
        called, looked at and packed by C loops, and dear ones end soon after the time is up.
        """
        runs: list[object] = []
        try:
            items, starred, budget_ns = pickle.loads(item)
            until_ns = time.perf_counter_ns() + budget_ns
            at, length, size = 0, 1, 0
            while at < len(items) and size < PORTION_BYTES:
                began_ns = time.perf_counter_ns()
                values, fault = self._called(items[at : at + length], starred)
                run = self._packed_run(values)
                runs.append(run)
                if fault is not None:
                    return [*runs, outcomes.pack_failure(failure_of(fault))]
                at, size = at + length, size + memoryview(run.data).nbytes
                ended_ns = time.perf_counter_ns()
                if ended_ns >= until_ns:
                    break
                if (ended_ns - began_ns) * RUNS_LEAST < budget_ns:
                    length *= 2
        except BaseException as fault:
            runs.append(outcomes.pack_failure(failure_of(fault)))
        return runs

    def _called(self, items: Sequence[Any], starred: bool) -> tuple[list[Any], BaseException | None]:
        """The values of items, as far as the first exception, and that."""
        assert self._function is not None
        values: list[Any] = []
        try:
            values.extend(starmap(self._function, items) if starred else map(self._function, items))
        except BaseException as fault:
            return values, fault
        # An iterator that is asked for the next value takes this exception of the function for its end.
        return values, None if len(values) == len(items) else StopIteration()

    def _packed_run(self, values: list[Any]) -> Ext:
        try:
            return outcomes.pack_run(values)
        except NotPlain:
            return outcomes.pack_mixed([self._packed(value) for value in values])

    def _packed(self, value: object) -> object:
        try:
            return outcomes.pack_value(value)
        except NotPlain as fault:
            return self._packed_otherwise(value, fault)

    def _packed_otherwise(self, value: object, not_plain: NotPlain) -> object:
        if not self.by_pickle:
            text = f"the result cannot come back as plain data: {not_plain}. Return plain data, or ask for results"
            return outcomes.pack_failure(failure_of(TypeError(f'{text} by pickle: marx.Executor(results="pickle")')))
        from marx.inside.returning import dumps

        try:
            return outcomes.pack_pickle(dumps(value))
        except BaseException as fault:
            return outcomes.pack_failure(failure_of(fault))


def _run(message: messages.Run, callee: _Callee) -> messages.Ran:
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    offsets = memoryview(message.offsets).cast("Q")
    out, err = _stream(), _stream()
    with redirect_stdout(out), redirect_stderr(err):
        if callee.each:
            packed = callee.portion(message.data)
        else:
            packed = [callee.outcome(message.data[one:next_one]) for one, next_one in pairwise(offsets)]
    wall_ns = time.perf_counter_ns() - wall
    return messages.Ran(
        region=message.region,
        start=message.start,
        stop=message.stop,
        values=outcomes.encode(packed, _printed(out), _printed(err), wall_ns),
        wall_ns=wall_ns,
        cpu_ns=time.process_time_ns() - cpu,
    )


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)


def _printed(stream: io.TextIOWrapper) -> str:
    """What went into a stream, unless a call closed it."""
    try:
        data: bytes = stream.buffer.getvalue()  # type: ignore[attr-defined]
    except ValueError:
        return ""
    return data.decode("utf-8", "replace")
