"""What happened to each worker lately, from the journal: a worker that was lost is known after a restart, too.

Owns the last lines of each, whose it is, and which of the workers were not met since this start of the distributor. On
disk there are a few times as many lines as here, whatever a worker does. Whoever changes something does so by a record.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Iterator

from marx.core.joining import GONE
from marx.journal.records import WorkerForgotten, WorkerNoted
from marx.wire.messages import NoteRow

NOT_BACK = "it has not come back since the distributor was started anew"
LINES_SHOWN = 8
LINES_KEPT = 4 * LINES_SHOWN
"""On disk, before all but the last are deleted: one deletion for many lines."""


class WorkerStories:
    """By worker, in the order in which they were first told of."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[NoteRow]] = {}
        self._keys: dict[str, str] = {}
        self._kept: Counter[str] = Counter()
        self._absent: dict[str, None] = {}

    def apply(self, record: WorkerNoted | WorkerForgotten) -> None:
        """What a record says becomes so. Who is told of is here, unless that is what is told."""
        worker = record.worker
        if isinstance(record, WorkerForgotten):
            self._absent.pop(worker, None)
            self._lines.pop(worker, None)
            self._keys.pop(worker, None)
            self._kept.pop(worker, None)
            return
        if not record.text.startswith(GONE):
            self._absent.pop(worker, None)
        if record.key:
            self._keys[worker] = record.key
        lines = self._lines.setdefault(worker, deque(maxlen=LINES_SHOWN))
        lines.append(NoteRow(record.wall_ms, worker, record.text))
        self._kept[worker] += 1

    def begin(self) -> None:
        """After a replay: nobody was met yet."""
        self._absent = dict.fromkeys(self._lines)

    def of(self, worker: str) -> list[NoteRow]:
        return list(self._lines.get(worker, ()))

    def keys(self) -> dict[str, str]:
        """Whose each worker is, as far as that is known."""
        return dict(self._keys)

    def is_gone(self, worker: str) -> bool:
        """Whether the last that is known of it is that it is not here, or nothing is known."""
        lines = self._lines.get(worker)
        return not lines or lines[-1].text.startswith(GONE)

    def absent(self) -> list[str]:
        """Who worked here before this start, and has not come back."""
        return list(self._absent)

    def noted(self, worker: str, text: str, wall_ms: int, key: str) -> Iterator[WorkerNoted | WorkerForgotten]:
        """The records of one more line; now and then those that replace what is on disk."""
        if self._kept[worker] >= LINES_KEPT:
            lines = self.of(worker)[1:]
            yield WorkerForgotten(worker)
            yield from (WorkerNoted(worker, line.text, line.at_ms, key) for line in lines)
        yield WorkerNoted(worker, text, wall_ms, key)

    def unmissed(self, wall_ms: int) -> list[WorkerNoted]:
        """Who was at work when an earlier start ended, and has not come back: from now on it counts as lost."""
        missed = [name for name in self._absent if not self.is_gone(name)]
        return [WorkerNoted(name, f"lost: {NOT_BACK}", wall_ms, self._keys.get(name, "")) for name in missed]

    def expired(self, here: Container[str], most: int, before_ms: int) -> list[WorkerForgotten]:
        """Whom nobody will ask about: who was forgotten by the scheduler, who has been lost since before a time of the
        wall, as an earlier start of the scheduler knew, and the first of too many."""
        names = [name for name in self._lines if name not in here]
        gone = {name for name in names if name not in self._absent or self._is_gone_since(name, before_ms)}
        rest = [name for name in names if name not in gone]
        excess = rest[: max(0, len(self._lines) - len(gone) - most)]
        return [WorkerForgotten(name) for name in [*(name for name in names if name in gone), *excess]]

    def _is_gone_since(self, worker: str, before_ms: int) -> bool:
        return self.is_gone(worker) and self._lines[worker][-1].at_ms < before_ms
