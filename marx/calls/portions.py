"""A map over many items, as calls of a few large portions of them: nothing is done here for each single item.

    items ─► portions: (items, time) ─► jails ─► values of the first of them ─► results, in order
               ▲                                        │
               └───────── what there was no time for ◄──┘

Nobody knows beforehand what an item costs. A portion therefore goes out with a time after which it is to end, and what
is left of it is cut anew, by what the others took. Used by the threads that start maps, wait for them, and end futures;
the line and its functions only see calls.
"""

from __future__ import annotations

import pickle
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cloudpickle

from marx.calls.constancy import ATOMS
from marx.calls.errors import CallLost, SessionBroken
from marx.calls.session import Call

if TYPE_CHECKING:
    from marx.calls.session import Stream

FIRST_NS = 100_000_000
"""The time of a portion while nobody knows what an item costs."""
AIM_NS = 200_000_000
"""What a portion should take: long against a round trip, short against the wait for the last one."""
LEAST_NS = 5_000_000
"""Smaller portions would cost more to send than to compute."""
GRACE = 2
"""A portion may take so many times what it should: then its items have become dearer than those before."""
SINGLE_MAX = 8
"""Up to so many items a slot go out one by one at first: there may be few because each is dear."""
UNSEEN_MAX = 1000
"""Items of a first portion whose bytes have to be sent: most of them may have to be sent again."""
PORTION_BYTES = 4 << 20
"""What the items of one portion may take, packed."""
PARTS_OF_LOST = 16
"""A portion without an outcome is tried again in so many parts, until it is one item that cannot be had."""


@dataclass(slots=True, eq=False, kw_only=True)
class Portion(Call):
    """A call that stands for items `start`..`stop`-1 of a map."""

    of: Portions
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Served:
    """What came of a portion: values of its first items, then perhaps the exception of the next; what they took."""

    values: list[Any]
    fault: BaseException | None
    wall_ns: int


class Portions:
    """One map. `post` takes portions to be called, `through` is called once when no more will be.

    `items` are not to be changed. `starred`: each is a tuple of arguments. `slots` says how many calls run at a time.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        items: Sequence[Any],
        *,
        starred: bool,
        slots: Callable[[], int],
        post: Callable[[list[Portion]], None],
        through: Callable[[Portions], None],
        limit_ns: int = 0,
    ) -> None:
        """`limit_ns`: a call that takes longer is ended by force; 0 is no limit."""
        self.function = function
        self.stream: Stream | None = None
        """Set by the functions, at the first portion."""
        self.results: list[Any] = [None] * len(items)
        self.done = 0
        """So many results are there, without a gap."""
        self._items = items
        self._starred = starred
        self._slots = slots
        self._post = post
        self._through = through
        self._limit_ns = limit_ns
        self._changed = threading.Condition()
        self._left: deque[tuple[int, int]] = deque([(0, len(items))] if len(items) else [])
        self._cutting = 0
        """Ranges that are in nobody's list while portions are packed from them."""
        self._out: set[Portion] = set()
        self._apart: dict[int, int] = {}
        """Ranges with results that do not follow upon those that are done."""
        self._item_ns = 0.0
        self._item_bytes = 0.0
        self._fault: tuple[int, BaseException] | None = None
        self._over = False

    def start(self) -> None:
        self._go_on()

    def wait(self, item: int, timeout_s: float | None = None) -> bool:
        """Waits until the result of an item is there, or it is certain that there will be none. False: not in time."""

        def certain() -> bool:
            return self.done > item or self._over or (self._fault is not None and self._fault[0] == self.done)

        with self._changed:
            return self._changed.wait_for(certain, timeout_s)

    def take(self, start: int) -> list[Any]:
        """The results from `start` on that are there; they are not kept here."""
        with self._changed:
            stop = self.done
            taken = self.results[start:stop]
            self.results[start:stop] = [None] * len(taken)
            return taken

    @property
    def over(self) -> bool:
        return self._over

    @property
    def fault(self) -> BaseException | None:
        """The exception of the first item that has no result, when all is over."""
        return self._fault[1] if self._fault is not None else None

    def cancel(self) -> None:
        """Nothing more is wanted of what has not begun."""
        with self._changed:
            if self._over or self.done == len(self._items):
                return
            self._fail(self.done, CancelledError())
            waiting = list(self._out)
        for portion in waiting:
            portion.future.cancel()
        self._go_on()

    # --- portions come and go -----------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Sends what may be sent now; notices the end."""
        portions: list[Portion] = []
        while (claimed := self._claim()) is not None:
            portions += self._cut(*claimed)
        with self._changed:
            ended = not (self._over or self._out or self._left or self._cutting)
            self._over = self._over or ended
            self._changed.notify_all()
        if portions:
            for portion in portions:
                portion.future.add_done_callback(lambda _, portion=portion: self._ended(portion))  # type: ignore[misc]
            self._post(portions)
        if ended:
            self._through(self)

    def _ended(self, portion: Portion) -> None:
        with self._changed:
            self._out.discard(portion)
            if portion.future.cancelled():
                self._fail(portion.start, CancelledError())
            elif (fault := portion.future.exception()) is not None:
                self._lost(portion, fault)
            else:
                self._take(portion, portion.future.result())
        self._go_on()

    def _take(self, portion: Portion, served: Served) -> None:
        stop = portion.start + len(served.values)
        if served.values:
            self._measured(served.wall_ns / len(served.values))
            self.results[portion.start : stop] = served.values
            self._apart[portion.start] = stop
            while (follows := self._apart.pop(self.done, None)) is not None:
                self.done = follows
        if served.fault is not None:
            self._fail(stop, served.fault)
        elif stop < portion.stop:
            self._again(stop, portion.stop)

    def _measured(self, item_ns: float) -> None:
        self._item_ns = item_ns if not self._item_ns else 0.5 * self._item_ns + 0.5 * item_ns

    def _lost(self, portion: Portion, fault: BaseException) -> None:
        """No outcome. Where that may be one item's doing the others are tried apart from it."""
        if not isinstance(fault, CallLost) or portion.stop - portion.start == 1:
            if not isinstance(fault, SessionBroken):  # which all calls that it ends share
                vars(fault)["item"] = portion.start
            self._fail(portion.start, fault)
            return
        size = -(-(portion.stop - portion.start) // PARTS_OF_LOST)
        for start in reversed(range(portion.start, portion.stop, size)):
            self._again(start, min(start + size, portion.stop))

    def _again(self, start: int, stop: int) -> None:
        """Unless an earlier item has failed, so that nobody gets to see these."""
        if self._fault is None or start < self._fault[0]:
            self._left.appendleft((start, stop))

    def _fail(self, item: int, fault: BaseException) -> None:
        """The map ends at this item, or at an earlier one."""
        if self._fault is None or item < self._fault[0]:
            self._fault = item, fault
            self._left = deque((start, min(stop, item)) for start, stop in self._left if start < item)

    # --- which items --------------------------------------------------------------------------------------------------

    def _claim(self) -> tuple[int, int, int] | None:
        """A range to cut the next portion from, and of how many items; None if nothing is to be sent now."""
        with self._changed:
            self._changed.notify_all()
            slots = self._slots() if self._left else 1
            if not self._left or len(self._out) + self._cutting > 2 * slots:
                return None
            start, stop = self._left.popleft()
            self._cutting += 1
            return start, stop, min(self._size(slots, stop - start), stop - start)

    def _cut(self, start: int, stop: int, size: int) -> list[Portion]:
        """Packs a portion, which is code of the program's that may take long or wait for others: without the lock."""
        try:
            packed, size = self._packed(start, size)
        except BaseException as fault:
            with self._changed:
                self._cutting -= 1
                self._fail(start, fault)
            if not isinstance(fault, Exception):
                raise
            return []
        with self._changed:
            self._cutting -= 1
            if self._fault is not None and start >= self._fault[0]:
                return []
            if start + size < stop:
                self._left.appendleft((start + size, stop))
            portion = Portion(Future(), packed, of=self, start=start, stop=start + size)
            self._out.add(portion)
            return [portion]

    def _size(self, slots: int, here: int) -> int:
        """How many of the next `here` neighbours go together."""
        left = here + sum(stop - start for start, stop in self._left)
        if self._item_ns:
            size = int(min(AIM_NS, max(left * self._item_ns / (2 * slots), LEAST_NS)) / self._item_ns)
        elif left <= SINGLE_MAX * slots:
            size = 1
        elif type(self._items) is range:
            size = -(-len(self._items) // slots)
        else:
            size = min(-(-len(self._items) // (2 * slots + 1)), UNSEEN_MAX)
        if self._item_bytes:
            size = min(size, int(PORTION_BYTES / self._item_bytes))
        return max(1, size)

    def _packed(self, start: int, size: int) -> tuple[bytes, int]:
        """So many items or fewer, packed. Raises what packing the first of them raises."""
        if type(self._items) is not range and not self._item_bytes:
            self._item_bytes = float(len(self._pickle(self._items[start : start + 1])))
            size = max(1, min(size, int(PORTION_BYTES / self._item_bytes)))
        while True:
            try:
                packed = self._pickle(self._items[start : start + size])
            except Exception:
                if size == 1:
                    raise
                size //= 2
                continue
            if size == 1 or len(packed) <= 2 * PORTION_BYTES:
                break
            size //= 2
        if type(self._items) is not range:
            self._item_bytes = max(1.0, len(packed) / size)
        return packed, size

    def _pickle(self, items: Sequence[Any]) -> bytes:
        budget_ns = FIRST_NS if not self._item_ns else int(max(GRACE * len(items) * self._item_ns, 10 * LEAST_NS))
        if self._limit_ns:
            budget_ns = min(budget_ns, self._limit_ns // GRACE)
        what = (items, self._starred, budget_ns)
        if type(items) is range or ATOMS.issuperset(map(type, items)):
            return pickle.dumps(what, 5)
        return bytes(cloudpickle.dumps(what))
