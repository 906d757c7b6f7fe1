"""The chunk slots of one worker: jails that take queued chunks in order and compute what `spec.py` says.

How long that takes and how it ends is luck; that a chunk came with its own items is looked at.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec.structs import replace

from marx.wire import messages as wire
from marx.worker.briefs import ChunkWork

from .programs import pack_values
from .spec import SPREAD, JobSpec, SessionSpec, call_of, call_value, captures_of, item, value
from .world import Violation

if TYPE_CHECKING:
    from .workers import SimWorker

NEVER_MS = 10**9
KILL_MS = (1, 30)
"""How long a jail takes to die."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a jail makes of a chunk, how long a plain machine takes for it, and whether it kills."""

    values: list[bytes]
    plain_ms: float
    deadly: bool


class Slots:
    def __init__(self, worker: SimWorker) -> None:
        self._worker, self._world = worker, worker.world
        self._queue: dict[int, ChunkWork] = {}
        self._running: set[int] = set()

    def put(self, work: ChunkWork) -> None:
        """A chunk whose blobs are here."""
        self._queue[work.message.lease.number] = work
        self._fill()

    def stop(self, lease: wire.Lease) -> None:
        """Nobody wants it any more. If it runs, its jail takes a moment to die."""
        self._queue.pop(lease.number, None)
        if lease.number in self._running:
            self._worker.soon(self._world.between(*KILL_MS), self._dies, lease)

    def _fill(self) -> None:
        while len(self._running) < self._worker.slots:
            lease = self._worker.session.next_chunk(())
            if lease is None:
                return
            self._running.add(lease.number)
            self._start(self._queue.pop(lease.number))

    def _start(self, work: ChunkWork) -> None:
        worker, message = self._worker, work.message
        job = worker.jobs[work.program.argv[0]]
        task = self._called(job, work) if isinstance(job, SessionSpec) else self._looped(job, work)
        verdict = self._verdict(deadly=task.deadly)
        took_ms = task.plain_ms / worker.speed * self._world.between(*SPREAD)
        if verdict != "done":
            took_ms *= self._world.chance.random()
        if not worker.healed and self._world.happens(worker.luck.stalls):
            self._world.note(worker.name, "stalls with lease %d", message.lease.number)
            took_ms = NEVER_MS
        worker.in_jail(took_ms, self._ends, work, task, verdict, took_ms)

    def _looped(self, job: JobSpec, work: ChunkWork) -> Task:
        self._check_items(job, work)
        message = work.message
        region, items = job.regions[message.site], range(message.start, message.stop)
        values = [value(job, message.site, at) for at in items]
        return Task(values, len(items) * region.item_ms, any(at in region.deadly for at in items))

    def _called(self, session: SessionSpec, work: ChunkWork) -> Task:
        """Calls are known by their arguments alone; the function that came with them must be theirs."""
        message, stock = work.message, self._worker.stock
        assert message.items is not None
        data, bounds = stock.read(message.items), array("Q", message.offsets)
        items = [data[start:stop] for start, stop in pairwise(bounds)]
        number = call_of(items[0])[0]
        if len(items) != message.stop - message.start or any(call_of(one)[0] != number for one in items):
            raise Violation(f"calls {message.start}..{message.stop - 1} of {session.ticket} came as {items}")
        if stock.read(work.captures) != captures_of(session, number):
            raise Violation(f"calls of function {number} of {session.ticket} came with another function")
        function = session.functions[number]
        values = [call_value(session, one) for one in items]
        return Task(values, len(items) * function.item_ms, any(call_of(one)[1] in function.deadly for one in items))

    def _verdict(self, *, deadly: bool) -> str:
        worker = self._worker
        if deadly:
            return "killed"
        if worker.sick:
            return "sandbox"
        if not worker.healed and self._world.happens(worker.luck.bad_verdicts):
            return self._world.chance.choice(["failed", "timeout", "memory", "killed", "sandbox"])
        return "done"

    def _check_items(self, job: JobSpec, work: ChunkWork) -> None:
        """The slices that came are those of the chunk's items."""
        message = work.message
        if message.items is None:
            if job.regions[message.site].listed or message.range_start != 7 * message.site:
                raise Violation(f"a chunk of {job.ticket} came without its items")
            return
        expected = b"".join(item(job, message.site, at) for at in range(message.start, message.stop))
        if self._worker.stock.read(message.items) != expected:
            raise Violation(f"a chunk of {job.ticket} came with other items than {message.start}..{message.stop - 1}")

    def _ends(self, work: ChunkWork, task: Task, verdict: str, took_ms: float) -> None:
        message = work.message
        lease, wall_ns = message.lease, round(took_ms * 1e6)
        if lease.number not in self._running:
            return
        self._running.discard(lease.number)
        done = wire.ChunkDone(lease, verdict, wall_ns, wall_ns, reason="" if verdict == "done" else "bad luck")
        if verdict == "done":
            packed = pack_values(lease.number, task.values)
            done = replace(done, values=self._worker.stock.put(packed, passing=work.program.session))
        self._world.note(self._worker.name, "lease %d ends: %s", lease.number, verdict)
        self._worker.finish(done)
        self._fill()

    def _dies(self, lease: wire.Lease) -> None:
        if lease.number in self._running:
            self._running.discard(lease.number)
            self._worker.finish(wire.ChunkDone(lease, "killed", 0, 0, reason="stopped"))
            self._fill()
