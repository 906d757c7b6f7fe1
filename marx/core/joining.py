"""Workers come, say what they can take, beat, fall silent and go.

A worker that joins says which leases it holds. What it does not hold any more is lost; what nobody knows (the
distributor was restarted) is adopted if it is still owed, and otherwise stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from marx.core import blame
from marx.core.board import Board, worker_key
from marx.core.chunks import Move
from marx.core.endings import fail_chunk, set_aside
from marx.core.events import DRIVER, GrantUnsent, Held, Lease, WorkerBeat, WorkerJoined, WorkerLost, WorkerReady
from marx.core.holding import let_go
from marx.core.instructions import StopAttempt
from marx.core.late import AWAITED_MAX, lose, still_awaited, take_up_again
from marx.core.phrases import seconds
from marx.core.state import Attempt, Chunk, ChunkAttempt, Job, Region, Worker

GONE = ("left", "lost", "forgotten")
"""How the last line of a worker's story begins that is not here and is known to be not."""


def joined(board: Board, event: WorkerJoined) -> None:
    worker = _enrol(board, event)
    held = {item.lease.number: item for item in _held(event)}
    for attempt in _attempts(worker):
        still = held.get(attempt.lease.number)
        if still is not None and still.lease == attempt.lease and attempt.job.pool is worker.pool:
            renew(board, attempt)
        else:
            board.stop(attempt, "not held when the worker joined again")
            lose(board, attempt, f"{worker.name} joined again without it")
    del worker.strikes[1:]  # it was started anew: one mishap, however much it ran
    board.set_state(worker, "ready")
    board.start_waiting(worker)
    board.arm(worker)
    slots, seats = worker.slots, worker.seats
    board.story(
        worker.name, f"joined: slots {slots}, driver seats {seats}, Python {worker.pool.python}", held=len(held)
    )
    for item in held.values():
        if item.lease.number not in board.leases and not _adopt(board, worker, item):
            board.counts["not adopted"] += 1
            board.out.append(StopAttempt(worker.name, item.lease, "not owed any more"))
    awaited = [one for one in (still_awaited(board, worker, item) for item in held.values()) if one is not None]
    worker.late = {item.lease.number: item for item in awaited[-AWAITED_MAX:]}
    for job in board.jobs.values():
        if job.settling and _all_back(board, job):
            settled(board, job)


def _all_back(board: Board, job: Job) -> bool:
    """Whether a resumed job's driver goes on, and everybody who is known to have worked for it is here again."""
    return job.driver is not None and bool(job.awaited) and all(name in board.workers for name in job.awaited)


def settled(board: Board, job: Job) -> None:
    """Who still works for the resumed job has said so, or had the time to: what is left of it may be granted."""
    job.settling = False
    board.deadlines.cancel(("settle", job.name, 0))
    _tell_missing(board, job)
    let_go(board, job)


def _tell_missing(board: Board, job: Job) -> None:
    """What is known of what was lost while no distributor was there to see it: who has not said that it goes on. A
    driver lost since it came back has told its own."""
    if job.driver is None and job.driver_tries and not job.driver_avoid:
        when = "when the pause ends" if job.paused else "at the next free seat"
        board.story(job.name, f"driver restarts {when}: nobody came back with its attempt {job.driver_tries}")
    for name in sorted(name for name in job.awaited if name not in board.workers):
        text = f"{name} was not back in time after the distributor was started anew"
        board.story(job.name, f"{text}: if it ran some of the job, that is run again")


def _enrol(board: Board, event: WorkerJoined) -> Worker:
    """The worker's record with a clean slate: what was said on an earlier connection is void."""
    pool = board.pool(event.python)
    worker = board.workers.get(event.worker)
    if worker is None:
        worker = Worker(event.worker, pool, event.slots, event.seats, board.now_ms)
        board.workers[event.worker] = worker
    board.set_state(worker, "lost", "joining")
    worker.pool, worker.slots, worker.seats, worker.heard_ms = pool, event.slots, event.seats, board.now_ms
    worker.chunk_credit = worker.driver_credit = 0
    worker.unseen.clear()
    worker.strikes.clear()
    return worker


def _held(event: WorkerJoined) -> Iterator[Held]:
    yield from (Held(lease) for lease in event.holding)
    yield from event.held


def _attempts(worker: Worker) -> list[Attempt]:
    return [*worker.chunks.values(), *worker.drivers.values()]


# --- adoption ---------------------------------------------------------------------------------------------------------


def _adopt(board: Board, worker: Worker, held: Held) -> bool:
    """Takes over a lease that was lost or that an earlier start of the distributor granted, if it is still owed."""
    job = board.jobs.get(held.lease.job)
    if job is None or job.pool is not worker.pool:
        return False
    if not board.leases.earlier(held.lease.number):
        return take_up_again(board, worker, held.lease)
    if held.lease.chunk == DRIVER:
        return _adopt_driver(board, worker, held.lease)
    region = job.regions.get(held.lease.region)
    return region is not None and _adopt_chunk(board, worker, region, held)


def _adopt_driver(board: Board, worker: Worker, lease: Lease) -> bool:
    """Only as long as no driver of this epoch was: the shell has heard of that one, and must not go back."""
    job = board.jobs[lease.job]
    if job.driver is not None or job.started:
        return False
    board.begin_driver(worker, job, lease)
    job.driver_tries = lease.attempt
    for region in job.regions.values():
        board.refresh(region)
    board.story(job.name, f"driver goes on at {worker.name}, attempt {lease.attempt}")
    return True


def _adopt_chunk(board: Board, worker: Worker, region: Region, held: Held) -> bool:
    """The chunk is taken over if its items are still uncut: of two attempts at an item, the first that is told of."""
    number, start, stop = held.lease.chunk, held.start, held.stop
    known = number in region.chunks or number in region.overtaken
    if known or number < 0 or start >= stop or not region.uncut.covers(start, stop):
        return False
    chunk = region.chunks[number] = Chunk(number, start, stop, tries=held.lease.attempt)
    region.uncut.remove(start, stop)
    region.next_chunk = max(region.next_chunk, number + 1)
    region.leased_items += stop - start
    chunk.move(Move.LEASE)
    renew(board, board.begin_chunk(worker, region, chunk, held.lease, adopted=True))
    board.refresh(region)
    return True


# --- credit, beats, silence -------------------------------------------------------------------------------------------


def ready(board: Board, event: WorkerReady) -> None:
    """Credit is what the worker said less the grants that it had not seen when it said so. Below zero it owes: a grant
    that never arrived and is given back must not let it have more than it said."""
    worker = heard(board, event.worker)
    if worker is None:
        return
    while worker.unseen and worker.unseen[0][0] <= event.seen:
        worker.unseen.popleft()
    chunks = sum(chunk for _, chunk in worker.unseen)
    worker.chunk_credit = event.chunks - chunks
    worker.driver_credit = event.drivers - (len(worker.unseen) - chunks)
    if worker.state == "lost":
        board.set_state(worker, "ready")
        board.arm(worker)
        board.story(worker.name, "heard of again")
    unfit = blame.unfit_because(worker, board.settings, "it gives them back and wants more")
    if event.draining:
        worker.strikes.clear()
    elif unfit and event.chunks:
        set_aside(board, worker, unfit)
    if event.draining and worker.state == "ready":
        board.set_state(worker, "draining", "it takes nothing more")
        board.story(worker.name, "draining: ends what it runs and takes nothing more")
    elif worker.state == "draining" and not event.draining:
        board.set_state(worker, "ready")
    else:
        board.place(worker)


def beat(board: Board, event: WorkerBeat) -> None:
    worker = heard(board, event.worker)
    if worker is None:
        return
    for number in event.leases:
        attempt = worker.chunks.get(number) or worker.drivers.get(number)
        if attempt is not None:
            renew(board, attempt)


def renew(board: Board, attempt: Attempt) -> None:
    attempt.expires_ms = board.now_ms + board.settings.lease_ms
    attempt.renewed = True


def heard(board: Board, name: str) -> Worker | None:
    """Any word of a worker shows that it lives, and puts off its deadline; one that never joined is counted."""
    worker = board.workers.get(name)
    if worker is None:
        board.counts["unknown worker"] += 1
        return None
    worker.heard_ms = board.now_ms
    return worker


def left(board: Board, event: WorkerLost) -> None:
    worker = board.workers.get(event.worker)
    if worker is not None and worker.state != "lost":
        _lose_worker(board, worker, "it left")


def _fell_silent(board: Board, worker: Worker) -> None:
    """A worker that drains ends so, when it has nothing left to do. Of any other it is a loss."""
    if worker.state == "draining" and not _attempts(worker):
        _lose_worker(board, worker, "it had ended what it ran", "left")
        return
    for attempt in _attempts(worker):
        board.stop(attempt, "the worker was silent")
    _lose_worker(board, worker, f"silent for {seconds(board.settings.lease_ms)}")


def _lose_worker(board: Board, worker: Worker, reason: str, word: str = "lost") -> None:
    """Grants under way stay unseen: it may only have been slow, and then gets them before whatever comes next."""
    board.set_state(worker, "lost", reason)
    worker.chunk_credit = worker.driver_credit = 0
    board.deadlines.set(worker_key(worker), board.now_ms + board.settings.forget_ms)
    attempts = _attempts(worker)
    board.story(worker.name, f"{word}: {reason}", leases=len(attempts))
    for attempt in attempts:
        lose(board, attempt, f"{worker.name} was lost: {reason}")


def worker_due(board: Board, worker: Worker) -> None:
    """The worker's deadline came: it is silent, or a lease of it has ended, or it is looked at again later."""
    lease_ms = board.settings.lease_ms
    if worker.state == "lost":
        del board.workers[worker.name]
        board.story(worker.name, "forgotten: it has been lost for long")
        return
    if board.now_ms >= worker.heard_ms + lease_ms:
        _fell_silent(board, worker)
        return
    next_ms = worker.heard_ms + lease_ms
    for attempt in _attempts(worker):
        if attempt.lease.number in board.leases:
            next_ms = min(next_ms, _attempt_due(board, attempt))
    board.deadlines.advance(worker_key(worker), next_ms)


def _attempt_due(board: Board, attempt: Attempt) -> int:
    """Ends the attempt if its time has come. When to look again."""
    worker, again_ms = attempt.worker, board.now_ms + board.settings.lease_ms
    if board.now_ms >= attempt.expires_ms:
        board.stop(attempt, "the lease ended")
        lose(board, attempt, f"in no heartbeat of {worker.name} for {seconds(board.settings.lease_ms)}")
        _give_credit_back(board, attempt)
        return again_ms
    if isinstance(attempt, ChunkAttempt) and attempt.started_ms >= 0:
        limit_ms = board.chunk_limit_ms(attempt.job)
        overdue_ms = board.overdue_ms(attempt, limit_ms)
        if limit_ms and board.now_ms >= overdue_ms:
            board.stop(attempt, "out of time")
            fail_chunk(board, attempt, "timeout", f"longer than {seconds(limit_ms)}")
            return again_ms
        if limit_ms:
            return min(attempt.expires_ms, overdue_ms)
    return attempt.expires_ms


def _give_credit_back(board: Board, attempt: Attempt) -> None:
    """A grant that never arrived must not count against the worker's credit for ever, as it will not say it again."""
    if not attempt.renewed:
        _unspend(board, attempt.worker, attempt.lease.number, chunk=isinstance(attempt, ChunkAttempt))


def unsent(board: Board, event: GrantUnsent) -> None:
    worker = board.workers.get(event.worker)
    if worker is not None:
        _unspend(board, worker, event.lease.number, chunk=event.lease.chunk != DRIVER)


def _unspend(board: Board, worker: Worker, number: int, *, chunk: bool) -> None:
    if (number, chunk) not in worker.unseen:
        return
    worker.unseen.remove((number, chunk))
    if worker.state == "lost":
        return
    if chunk:
        worker.chunk_credit += 1
    else:
        worker.driver_credit += 1
    board.place(worker)
