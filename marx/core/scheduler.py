"""The scheduler: `handle(event, now_ms) -> [Instruction]`, `next_deadline_ms()`, and what one may ask.

One list says which event is whose; the files it names answer one question each. After every event the pools that it
touched are granted what can be granted. Pure: the same events at the same times give the same instructions, and a
restart is a replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from marx.core.answers import AttemptState, GivenUp, JobState, RegionState, WorkerState
from marx.core.audit import audit
from marx.core.board import Board
from marx.core.deadlines import Key
from marx.core.endings import end_of_driver, fail_chunk, finish, interrupt, keep_outcome
from marx.core.events import (
    CallsAdded,
    CallsClosed,
    ChunkEnded,
    DriverEnded,
    Event,
    GrantUnsent,
    JobCancelled,
    JobPaused,
    JobResumed,
    JobSubmitted,
    JobSuited,
    RegionClosed,
    RegionOpened,
    SessionEnded,
    Tick,
    WorkerBeat,
    WorkerJoined,
    WorkerLost,
    WorkerReady,
)
from marx.core.grants import assign
from marx.core.holding import changed
from marx.core.instructions import DropOutcome, FinishJob, Instruction
from marx.core.joining import beat, heard, joined, left, ready, settled, unsent, worker_due
from marx.core.late import keep_late
from marx.core.opening import region_closed, region_opened
from marx.core.outlook import outlook
from marx.core.phrases import seconds
from marx.core.sessions import calls_added, calls_closed, session_ended
from marx.core.settings import Settings
from marx.core.state import ChunkAttempt, DriverAttempt, Job
from marx.core.stragglers import look_at_tail
from marx.core.views import attempt_states, job_state, region_state, worker_state

__all__ = ["Scheduler", "Settings"]


class Scheduler:
    def __init__(self, settings: Settings, epoch: int) -> None:
        """`epoch` counts the starts of the distributor, from 1."""
        self._board = Board(settings, epoch)

    def handle(self, event: Event, now_ms: int) -> list[Instruction]:
        """What follows from the event, in the order in which it has to be done. `now_ms` never runs backwards here."""
        board = self._board
        board.now_ms = max(board.now_ms, now_ms)
        board.out = []
        _dispatch(board, event)
        while board.touched:
            assign(board, board.touched.popitem()[1])
        return board.out

    def next_deadline_ms(self) -> int | None:
        """When a `Tick` is due; None if nothing is."""
        return self._board.deadlines.next_ms()

    def check(self) -> None:
        """Raises if any two collections disagree. For tests: it looks at everything."""
        audit(self._board)

    def regions(self, job: str) -> list[RegionState]:
        """The open regions of a live job and its latest closed ones, by number."""
        live = self._board.jobs.get(job)
        if live is None:
            return []
        open_ones = {n: region_state(r, outlook(self._board, r)) for n, r in live.regions.items()}
        states = {**live.closed, **open_ones}
        return [states[number] for number in sorted(states)]

    def requeued(self, job: str) -> dict[int, int]:
        """How often chunks were put back, by the same regions. Cheap: nothing is estimated for it."""
        live = self._board.jobs.get(job)
        if live is None:
            return {}
        closed = {number: state.requeued for number, state in live.closed.items()}
        return closed | {number: region.requeued for number, region in live.regions.items()}

    def workers(self) -> list[WorkerState]:
        """All workers that ever joined, by name."""
        return [worker_state(worker) for _, worker in sorted(self._board.workers.items())]

    def job_state(self, job: str) -> JobState | None:
        """Where a job stands and, while it has a driver, under which lease; None if it is not known."""
        live = self._board.jobs.get(job)
        return self._board.ended.get(job) if live is None else job_state(live)

    def ahead_of(self, job: str) -> list[str]:
        """The jobs that have their turn before it, while it waits for its driver's seat or for slots."""
        live = self._board.jobs.get(job)
        if live is None:
            return []
        turns = live.pool.chunk_turns if live.driver is not None else live.pool.seat_turns
        return turns.ahead_of(job)

    def attempts(self, job: str) -> list[AttemptState]:
        """The outstanding chunks of a live job, in no order."""
        live = self._board.jobs.get(job)
        return [] if live is None else list(attempt_states(live, self._board.now_ms))

    def given_up(self, job: str) -> list[GivenUp]:
        """What the driver of a live job computes itself because no worker could."""
        live = self._board.jobs.get(job)
        regions = {} if live is None else live.regions
        return [GivenUp(number, *part) for number, region in regions.items() for part in region.given_up]

    def holds(self, worker: str, number: int) -> bool:
        """Whether the lease of this number is live and this worker's."""
        return self._board.leases.is_of(number, worker)

    @property
    def counts(self) -> Mapping[str, int]:
        """How often what is not an event of its own happened: stale outcomes, failures by kind, late chunks …"""
        return self._board.counts


def _dispatch(board: Board, event: Event) -> None:
    match event:
        case ChunkEnded():
            _chunk_ended(board, event)
        case WorkerReady():
            ready(board, event)
        case GrantUnsent():
            unsent(board, event)
        case WorkerBeat():
            beat(board, event)
        case Tick():
            _tick(board)
        case RegionOpened():
            region_opened(board, event)
        case RegionClosed():
            region_closed(board, event)
        case CallsAdded():
            calls_added(board, event)
        case CallsClosed():
            calls_closed(board, event)
        case SessionEnded():
            session_ended(board, event)
        case DriverEnded():
            _driver_ended(board, event)
        case JobSubmitted():
            _job_submitted(board, event)
        case JobSuited() | JobPaused() | JobResumed():
            changed(board, event)
        case JobCancelled():
            if event.job in board.jobs:
                _job_cancelled(board, board.jobs[event.job], event)
        case WorkerJoined():
            joined(board, event)
        case WorkerLost():
            left(board, event)
        case _:
            assert_never(event)


def _job_submitted(board: Board, event: JobSubmitted) -> None:
    if event.job in board.jobs or event.job in board.ended:
        board.counts["job known"] += 1
        return
    settings, now_ms = board.settings, board.now_ms
    job = Job(
        event.job,
        event.user,
        event.priority,
        event.timeout_ms,
        event.chunk_timeout_ms,
        submitted_ms=now_ms,
        pool=board.pool(event.python),
        level=event.priority,
        served_ms=now_ms,
        settling=event.resumed and not event.session,
        only=None if event.only is None else frozenset(event.only),
        retries=event.retries,
        session=event.session,
        started=event.session,
        awaited=frozenset(event.awaited),
        driver_tries=event.driver_tries,
    )
    board.jobs[job.name] = job
    board.deadlines.set(("age", job.name, 0), now_ms + settings.ageing_ms)
    if job.settling:
        board.deadlines.set(("settle", job.name, 0), now_ms + settings.settle_ms)
    board.want_seat(job)


def _job_cancelled(board: Board, job: Job, event: JobCancelled) -> None:
    if event.softly:
        interrupt(board, job, FinishJob(job.name, "cancelled", event.reason, interrupted=True))
    else:
        finish(board, job, "cancelled", event.reason)


# --- outcomes ---------------------------------------------------------------------------------------------------------


def _drop(board: Board, event: ChunkEnded | DriverEnded, reason: str) -> None:
    board.out.append(DropOutcome(event.worker, event.lease, reason))


def _stale(board: Board, event: ChunkEnded | DriverEnded, why: str) -> None:
    over = board.ended.get(event.lease.job)
    _drop(board, event, f"stale: the job is {over.state}" if over else f"stale: {why}")
    board.counts["stale outcome"] += 1


def _chunk_ended(board: Board, event: ChunkEnded) -> None:
    heard(board, event.worker)
    attempt = board.leases.find(event.lease, event.worker)
    if not isinstance(attempt, ChunkAttempt):
        if not keep_late(board, event):
            _stale(board, event, attempt if isinstance(attempt, str) else "the lease is a driver's")
    elif event.verdict == "done":
        keep_outcome(board, attempt, event.wall_ns)
    else:
        _drop(board, event, f"no values: {event.verdict}")
        fail_chunk(board, attempt, event.verdict, event.reason)


def _driver_ended(board: Board, event: DriverEnded) -> None:
    heard(board, event.worker)
    attempt = board.leases.find(event.lease, event.worker)
    if not isinstance(attempt, DriverAttempt):
        _stale(board, event, attempt if isinstance(attempt, str) else "the lease is a chunk's")
    elif event.verdict == "done":
        board.end_driver(attempt)
        finish(board, attempt.job, "done", "")
    elif not end_of_driver(board, attempt, event.verdict, event.reason):
        _drop(board, event, f"attempt ended as {event.verdict}")


# --- time -------------------------------------------------------------------------------------------------------------


def _tick(board: Board) -> None:
    """Everything that is due. Grants come before stragglers: a slot goes to work that nobody has first."""
    looks: list[Key] = []
    while (key := board.deadlines.take(board.now_ms)) is not None:
        kind, name, _ = key
        if kind == "worker":
            worker_due(board, board.workers[name])
        elif kind == "tail":
            looks.append(key)
        else:
            _job_due(board, board.jobs[name], key)
    while board.touched:
        assign(board, board.touched.popitem()[1])
    for _, name, number in looks:
        job = board.jobs.get(name)
        if job is not None and number in job.regions:
            look_at_tail(board, job.regions[number])


def _job_due(board: Board, job: Job, key: Key) -> None:
    if key[0] == "limit":
        _limit_due(board, job)
    elif key[0] == "settle":
        settled(board, job)
    else:
        _age(board, job)


def _limit_due(board: Board, job: Job) -> None:
    """The job's own time is over, or the grace of its interrupted program."""
    if job.ending is not None:
        finish(board, job, job.ending.state, job.ending.reason)
        return
    reason = f"stopped: it ran longer than its limit of {seconds(job.timeout_ms)}"
    interrupt(board, job, FinishJob(job.name, "failed", reason, timed_out=True, interrupted=True))


def _age(board: Board, job: Job) -> None:
    """A job that wants something and got nothing for long rises by one priority."""
    ageing_ms = board.settings.ageing_ms
    waited_ms = board.now_ms - job.served_ms
    wants = job.name in job.pool.seat_turns or bool(job.wanting)
    if wants and waited_ms >= ageing_ms:
        board.set_level(job, job.level + 1)
    rest_ms = ageing_ms if waited_ms >= ageing_ms else ageing_ms - waited_ms
    board.deadlines.set(("age", job.name, 0), board.now_ms + rest_ms)
