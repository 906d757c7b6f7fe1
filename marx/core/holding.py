"""What may change about a live job from outside: whether anything of it is granted, and which workers suit it."""

from __future__ import annotations

from typing import assert_never

from marx.core.board import Board
from marx.core.events import JobPaused, JobResumed, JobSuited
from marx.core.state import Job


def changed(board: Board, event: JobSuited | JobPaused | JobResumed) -> None:
    job = board.jobs.get(event.job)
    if job is None:
        board.counts["job unknown"] += 1
        return
    match event:
        case JobSuited(only=only):
            job.only = frozenset(only)
            board.touch(job.pool)
        case JobPaused():
            job.paused = True
            hold(board, job)
            board.story(job.name, "paused: nothing more of it is given out")
        case JobResumed():
            job.paused = False
            let_go(board, job)
            board.story(job.name, "goes on after a pause")
        case _:
            assert_never(event)


def hold(board: Board, job: Job) -> None:
    """Takes the job out of every queue."""
    job.pool.seat_turns.leave(job.name)
    for region in list(job.regions.values()):
        board.refresh(region)


def let_go(board: Board, job: Job) -> None:
    """Puts the job into the queues that it wants to be in, unless something else still holds it."""
    board.want_seat(job)
    for region in list(job.regions.values()):
        board.refresh(region)
