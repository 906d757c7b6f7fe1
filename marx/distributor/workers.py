"""What a worker says about itself and its chunks: heartbeats, credit, outcomes, leases given back."""

from __future__ import annotations

from marx.core import events as core
from marx.distributor import leases, verdicts
from marx.distributor.connections import Connection
from marx.distributor.shell import Shell
from marx.distributor.validity import Fault
from marx.wire import messages as wire


def on_heartbeat(shell: Shell, row: Connection, message: wire.Heartbeat) -> None:
    """A tasker's says only that it is there."""
    row.load = message.load
    if row.worker:
        shell.tell(core.WorkerBeat(row.worker, tuple(message.leases)))
        _look_at_unowed(shell, row, message.leases)


def _look_at_unowed(shell: Shell, row: Connection, numbers: list[int]) -> None:
    """A lease that is listed all the time and is not this worker's: word that it ended never came to the worker.

    It says Hello anew with the whole leases, and is told to stop what nobody waits for. An outcome that waits for its
    acknowledgement is listed too, but not for so long, unless the journal cannot commit.
    """
    now_ms, lease_ms = shell.clock.now_ms(), shell.settings.core.lease_ms
    unowed = [number for number in numbers if not shell.scheduler.holds(row.worker, number)]
    row.unowed = {number: row.unowed.get(number, now_ms) for number in unowed}
    if any(now_ms - since_ms >= lease_ms for since_ms in row.unowed.values()) and not shell.outbox.fault:
        row.unowed = {}
        shell.connections.unwelcome(row)
        shell.refuse(row, Fault("hello", "it holds leases that have ended", "say Hello again"))


def on_ready(shell: Shell, row: Connection, message: wire.Ready) -> None:
    most = shell.settings.slots_max
    chunks, drivers = (max(0, min(credit, most)) for credit in (message.chunks, message.drivers))
    shell.tell(core.WorkerReady(row.worker, chunks, drivers, message.seen, message.draining))


def on_chunk_done(shell: Shell, row: Connection, message: wire.ChunkDone) -> None:
    """An outcome that cannot be kept is a failed attempt, whatever it says of itself."""
    verdict, reason = verdicts.of_chunk(message.verdict), message.reason
    in_session = message.lease.job in shell.sessions
    if verdict == "done" and (message.values is None or shell.missing(message.values, passing=in_session)):
        verdict, reason = "failed", "an outcome without its values"
    event = core.ChunkEnded(row.worker, leases.to_core(message.lease), verdict, max(0, message.wall_ns), reason)
    shell.tell(event, message)


def on_returned(shell: Shell, row: Connection, message: wire.Returned) -> None:
    lease = leases.to_core(message.lease)
    if lease.chunk == core.DRIVER:
        shell.tell(core.DriverEnded(row.worker, lease, "returned", message.reason))
    else:
        shell.tell(core.ChunkEnded(row.worker, lease, "returned", 0, message.reason))
