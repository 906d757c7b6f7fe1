"""What happened to each worker lately, from the journal: a worker that was lost is known after a restart, too.

Owns the last lines of each, and which of the workers were not met since this start of the distributor. On disk there
are a few times as many lines as here, whatever a worker does. Whoever changes something does so by a record.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Iterator

from marx.core.joining import GONE
from marx.journal.records import WorkerForgotten, WorkerNoted
from marx.wire.messages import NoteRow

LINES_SHOWN = 8
LINES_KEPT = 4 * LINES_SHOWN
"""On disk, before all but the last are deleted: one deletion for many lines."""


class WorkerStories:
    """By worker, in the order in which they were first told of."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[NoteRow]] = {}
        self._kept: Counter[str] = Counter()
        self._absent: dict[str, None] = {}

    def apply(self, record: WorkerNoted | WorkerForgotten) -> None:
        """What a record says becomes so. Who is told of is here."""
        worker = record.worker
        self._absent.pop(worker, None)
        if isinstance(record, WorkerForgotten):
            self._lines.pop(worker, None)
            self._kept.pop(worker, None)
            return
        lines = self._lines.setdefault(worker, deque(maxlen=LINES_SHOWN))
        lines.append(NoteRow(record.wall_ms, worker, record.text))
        self._kept[worker] += 1

    def begin(self) -> None:
        """After a replay: nobody was met yet."""
        self._absent = dict.fromkeys(self._lines)

    def of(self, worker: str) -> list[NoteRow]:
        return list(self._lines.get(worker, ()))

    def is_gone(self, worker: str) -> bool:
        """Whether the last that is known of it is that it is not here, or nothing is known."""
        lines = self._lines.get(worker)
        return not lines or lines[-1].text.startswith(GONE)

    def absent(self) -> list[str]:
        """Who worked here before this start, and has not come back."""
        return list(self._absent)

    def noted(self, worker: str, text: str, wall_ms: int) -> Iterator[WorkerNoted | WorkerForgotten]:
        """The records of one more line; now and then those that replace what is on disk."""
        if self._kept[worker] >= LINES_KEPT:
            lines = self.of(worker)[1:]
            yield WorkerForgotten(worker)
            yield from (WorkerNoted(worker, line.text, line.at_ms) for line in lines)
        yield WorkerNoted(worker, text, wall_ms)

    def expired(self, here: Container[str], most: int, *, absent_too: bool) -> list[WorkerForgotten]:
        """Whom nobody will ask about: who was forgotten by the scheduler, and the first of too many.

        `absent_too`: this start is so old that who was not met since would have been forgotten as well.
        """
        gone = [name for name in self._lines if name not in here and (absent_too or name not in self._absent)]
        rest = [name for name in self._lines if name not in gone and name not in here]
        excess = rest[: max(0, len(self._lines) - len(gone) - most)]
        return [WorkerForgotten(name) for name in [*gone, *excess]]
