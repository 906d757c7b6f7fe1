"""When the scheduler wants to be woken: one due time per key, in a heap with lazy deletion.

Owns no clock and no meaning: a key says what is due, the caller knows what to do about it. Moving a due time later
costs nothing, the old entry is put right when it surfaces; so a deadline that is renewed all the time has one entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush, heapreplace
from typing import Literal

Kind = Literal["worker", "settle", "limit", "age", "tail"]
Key = tuple[Kind, str, int]
"""What is due: of which worker or job, and for "tail" of which region."""


class Deadlines:
    __slots__ = ("_armed", "_due", "_heap")

    def __init__(self) -> None:
        self._due: dict[Key, int] = {}
        self._heap: list[tuple[int, Key]] = []
        self._armed: dict[Key, int] = {}
        """The time of the one entry of the key that counts; others of it are left-overs. Never later than it is due."""

    def __contains__(self, key: Key) -> bool:
        return key in self._due

    def __iter__(self) -> Iterator[Key]:
        return iter(list(self._due))

    def set(self, key: Key, due_ms: int) -> None:
        """The key is due at this time and at no other."""
        self._due[key] = due_ms
        armed_ms = self._armed.get(key)
        if armed_ms is None or due_ms < armed_ms:
            self._armed[key] = due_ms
            heappush(self._heap, (due_ms, key))

    def advance(self, key: Key, due_ms: int) -> None:
        """The key is due at this time, unless it is earlier."""
        old_ms = self._due.get(key)
        if old_ms is None or due_ms < old_ms:
            self.set(key, due_ms)

    def cancel(self, key: Key) -> None:
        self._due.pop(key, None)

    def next_ms(self) -> int | None:
        while self._heap:
            entry_ms, key = self._heap[0]
            due_ms = self._due.get(key)
            if self._armed.get(key) != entry_ms:
                heappop(self._heap)
            elif due_ms is None:
                heappop(self._heap)
                del self._armed[key]
            elif due_ms > entry_ms:
                heapreplace(self._heap, (due_ms, key))
                self._armed[key] = due_ms
            else:
                return due_ms
        return None

    def take(self, now_ms: int) -> Key | None:
        """A key that is due by now, and no longer armed; None if there is none (left)."""
        due_ms = self.next_ms()
        if due_ms is None or due_ms > now_ms:
            return None
        key = heappop(self._heap)[1]
        del self._due[key], self._armed[key]
        return key
