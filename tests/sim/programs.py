"""A driver's program as it runs in its jail: a generator that asks for what it waits for.

It is given values as the distributor's messages bring them, computes in place what will not come, and folds in item
order. Where a value came from is looked at: it must be of the right item, by a lease that was granted for it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from .laws import Laws
from .spec import JobSpec, file_of, fold, line, value
from .world import Violation

Kind = Literal["print", "open", "close", "work", "wait", "exit"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the program does next: print `data`, open or close `region`, work for `ms`, or wait for any value."""

    kind: Kind
    region: int = 0
    data: bytes = b""
    ms: float = 0.0
    used: int = 0
    in_place: int = 0


@dataclass(slots=True)
class Arrived:
    """Values of one region so far, by item; None is word that none will come."""

    values: dict[int, bytes | None] = field(default_factory=dict)

    def take(self, job: JobSpec, region: int, start: int, stop: int, packed: bytes | None, laws: Laws) -> None:
        if packed is None:
            for at in range(start, stop):
                self.values.setdefault(at, None)
            return
        number, values = unpack_values(packed)
        lease, items = laws.given.get(number), laws.ranges.get(number)
        if lease is None or items is None or not items[0] <= start < stop <= items[1]:
            raise Violation(f"values of items {start}..{stop - 1} by lease {number}, which was granted for {items}")
        if len(values) != stop - start:
            raise Violation(f"{len(values)} values for items {start}..{stop - 1}")
        for at, one in zip(range(start, stop), values, strict=True):
            if at in self.values and self.values[at] is not None:
                raise Violation(f"item {region}.{at} of {job.ticket} arrived twice")
            self.values[at] = one


def pack_values(number: int, values: list[bytes]) -> bytes:
    """A chunk's values, with the number of the lease that they were computed under."""
    return msgspec.msgpack.encode((number, values))


def unpack_values(packed: bytes) -> tuple[int, list[bytes]]:
    return msgspec.msgpack.decode(packed, type=tuple[int, list[bytes]])


def run(job: JobSpec, arrived: dict[int, Arrived], laws: Laws) -> Generator[Wish, None, None]:
    """The program from its beginning; `arrived` fills while it waits."""
    yield Wish("print", data=b"begin\n")
    for number, region in enumerate(job.regions):
        there = arrived.setdefault(number, Arrived()).values
        total = used = in_place = 0
        opened = region.first < region.count
        for at in range(region.stop):
            if at == region.first and opened:
                yield Wish("open", number)
            if at >= region.first:
                while at not in there:
                    yield Wish("wait", number)
            one = there.get(at)
            if one is None:
                yield Wish("work", ms=region.item_ms)
                one = value(job, number, at)
                in_place += 1
                if at >= region.first:
                    laws.in_place.add((job.ticket, number, at))
            else:
                used += 1
            total = fold(total, one)
            if at % region.every == 0:
                yield Wish("print", data=line(number, at, total))
        if opened and region.stop > region.first:
            yield Wish("close", number, used=used, in_place=in_place)
        yield Wish("print", data=line(number, region.stop, total))
    yield Wish("exit", data=file_of(job))
