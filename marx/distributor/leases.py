"""The same lease in the words of the wire and of the core. Only the wire's says which items a chunk has, so that a
worker can tell a restarted distributor; what counts is always the core's own record.
"""

from __future__ import annotations

from msgspec import Struct

from marx.core import events as core
from marx.wire import messages as wire


def to_core(lease: wire.Lease) -> core.Lease:
    return core.Lease(lease.number, lease.job, lease.region, lease.chunk, lease.attempt)


def to_held(lease: wire.Lease) -> core.Held:
    return core.Held(to_core(lease), lease.start, lease.stop)


def to_wire(lease: core.Lease, start: int = 0, stop: int = 0) -> wire.Lease:
    return wire.Lease(lease.number, lease.job, lease.region, lease.chunk, lease.attempt, start, stop)


def of_driver(job: str, number: int, attempt: int) -> core.Lease:
    return core.Lease(number, job, core.DRIVER, core.DRIVER, attempt)


class Out(Struct, frozen=True):
    """A chunk lease that is out: who has it, for which items."""

    worker: str
    start: int
    stop: int


class ChunkLeases:
    """The chunk leases that are out, so that a Stop names a lease exactly as the worker got it.

    One that ran out in silence stays until its worker joins again or its job ends: a few numbers for each loss.
    """

    def __init__(self) -> None:
        self._out: dict[str, dict[int, Out]] = {}

    def give(self, lease: core.Lease, worker: str, start: int, stop: int) -> wire.Lease:
        self._out.setdefault(lease.job, {})[lease.number] = Out(worker, start, stop)
        return to_wire(lease, start, stop)

    def take(self, lease: core.Lease) -> wire.Lease:
        """The lease is over. A driver's has no items."""
        out = self._out.get(lease.job, {}).pop(lease.number, None)
        return to_wire(lease) if out is None else to_wire(lease, out.start, out.stop)

    def workers_of(self, job: str) -> int:
        """How many workers have chunks of the job."""
        return len({out.worker for out in self._out.get(job, {}).values()})

    def forget_worker(self, worker: str) -> None:
        """It says itself now what it holds."""
        for job, rows in self._out.items():
            self._out[job] = {number: out for number, out in rows.items() if out.worker != worker}

    def forget_job(self, job: str) -> None:
        self._out.pop(job, None)
