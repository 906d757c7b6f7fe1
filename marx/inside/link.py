"""The driver's end of the channel: opens regions, receives their values, and knows who is in a pilot.

One thread, one channel: whoever waits for a value reads frames and puts those of other regions aside.
"""

from __future__ import annotations

import contextlib
import pickle
import struct
import sys
import time
from bisect import bisect_right, insort
from collections.abc import Callable
from select import select
from types import CodeType
from typing import TYPE_CHECKING, Any, Protocol

from marx.inside import decide, messages
from marx.inside.decide import COLD_ENTRIES, carry_ns, is_in_vain, is_no_sooner, is_too_dear
from marx.inside.figures import Figures
from marx.inside.makers import MISSING
from marx.inside.restoring import restore
from marx.inside.state import ProgramState
from marx.program.plan import Finding, Region

if TYPE_CHECKING:
    from marx.inside.region import Site


HEAD = struct.Struct("<QQH")
"""Before a chunk's values: how long it computed and how long it packed, in nanoseconds of its machine, and the length
of a text that follows: the first reason why a value is missing."""

REASONS_MAX = 5
"""So many reasons of one opening are kept."""


class Channel(Protocol):
    """The sandbox's frames, as seen from inside."""

    def fileno(self) -> int: ...
    def receive(self) -> bytes | None: ...
    def send(self, body: bytes) -> None: ...


class Goods(Protocol):
    """What chunks of a region are given: the captures, and the items if they are not a range."""

    @property
    def captures(self) -> bytes: ...
    @property
    def offsets(self) -> bytes: ...
    @property
    def data(self) -> bytes: ...
    @property
    def digest(self) -> str: ...


class Link:
    """What all sites of a driver share."""

    def __init__(self, channel: Channel, slots: int, parallel: bool, paranoid: bool = False) -> None:
        """`paranoid`: every item is computed here as well, and what chunks say is only compared."""
        self.paranoid = paranoid
        self.channel = channel
        self.slots = slots
        self.parallel = parallel
        self.program: ProgramState
        self.refusals: list[Finding] = []
        self.sites: list[Site] = []
        self._regions: dict[int, RegionLink] = {}
        self._opened = 0
        self._pilots = 0
        self._entries: dict[int, int] = {}
        self._pools: dict[int, tuple[Region, Figures]] = {}

    def may_open(self) -> bool:
        return self.parallel

    def begin_pilot(self) -> bool:
        """Notes that a loop is in its pilot; whether it is so inside of another's."""
        self._pilots += 1
        return self._pilots > 1

    def end_pilot(self) -> None:
        self._pilots = max(0, self._pilots - 1)

    def restore_code(self, region: Region, code: CodeType) -> None:
        """Gives a function its original code back once none of its loops is worth watching."""
        place = region.module, region.scope
        if all(s.cold >= COLD_ENTRIES for s in self.sites if (s.region.module, s.region.scope) == place):
            restore(region, code, self.program)

    def next_entry(self, site: int) -> int:
        """Counts the openings of a site that has no loop of its own to count them."""
        self._entries[site] = self._entries.get(site, 0) + 1
        return self._entries[site]

    def figures_of(self, pool: Region) -> Figures:
        """What became of the calls of a pool, which has no site among `sites`."""
        return self._pools.setdefault(pool.site, (pool, Figures()))[1]

    def refused(self, region: Region, code: str, reason: str) -> None:
        self.refusals.append(Finding(code, "sequential", region.line, region.column, reason, region.shape, region.line))

    def open(
        self,
        region: Region,
        entry: int,
        first: int,
        count: int,
        item_ns: int,
        goods: Goods,
        span: range | None,
        guessed: bool = False,
    ) -> RegionLink:
        """Offers items `first`..`count`-1. `guessed`: no pilot has measured `item_ns`."""
        opened = RegionLink(self, self._opened, first, count, 0 if guessed else item_ns)
        self._regions[self._opened] = opened
        self._opened += 1
        body = messages.encode(
            messages.Opened(
                region=opened.number,
                key=f"{region.site}.{entry}",
                site=region.site,
                line=region.line,
                first=first,
                count=count,
                digest=_digest(goods, span),
                captures=goods.captures,
                item_ns=item_ns,
                range_start=span.start if span is not None else 0,
                range_step=span.step if span is not None else 1,
                offsets=goods.offsets,
                data=goods.data,
            )
        )
        self.channel.send(body)
        return opened

    def forget(self, opened: RegionLink, used: int, in_place: int) -> None:
        self._regions.pop(opened.number, None)
        if sys.is_finalizing():
            return  # nobody is left to tell; a lazy `map` may live as long as the interpreter
        self.channel.send(messages.encode(messages.Closed(opened.number, used, in_place)))

    def has_come(self) -> bool:
        """Whether a frame, or some of it, is there to be read."""
        return bool(select([self.channel], [], [], 0)[0])

    def tell(self) -> None:
        """The last word: what became of each site that was entered. The program is done, and may have closed the
        channel; nothing that goes wrong here is its problem."""
        with contextlib.suppress(Exception):
            told = [site.figures.tell(site.region, site.entries) for site in self.sites if site.entries]
            told += [figures.tell(pool, figures.opened or 1) for pool, figures in self._pools.values()]
            if told:
                self.channel.send(messages.encode(messages.Judged(told[: messages.SITES_MAX])))

    def wait(self) -> None:
        """Reads one frame and gives it to its region. Late frames of closed regions are dropped."""
        body = self.channel.receive()
        if body is None:
            raise SystemExit(137)
        message = messages.to_jail(body)
        if isinstance(message, messages.Values | messages.Unavailable):
            opened = self._regions.get(message.region)
            if opened is not None:
                opened.take(message)


def _digest(goods: Goods, span: range | None) -> str:
    import hashlib

    made = hashlib.blake2b(goods.digest.encode(), digest_size=16)
    made.update(repr(span).encode() if span is not None else goods.offsets)
    made.update(goods.data)
    return made.hexdigest()


class Part:
    """The values of some consecutive items: a column for each slot."""

    def __init__(self, columns: list[list[Any]], outputs: list[Any] | None) -> None:
        self.columns = columns
        self.outputs = outputs

    @property
    def has_values(self) -> bool:
        return any(value is not MISSING for column in self.columns for value in column)


class RegionLink:
    """One opening of a region: the parts of its values that have come, by first item. `item_ns` is what an item takes
    here, 0 if nobody knows."""

    def __init__(self, link: Link, number: int, first: int, count: int, item_ns: int) -> None:
        self.link = link
        self.number = number
        self.first = first
        self.count = count
        self.item_ns = item_ns
        self.used = 0
        self.reasons: list[str] = []
        self.in_place = first
        self.compute_ns = self.carry_ns = self._weighed = 0
        self._empty = 0
        """So many chunks have come without any value."""
        self._opened = time.perf_counter_ns()
        impatient = 0 < item_ns <= decide.IMPATIENT_NS and not link.paranoid
        self._patient_from = first + int((count - first) * decide.IMPATIENT_SHARE) if impatient else first
        self.part: Part | None = None
        self.start = self.stop = first
        self._starts: list[int] = []
        self._waiting: dict[int, tuple[int, bytes | None]] = {}

    def take(self, message: messages.Values | messages.Unavailable) -> None:
        """Keeps a part until the loop comes to it. What is used already, or came before, is dropped; but it shows that
        the others are at work, and that to go on beside them would be to do what they do."""
        self._patient_from = self.first
        if isinstance(message, messages.Values):
            self._weigh(message)
        if message.stop <= self.stop or message.start in self._waiting:
            return
        if isinstance(message, messages.Unavailable):
            self.note(f"MX705 items {message.start} to {message.stop - 1}: {message.reason}")
        insort(self._starts, message.start)
        self._waiting[message.start] = (message.stop, message.values if isinstance(message, messages.Values) else None)

    def _weigh(self, message: messages.Values) -> None:
        """Adds up what values cost, also of those that come too late to be used: they tell of the others."""
        if len(message.values) >= HEAD.size:
            compute_ns, pack_ns, _ = HEAD.unpack_from(message.values)
            here_ns = self.item_ns * (message.stop - message.start)
            self._weighed += 1
            self.compute_ns += min(compute_ns, here_ns) if here_ns else compute_ns
            self.carry_ns += carry_ns(pack_ns, len(message.values))

    def find(self, item: int, load: Callable[[bytes], Any]) -> int:
        """Where in `part` the item's values are, waiting for them if they are to come; -1: compute it in place."""
        while not self.start <= item < self.stop:
            if self._load(item, load):
                continue
            if (item < self._patient_from and not self.link.has_come()) or self.is_too_dear():
                self.in_place += 1
                self.start = self.stop = item + 1
                return -1
            self.link.wait()
        if self.part is None or self.part.columns[0][item - self.start] is MISSING:
            self.in_place += 1
            return -1 if self.part is None else item - self.start
        self.used += 1
        return item - self.start

    def _load(self, item: int, load: Callable[[bytes], Any]) -> bool:
        """Makes the part that holds the item the current one, if it has come."""
        position = bisect_right(self._starts, item) - 1
        if position < 0:
            return False
        start = self._starts[position]
        stop, data = self._waiting[start]
        if not start <= item < stop:
            return False
        del self._starts[position], self._waiting[start]
        self.start, self.stop = start, stop
        self.part = None
        if data is not None and len(data) >= HEAD.size:
            length = HEAD.unpack_from(data)[2]
            self.note(data[HEAD.size : HEAD.size + length].decode(errors="replace"))
            began = time.perf_counter_ns()
            self.part = _read(data[HEAD.size + length :], load, stop - start)
            self.carry_ns += time.perf_counter_ns() - began
            self._empty += length > 0 and (self.part is None or not self.part.has_values)
        return True

    def note(self, reason: str) -> None:
        """Keeps why an item's value was not taken from a chunk."""
        if reason and len(self.reasons) < REASONS_MAX:
            self.reasons.append(reason)

    def is_too_dear(self) -> bool:
        """Whether carrying the values costs more than computing them here would. What a jail does first it does slowly,
        so that each slot may have its first chunk, unless that has said enough."""
        first = self._weighed <= self.link.slots
        return not self.link.paranoid and is_too_dear(self.carry_ns, self.compute_ns, first=first)

    def is_in_vain(self) -> bool:
        """Whether chunks have come, and none had a value that could be sent."""
        return not self.link.paranoid and is_in_vain(self._empty, self.used)

    def is_no_sooner(self) -> bool:
        """Whether the items up to here could have been computed in the time that they took to come."""
        waited = time.perf_counter_ns() - self._opened
        return not self.link.paranoid and is_no_sooner(self.start - self.first, waited, self.item_ns)

    def close(self) -> None:
        self.link.forget(self, self.used, self.in_place)


def _read(data: bytes, load: Callable[[bytes], Any], count: int) -> Part | None:
    """A chunk's values. What cannot be read is as if it had not come: the driver computes those items itself."""
    try:
        if data[:1] == b"C":
            part = Part(*load(data[1:]))
        else:
            slots, rows = pickle.loads(data[1:])
            if not any(rows):
                return None
            missing = ([MISSING] * slots, None)
            loaded = [load(row) if row is not None else missing for row in rows]
            part = Part([[values[slot] for values, _ in loaded] for slot in range(slots)], [o for _, o in loaded])
    except Exception:
        return None
    return part if part.columns and all(len(column) == count for column in part.columns) else None
