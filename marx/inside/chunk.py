"""The chunk runner: calls a region's map slice on items and packs what it filled in.

Whatever goes wrong with an item (an exception, a value that would not come back the same) makes it *unavailable*: the
driver computes it in place, where the program's own exception belongs."""

from __future__ import annotations

import builtins
import functools
import io
import marshal
import os
import pickle
import sys
import time
import types
from collections.abc import Iterator
from typing import Any

from marx.inside import messages
from marx.inside.link import COSTS, Channel
from marx.inside.transport import MISSING, PROTOCOL, Received, Refused
from marx.inside.watch import Witness, ambient_digests, digest
from marx.inside.world import is_plain

LARGE_CAPTURES = 4 << 20
"""Captures beyond this are summed up after a region's first chunk only: it would cost more than most chunks."""


class _Region:
    """A region's captures as this jail holds them, and its map slice."""

    def __init__(self, message: messages.Captures, begin: messages.Begin) -> None:
        self.module = types.ModuleType("__main__")
        self.module.__dict__.update(__file__=begin.script, __builtins__=builtins)
        sys.modules["__main__"] = self.module
        self.received = Received(message.captures, self.module)
        content = self.received.value
        self._spaces = {"__main__": self.module.__dict__}
        for name, space in content["spaces"].items():
            if name != "__main__":
                self._spaces[name] = vars(__import__(name, fromlist=["_"]))
            self._spaces[name].update(space)
        self.locals = content["locals"]
        self.slots = content["slots"]
        self.prints = content["prints"]
        self.reads_files = content["reads_files"]
        self.shares = content["shares"]
        self.headroom = content["headroom"]
        self.ambient = content["ambient"]
        self.call = types.FunctionType(marshal.loads(content["code"]), self.module.__dict__)
        self.spoiled = ""
        self.large = len(message.captures) > LARGE_CAPTURES
        self.checked = False
        self._before = self._state()

    def _state(self) -> bytes:
        """Sums up what came with the captures, and every global of the program."""
        names = {name: space for name, space in self.received.value["spaces"].items() if name != "__main__"}
        spaces = [{key: self._spaces[name].get(key) for key in space} for name, space in names.items()]
        brought = self.received.space.brought - set(self.received.value["spaces"].get("__main__", ()))
        brought.add("__warningregistry__")
        own = {key: value for key, value in self.module.__dict__.items() if key not in brought}
        return digest((self.locals, own, spaces), self.received.own)

    def check(self, ambient: dict[str, bytes]) -> None:
        """Notes it if something of the captures or the interpreter is not what it was before the chunk. Calls of a pool
        may do that."""
        if self.received.copies or (self.large and self.checked):
            return
        self.checked = True
        after = ambient_digests()
        if not self._before or not all(ambient.values()):
            self.spoiled = "MX702 the captures cannot be summed up"
        elif self._state() != self._before or any(after[name] != digest for name, digest in ambient.items()):
            self.spoiled = "MX702 the map slice changed what other items read"

    def settle(self) -> None:
        """Makes the interpreter what it was in the driver."""
        sys.modules["__main__"] = self.module
        self.received.space.enter()
        sys.argv[:] = self.ambient["argv"]
        sys.set_int_max_str_digits(self.ambient["digits"])
        depth = 0
        frame: types.FrameType | None = sys._getframe()
        while frame is not None:
            depth += 1
            frame = frame.f_back
        sys.setrecursionlimit(max(50, self.headroom + depth + 2))
        if "decimal" in self.ambient:
            import decimal

            *numbers, traps, flags = self.ambient["decimal"]
            signals = [[getattr(decimal, name) for name in names] for names in (flags, traps)]
            decimal.setcontext(decimal.Context(*numbers, *signals))
        if "numpy" in self.ambient:
            import numpy

            numpy.seterr(**self.ambient["numpy"])


class _Filling(list[Any]):
    """Slot values of a map slice that prints: notes what was printed before each was filled."""

    def __init__(self, values: list[Any], take: Any) -> None:
        super().__init__(values)
        self.take = take
        self.outputs: dict[Any, tuple[str, str]] = {}

    def __setitem__(self, slot: Any, value: Any) -> None:
        super().__setitem__(slot, value)
        self.outputs[slot, None] = self.take()


class _FillingLoop(dict[Any, Any]):
    def __init__(self, slot: int, outer: _Filling) -> None:
        super().__init__()
        self.slot = slot
        self.outer = outer

    def __setitem__(self, place: Any, value: Any) -> None:
        super().__setitem__(place, value)
        self.outer.outputs[self.slot, place] = self.outer.take()


class _Streams:
    """Catches what a map slice prints."""

    def __init__(self) -> None:
        self.saved = (sys.stdout, sys.stderr)
        self.out, self.err = io.StringIO(), io.StringIO()
        sys.stdout, sys.stderr = self.out, self.err

    def take(self) -> tuple[str, str]:
        texts = (self.out.getvalue(), self.err.getvalue())
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        return texts

    def restore(self) -> None:
        sys.stdout, sys.stderr = self.saved


def serve(channel: Channel, begin: messages.Begin, declined: str = "") -> int:
    """Answers `Run` after `Run` until the worker closes the channel; with no values if the program is `declined`."""
    sys.path.insert(0, os.path.dirname(begin.script))
    regions: dict[int, _Region | str] = {}
    while True:
        body = channel.receive()
        if body is None:
            return 0
        message = messages.to_jail(body)
        if isinstance(message, messages.Captures):
            try:
                regions[message.region] = declined or _Region(message, begin)
            except BaseException as fault:
                regions[message.region] = f"captures: {type(fault).__name__}: {fault}"
        elif isinstance(message, messages.Run):
            channel.send(messages.encode(_run(message, regions.get(message.region, "no captures"))))


def _run(message: messages.Run, region: _Region | str) -> messages.Ran:
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    if isinstance(region, str):
        batch = _Batch(1, message.stop - message.start)
        batch.lose_all(region)
        computed, data = wall, batch.pack_each(None)
    else:
        batch = _Batch(len(region.slots), message.stop - message.start)
        _compute(batch, message, region)
        computed, data = time.perf_counter_ns(), batch.pack(region.received)
    costs = COSTS.pack(computed - wall, time.perf_counter_ns() - computed)
    return messages.Ran(
        region=message.region,
        start=message.start,
        stop=message.stop,
        values=costs + data,
        wall_ns=time.perf_counter_ns() - wall,
        cpu_ns=time.process_time_ns() - cpu,
        unavailable=len(batch.unavailable),
        reason=batch.reason[:300],
    )


class _Batch:
    """What a chunk made: a column of values for each slot. `objects` keeps the items' objects, whose addresses the
    references are, alive until the values are packed."""

    def __init__(self, slots: int, count: int) -> None:
        self.columns: list[list[Any]] = [[MISSING] * count for _ in range(slots)]
        self.outputs: list[Any] | None = None
        self.unavailable: set[int] = set()
        self.references: dict[int, tuple[Any, ...]] = {}
        self.objects: list[Any] = []
        self.reason = ""

    def put(self, position: int, values: list[Any], outputs: Any) -> None:
        for column, value in zip(self.columns, values, strict=True):
            column[position] = value
        if outputs:
            self.outputs = self.outputs or [None] * len(self.columns[0])
            self.outputs[position] = outputs

    def plain_at(self, position: int, depths: list[int]) -> Iterator[bool]:
        """Of each value of an item, whether nobody can change it. Slots inside loops hold a value for each round."""
        for column, depth in zip(self.columns, depths, strict=True):
            values = column[position].values() if depth else [column[position]]
            yield from (is_plain(value) or value is MISSING for value in values)

    def lose(self, position: int, reason: str) -> None:
        self.unavailable.add(position)
        self.reason = self.reason or reason
        for column in self.columns:
            column[position] = MISSING

    def lose_all(self, reason: str) -> None:
        self.reason = reason
        for position in range(len(self.columns[0])):
            self.lose(position, reason)

    def pack(self, received: Received) -> bytes:
        """One pickle for all columns, or one for each item where some value cannot be sent."""
        try:
            return b"C" + received.dump_values((self.columns, self.outputs), self.references)
        except Refused as fault:
            self.reason = self.reason or f"{fault.code} {fault.reason}"
        return self.pack_each(received)

    def pack_each(self, received: Received | None) -> bytes:
        parts: list[bytes | None] = [None] * len(self.columns[0])
        for position in range(len(parts)):
            if received is None or position in self.unavailable:
                continue
            row = ([column[position] for column in self.columns], self.outputs and self.outputs[position])
            try:
                parts[position] = received.dump_values(row, self.references)
            except Refused:
                self.unavailable.add(position)
        return b"E" + pickle.dumps((len(self.columns), parts), PROTOCOL)


def _compute(batch: _Batch, message: messages.Run, region: _Region) -> None:
    """Fills the batch, unless something shows that its values may not be what the driver would have computed."""
    if not region.spoiled:
        region.settle()
        ambient = ambient_digests()
        witness = _witness()
        witness.begin(region.ambient["warnings"], region.prints, region.reads_files)
        try:
            _fill(batch, message, region, witness)
        finally:
            witness.end()
        region.check(ambient)
    if region.spoiled:
        batch.lose_all(region.spoiled)


@functools.cache
def _witness() -> Witness:
    """One for the whole process: an audit hook stays for ever."""
    return Witness()


def _fill(batch: _Batch, message: messages.Run, region: _Region, witness: Witness) -> None:
    """Calls the map slice on each item of a chunk."""
    offsets = memoryview(message.offsets).cast("Q") if message.offsets else None
    for position in range(message.stop - message.start):
        try:
            if offsets is None:
                item: Any = message.range_start + (message.start + position) * message.range_step
            else:
                item, objects = region.received.item(message.data[offsets[position] : offsets[position + 1]])
                for number, thing in objects.items():
                    if type(thing) is not str:
                        batch.references.setdefault(id(thing), ("i", message.start + position, number))
                batch.objects.append(objects)
            before = b"" if is_plain(item) else digest(item)
            batch.put(position, *_one(region, item))
            if before and digest(item) != before:
                batch.lose(position, "MX702 the map slice changed its item")
            if region.shares and not all(batch.plain_at(position, region.slots)):
                batch.lose(position, "MX209 what a cache holds could be in several values")
            deed = witness.take()
            if deed and not region.received.copies:
                batch.lose(position, f"MX702 the map slice is not pure: {deed}")
        except BaseException as fault:
            batch.lose(position, f"item {message.start + position}: {type(fault).__name__}")


def _one(region: _Region, item: Any) -> tuple[list[Any], Any]:
    values: list[Any] = [{} if depth else MISSING for depth in region.slots]
    if not region.prints:
        region.call(*region.locals, item, values, MISSING, enumerate)
        return values, None
    streams = _Streams()
    try:
        filling = _Filling(values, streams.take)
        for slot, depth in enumerate(region.slots):
            if depth:
                list.__setitem__(filling, slot, _FillingLoop(slot, filling))
        region.call(*region.locals, item, filling, MISSING, enumerate)
        return [dict(v) if type(v) is _FillingLoop else v for v in filling], filling.outputs
    finally:
        streams.restore()
