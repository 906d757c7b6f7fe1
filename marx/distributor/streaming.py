"""What followers are sent: output from their offsets on, progress now and then, the end.

One greenlet serves all. It reads what is stored instead of queueing, a bounded amount a turn, so a follower that does
not read costs nothing but its row and what the socket holds for it; it goes on where it was when there is room again.
"""

from __future__ import annotations

import gevent
from gevent.event import Event

from marx.distributor.followers import Follower
from marx.distributor.job import Job
from marx.distributor.output import STDERR, STDOUT
from marx.distributor.regions import part
from marx.distributor.reports import progress
from marx.distributor.shell import Shell
from marx.wire.messages import Content, Output


class Streaming:
    """`wake` when there may be news; `run` is the greenlet."""

    def __init__(self, shell: Shell, woken: Event) -> None:
        self._shell = shell
        self._woken = woken

    def run(self) -> None:
        clock, progress_ms = self._shell.clock, self._shell.settings.progress_ms
        due_ms = clock.now_ms()
        while True:
            self._woken.wait(max(0, due_ms - clock.now_ms()) / 1000 if self._shell.followers else None)
            self._woken.clear()
            progress_due = clock.now_ms() >= due_ms
            if progress_due:
                due_ms = clock.now_ms() + progress_ms
            self.turn(with_progress=progress_due)
            # Lets messages in between two turns, also where every follower always has more to get.
            gevent.sleep(0)

    def turn(self, *, with_progress: bool) -> None:
        """One look at every follower."""
        for follower in self._shell.followers.all():
            job = self._shell.jobs.get(follower.job)
            if job is None:
                self._shell.followers.remove(follower.peer, follower.job)
                continue
            if self._send_output(follower, job):
                self._woken.set()
            elif job.settled:
                self._send_end(follower, job)
            elif with_progress or follower.progress is None:
                self._send_progress(follower, job)

    def _send_output(self, follower: Follower, job: Job) -> bool:
        """Up to a turn's share of each stream. True: it took that much, and there may be more."""
        settings = self._shell.settings
        left = settings.follow_turn_bytes
        for stream in (STDOUT, STDERR):
            while left > 0 and (data := self._read(job, stream, follower.offsets[stream])):
                output = Output(job.id, stream, follower.offsets[stream], data)
                if not self._shell.post.offer(follower.peer, output):
                    self._shell.counts["follower without room"] += 1
                    return False
                follower.offsets[stream] += len(data)
                left -= len(data)
        return left <= 0

    def _read(self, job: Job, stream: int, offset: int) -> bytes:
        """From memory while the job runs, then from where its end has it."""
        length = self._shell.settings.follow_part_bytes
        if job.end is None or not job.settled:
            return job.output.read(stream, offset, length)
        content = _stream_of(job, stream)
        return part(content, offset, min(length, max(0, content.size - offset)), self._shell.blobs)

    def _send_end(self, follower: Follower, job: Job) -> None:
        """The last word, when all output is out; where there is no room for it now, at the next turn."""
        everything = all(follower.offsets[stream] >= _stream_of(job, stream).size for stream in (STDOUT, STDERR))
        if job.end is not None and everything and self._shell.post.at_once(follower.peer, job.end):
            self._shell.followers.remove(follower.peer, follower.job)

    def _send_progress(self, follower: Follower, job: Job) -> None:
        shell = self._shell
        state = shell.scheduler.job_state(job.id)
        now = progress(job, shell.region_states(job), state.reason if state else "", shell.leases.workers_of(job.id))
        if now != follower.progress and shell.post.at_once(follower.peer, now):
            follower.progress = now


def _stream_of(job: Job, stream: int) -> Content:
    if job.end is None:
        raise LookupError(f"job {job.id} has not ended")
    return job.end.stdout if stream == STDOUT else job.end.stderr
