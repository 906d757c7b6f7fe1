"""The tasks of one pool, in the order of their submission: opened as one region once a result is wanted."""

from __future__ import annotations

import pickle
import struct
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from marx.inside.link import Link, RegionLink
from marx.inside.makers import MISSING
from marx.inside.pools.alone import Alone, Start
from marx.inside.pools.apart import check_apart
from marx.inside.pools.captures import pack, region_of
from marx.inside.refusals import WRITES_FILES, Refusal
from marx.inside.sending import Sent
from marx.inside.state import module_of

GUESSED_ITEM_NS = 5_000_000
"""No pilot measures a pool's calls: the first chunks do."""
WINDOW = 1 << 14
"""So many tasks at a time: `imap` may be given an iterable without an end."""

Result = tuple[bool, Any]
"""(True, value) or (False, exception)."""


@dataclass(frozen=True, slots=True)
class Call:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    named: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What a process of the pool would be given: `calls` that make a list of values, or (`single`) one value.

    `in_place` is the whole task as that process runs it; `tell` passes the outcome on; `wanted` is asked before it is
    begun."""

    calls: list[Call]
    single: bool
    in_place: Callable[[], Result]
    tell: Callable[[Result], None]
    wanted: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class _Goods:
    captures: bytes
    offsets: bytes
    data: bytes
    digest: str = "pool"


_WRITES = Refusal("MX210", WRITES_FILES)

_streams: list[weakref.ref[Stream]] = []
"""The streams of all pools of the program, the oldest first."""


def pull_any() -> bool:
    """Finishes the next task of some pool; False if none has one that can run now."""
    return any(stream.pull() for held in list(_streams) if (stream := held()) is not None)


class Stream:
    """Runs the tasks of one pool. `pull` finishes the next one.

    The tasks of a pool of one process may notice their order, by what one leaves to the next: none goes to chunks."""

    def __init__(self, link: Link, start: Start | None, alone: Alone, processes: int) -> None:
        _streams.append(weakref.ref(self, _streams.remove))
        self.link = link
        self.start = start
        self.alone = alone
        self._in_order = processes == 1
        self._kept: Refusal | None = None
        """Why no more calls are sent, once one has shown that it cannot be."""
        self._sources: deque[tuple[Iterator[Task], tuple[int, int]]] = deque()
        self._running: Iterator[None] = _nothing()
        self._pulling = False

    def add(self, tasks: Iterator[Task]) -> None:
        """Tasks to be drawn when their time comes, from the line of the program that stands here."""
        self._sources.append((tasks, self._place()))

    def pull(self) -> bool:
        """Finishes the next task; False if there is none left, or if a callback of the last one is still running."""
        if self._pulling:
            return False
        self._pulling = True
        try:
            while next(self._running, self) is self:
                place = self._sources[0][1] if self._sources else (-1, 0)
                tasks = [task for task in islice(self._drawn(), WINDOW) if task.wanted()]
                if not tasks:
                    return False
                self._running = self._run(tasks, *place)
            return True
        finally:
            self._pulling = False

    def finish(self) -> None:
        while self.pull():
            pass

    def drop(self) -> None:
        """Nobody wants what is left."""
        self._sources.clear()
        self._running.close()  # type: ignore[attr-defined]
        self._running = _nothing()

    def _drawn(self) -> Iterator[Task]:
        while self._sources:
            yield from self._sources[0][0]
            self._sources.popleft()

    def _run(self, tasks: list[Task], site: int, line: int) -> Iterator[None]:
        opened, sent = self._open([call for task in tasks for call in task.calls], site, line)
        position = 0
        try:
            for task in tasks:
                values = self._values(opened, sent, position, len(task.calls)) if opened and sent else None
                position += len(task.calls)
                if values is not None:
                    task.tell((True, values[0] if task.single else values))
                else:
                    if opened is not None and any(reason.startswith(_WRITES.text) for reason in opened.reasons):
                        self._kept = _WRITES
                        self._close(opened, site, line)
                        opened = None
                    with self.alone:
                        outcome = task.in_place()
                    task.tell(outcome)
                yield
        finally:
            if opened is not None:
                self._close(opened, site, line)

    def _close(self, opened: RegionLink, site: int, line: int) -> None:
        for reason in opened.reasons:
            self.link.figures_of(region_of(site, line)).note(reason)
        opened.close()

    def _values(self, opened: RegionLink, sent: Sent, first: int, count: int) -> list[Any] | None:
        """The values of some calls, once all of them are there; what they printed is printed now. None: one is not to
        be had."""
        values, printed = [], []
        for position in range(first, first + count):
            at = opened.find(position, lambda data: sent.values(data, lambda _: None))
            part = opened.part if at >= 0 else None
            if part is None or part.columns[0][at] is MISSING:
                return None
            values.append(part.columns[0][at])
            printed.append(((part.outputs and part.outputs[at]) or {}).get((0, None), ()))
        for texts in printed:
            for stream, text in zip((sys.stdout, sys.stderr), texts, strict=False):
                stream.write(text)
        return values

    def _open(self, calls: list[Call], site: int, line: int) -> tuple[RegionLink | None, Sent | None]:
        """Offers the calls as one region; nothing, and why is noted, where they have to run in place."""
        if site < 0 or not self.link.may_open():
            return None, None
        try:
            sent, goods = self._goods(calls)
        except Refusal as refusal:
            self._stayed(site, line, refusal.code, refusal.reason)
            return None, None
        except Exception as fault:  # what cannot be sent is found again task by task, in place
            self._stayed(site, line, "MX402", f"a call cannot be sent: {_told(fault)}")
            return None, None
        entry = self.link.next_entry(site)
        region = region_of(site, line)
        self.link.figures_of(region).opened += 1
        return self.link.open(region, entry, 0, len(calls), GUESSED_ITEM_NS, goods, None, guessed=True), sent

    def _goods(self, calls: list[Call]) -> tuple[Sent, _Goods]:
        """The calls, packed. Raises what speaks against sending them."""
        if self._in_order:
            raise Refusal("MX605", "a pool of one process makes its calls in order, and they may rely on it")
        if len(calls) < 2:
            raise Refusal("MX605", "its result is asked for before there is a second call to share with")
        if self.link.slots < 2:
            raise Refusal("MX605", "there is nobody to share with: one slot")
        functions = list({id(c.function): c.function for c in calls}.values())
        if self._kept is not None:
            raise self._kept
        which = {id(f): position for position, f in enumerate(functions)}
        pickle.dumps([(c.function, c.args, c.named) for c in calls])
        with self.alone.fresh():
            libraries = check_apart([*functions, *(self.start or ())[:1]], self.link.program)
            sent = pack(self.link.program, functions, self.start, libraries, self.alone.child)
            data, offsets, _ = sent.items([(which[id(c.function)], c.args, c.named) for c in calls])
        return sent, _Goods(sent.data, struct.pack(f"<{len(offsets)}Q", *offsets), data)

    def _stayed(self, site: int, line: int, code: str, reason: str) -> None:
        """Notes why calls run in place, if it is known which pool call of the plan they come from."""
        if any((call.site, call.line) == (site, line) for call in self.link.program.plan.pools):
            self.link.figures_of(region_of(site, line)).stayed(code, reason)

    def _place(self) -> tuple[int, int]:
        """(site, line) of the nearest frame of the program."""
        program = self.link.program
        frame = sys._getframe(1)
        while frame.f_back is not None and not module_of(frame, program):
            frame = frame.f_back
        sites, line, module = program.plan.pools, frame.f_lineno, module_of(frame, program)
        nearest = [p for p in sites if p.module == module and p.line <= line <= p.last_line]
        return (nearest[-1].site, nearest[-1].line) if nearest else (sites[0].site if sites else -1, line)


def _told(fault: Exception) -> str:
    """An exception in words. What it holds may be the program's, whose code must not run for that."""
    return ": ".join([type(fault).__name__, *(text for text in fault.args if type(text) is str)])


def _nothing() -> Iterator[None]:
    yield from ()
