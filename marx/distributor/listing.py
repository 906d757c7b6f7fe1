"""The lists that a tasker asks for: its jobs, and the lab's workers. Owns how much of them is in one answer: no more
than its reader takes, however many there are and however much was said of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, takewhile

import msgspec

from marx.core.answers import WorkerState
from marx.distributor.connections import Connection
from marx.distributor.history import wanted
from marx.distributor.reports import job_row
from marx.distributor.shell import Shell
from marx.distributor.stories import NOT_BACK
from marx.distributor.suiting import lent_bytes
from marx.distributor.taskers import is_own
from marx.wire import messages as wire

ROWS_MAX = 10_000
"""Rows in one answer."""
ROWS_BYTES_MAX = 12 << 20
"""The rows of one answer, packed: no peer takes more than 16 MiB at a time."""
NOTES_BYTES_MAX = 4 << 20
"""How much of that may tell what happened to the workers: where there are many, the last rows come without it."""

_encoder = msgspec.msgpack.Encoder()


@dataclass(slots=True)
class _Room:
    """What is left of an answer's bytes."""

    left: int

    def takes(self, part: object) -> bool:
        self.left -= len(_encoder.encode(part))
        return self.left >= 0


def on_list_jobs(shell: Shell, row: Connection, message: wire.ListJobs) -> None:
    """The latest: of more there is one answer for each `until_ms`."""
    own = [job for job in shell.jobs if is_own(row, job) and wanted(job, message)][-(message.limit or ROWS_MAX) :]
    rows = (job_row(job, shell.region_states(job)) for job in reversed(own))
    said = list(takewhile(_Room(ROWS_BYTES_MAX).takes, rows))
    shell.post.say(row.peer, wire.Jobs(said[::-1], more=len(own) - len(said)))


def on_list_workers(shell: Shell, row: Connection, message: wire.ListWorkers) -> None:
    """Those of this start first: where they are too many, those that have not come back are left out."""
    states, absent, notes = list(shell.scheduler.workers()), shell.stories.absent(), _Room(NOTES_BYTES_MAX)
    here = (_worker_row(shell, state, notes) for state in states)
    rows = chain(here, (_absent_row(shell, name, notes) for name in absent))
    said = list(takewhile(_Room(ROWS_BYTES_MAX).takes, rows))
    shell.post.say(row.peer, wire.Workers(said, more=len(states) + len(absent) - len(said)))


def _worker_row(shell: Shell, state: WorkerState, notes: _Room) -> wire.WorkerRow:
    hello = shell.connections.hello_of(state.worker)
    row = shell.connections.worker(state.worker)
    now_ms = shell.clock.now_ms()
    return wire.WorkerRow(
        name=state.worker,
        state=state.state,
        reason=state.reason,
        slots=state.slots,
        busy=state.busy,
        cores=hello.cores,
        memory_bytes=hello.memory_bytes,
        load=row.load if row else 0.0,
        python=hello.python,
        sandbox=hello.sandbox,
        chunks_done=state.chunks_done,
        chunks_lost=state.chunks_lost,
        heard_since_ms=now_ms - row.heard_ms if row else -1,
        notes=_notes(shell, state.worker, notes),
        speed=state.speed,
        lent_bytes=lent_bytes(hello),
    )


def _absent_row(shell: Shell, name: str, notes: _Room) -> wire.WorkerRow:
    """The row of a worker that only the journal knows."""
    return wire.WorkerRow(
        name=name,
        state="lost",
        reason=NOT_BACK,
        slots=0,
        busy=0,
        cores=0,
        memory_bytes=0,
        load=0.0,
        python="",
        sandbox="",
        chunks_done=0,
        chunks_lost=0,
        notes=_notes(shell, name, notes),
    )


def _notes(shell: Shell, worker: str, room: _Room) -> list[wire.NoteRow]:
    notes = shell.stories.of(worker)
    return notes if room.takes(notes) else []
