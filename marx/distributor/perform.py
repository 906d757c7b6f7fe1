"""From the scheduler's instructions to messages and records: one small function an instruction, one list for all.

Whatever rests on a record waits in the outbox for its commit. Where a worker is not connected just now, nothing is
said: its leases run out, or it says hello and is told anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from marx.core.events import GrantUnsent
from marx.core.instructions import (
    DropOutcome,
    FinishJob,
    GiveUpItems,
    GrantChunk,
    GrantDriver,
    Instruction,
    InterruptDriver,
    KeepOutcome,
    StopAttempt,
    Story,
)
from marx.distributor import leases, sessions
from marx.distributor.calls import CallRegion, Outcome
from marx.distributor.ending import end_of
from marx.distributor.job import Job
from marx.distributor.keeping import expired
from marx.distributor.mail import owed
from marx.distributor.mail import queue as queue_mail
from marx.distributor.regions import BadItems, Region
from marx.journal.blobs import UnknownBlob
from marx.journal.records import ChunkKept, DriverLeased, JobEnded, JobForgotten
from marx.wire import messages as wire

if TYPE_CHECKING:
    from marx.distributor.shell import Shell


def perform(shell: Shell, instruction: Instruction, outcome: wire.ChunkDone | None) -> None:
    """Carries out one instruction. `outcome` is the message whose event led to it, if that was a chunk's."""
    match instruction:
        case GrantDriver():
            _grant_driver(shell, instruction)
        case GrantChunk():
            _grant_chunk(shell, instruction)
        case StopAttempt(worker=worker, lease=lease):
            shell.say_to_worker(worker, wire.Stop(shell.leases.take(lease)))
        case InterruptDriver(worker=worker, lease=lease):
            shell.say_to_worker(worker, wire.InterruptDriver(leases.to_wire(lease)))
        case KeepOutcome():
            _keep(shell, instruction, outcome)
        case DropOutcome():
            _drop(shell, instruction, outcome)
        case GiveUpItems(job=name, region=region, start=start, stop=stop, reason=reason) if name in shell.sessions:
            sessions.keep(shell, name, region, Outcome(start, stop, None, reason, 0, ""))
        case GiveUpItems(job=name, region=region, start=start, stop=stop, reason=reason):
            _give_up(shell, name, region, start, stop, reason)
        case FinishJob():
            _finish(shell, instruction)
        case Story(about=about, text=text, fields=fields, again=again):
            shell.log(about, text, fields)
            shell.remember(about, text, again=again)
        case _:
            assert_never(instruction)


def _grant_driver(shell: Shell, grant: GrantDriver) -> None:
    job = shell.jobs.get(grant.lease.job)
    if job is None or job.program is None:
        raise LookupError(f"a driver lease of job {grant.lease.job}, which has no program")
    lease, worker = grant.lease, grant.worker
    user = shell.connections.user_of(worker)
    shell.record(DriverLeased(job.id, lease.number, lease.attempt, user, shell.clock.wall_ms(), worker))
    queue_mail(shell, job, owed(job))
    if job.driver is not None:
        job.driver.worker = worker
    message = wire.LeaseDriver(leases.to_wire(lease), job.program, _slots(job, grant, shell.settings.slots_foreseen))

    def say() -> None:
        """Unless it was stopped while it waited for its commit: the worker would never hear of that again."""
        state = shell.scheduler.job_state(job.id)
        if state is not None and state.lease == lease:
            shell.say_to_worker(worker, message)
        else:
            shell.tell(GrantUnsent(worker, lease))

    shell.outbox.after(say)


def _slots(job: Job, grant: GrantDriver, foreseen: int) -> int:
    """How many slots can help the driver. One that has none to help it opens no region; but where an earlier driver's
    chunks came to an end, their values are here, and only an open region asks for them."""
    has_values = any(region.kept for region in job.regions.values())
    return max(grant.slots, 2 if has_values else foreseen if grant.slots else 0)


def _grant_chunk(shell: Shell, grant: GrantChunk) -> None:
    job = shell.jobs.get(grant.lease.job)
    row = shell.connections.worker(grant.worker)
    if job is None or row is None:
        return
    region = job.regions[grant.lease.region]
    try:
        offsets, items = _cut(shell, region, grant)
    except (BadItems, UnknownBlob) as fault:
        shell.fail_job(job, f"MX903 the driver described a region that cannot be cut: {fault}")
        shell.tell(GrantUnsent(grant.worker, grant.lease))
        return
    except OSError as fault:
        # A full disk. As a lease that did not arrive it costs nobody anything, and is granted again in a lease's time.
        shell.story(job.id, f"a chunk cannot be handed out: {fault}", {"region": region.number, "item": grant.start})
        return
    first_of_job = job.id not in row.sent
    sent = row.sent.setdefault(job.id, set())
    message = wire.LeaseChunk(
        lease=shell.leases.give(grant.lease, grant.worker, grant.start, grant.stop),
        site=region.site,
        start=grant.start,
        stop=grant.stop,
        range_start=region.range_start,
        range_step=region.range_step,
        timeout_ms=grant.timeout_ms,
        offsets=offsets,
        items=items,
        program=job.program if first_of_job else None,
        captures=region.captures if region.number not in sent else None,
    )
    sent.add(region.number)
    shell.post.say(row.peer, message)


def _cut(shell: Shell, region: Region, grant: GrantChunk) -> tuple[bytes, wire.Content | None]:
    """Offsets and bytes of a chunk's items. Raises `BadItems`, `UnknownBlob`."""
    if not isinstance(region, CallRegion):
        offsets, data = region.cut(grant.start, grant.stop, shell.blobs)
        return offsets, shell.blobs.put(data) if offsets else None
    whole = region.whole(grant.start, grant.stop)
    if whole is not None:
        return whole
    offsets, data = region.cut(grant.start, grant.stop, shell.passing)
    return offsets, shell.passing.put(data)


def _keep(shell: Shell, keep: KeepOutcome, outcome: wire.ChunkDone | None) -> None:
    if outcome is None or outcome.values is None:
        raise ValueError(f"the outcome of lease {keep.lease.number} is to be kept, but there is none")
    lease, values = keep.lease, outcome.values
    shell.leases.take(lease)
    if lease.job in shell.sessions:
        kept_here = Outcome(keep.start, keep.stop, values, "", lease.chunk, keep.worker)
        # Somebody waits for the outcome, and nobody for the worker's word: who is spoken to first is sent to first.
        sessions.keep(shell, lease.job, lease.region, kept_here)
        shell.acknowledge(keep.worker, lease.number)
        return
    kept = ChunkKept(
        job=lease.job,
        region=lease.region,
        start=keep.start,
        stop=keep.stop,
        worker=keep.worker,
        attempt=lease.attempt,
        values_hash=values.hash,
        size=values.size,
        values=values.data,
        wall_ns=outcome.wall_ns,
        chunk=lease.chunk,
        at_ms=shell.clock.wall_ms(),
        printed=outcome.printed[: wire.PRINTED_BYTES_MAX],
        checksum=outcome.checksum,
    )
    shell.record(kept)

    def say() -> None:
        shell.acknowledge(keep.worker, lease.number)
        tell_driver(shell, lease.job, lease.region, keep.start, keep.stop, values)

    shell.outbox.after(say)


def _drop(shell: Shell, drop: DropOutcome, outcome: wire.ChunkDone | None) -> None:
    """Acknowledged, so that its worker may forget it. But if the one that counts was another, people should know."""
    lease, worker = drop.lease, drop.worker
    shell.leases.take(lease)
    shell.outbox.after(lambda: shell.acknowledge(worker, lease.number))
    job = shell.jobs.get(lease.job)
    region = job.regions.get(lease.region) if job else None
    if region is None or outcome is None:
        return
    start, stop = outcome.lease.start, outcome.lease.stop
    if region.differs(start, stop, outcome.checksum):
        shell.counts["differing outcome"] += 1
        text = f"{worker} has other values for items {start}..{stop - 1} than those that count: is it not repeatable?"
        shell.story(lease.job, text)
        shell.remember(lease.job, text)


def _give_up(shell: Shell, name: str, number: int, start: int, stop: int, reason: str) -> None:
    job = shell.jobs.get(name)
    region = job.regions.get(number) if job else None
    if region is not None:
        region.leave(start, stop, reason)
    shell.outbox.after(lambda: tell_driver(shell, name, number, start, stop, None, reason))


def tell_driver(
    shell: Shell, name: str, region: int, start: int, stop: int, values: wire.Content | None, reason: str = ""
) -> None:
    """Values, or word that they will not come, to whoever drives the job now, if it has opened that region."""
    job = shell.jobs.get(name)
    driver = job.driver if job else None
    if driver is None or region not in driver.announced:
        return
    lease = leases.to_wire(leases.of_driver(name, driver.number, driver.attempt))
    opening = driver.announced[region]
    shell.say_to_worker(driver.worker, wire.Values(lease, opening, start, stop, values, reason))


def _finish(shell: Shell, finish: FinishJob) -> None:
    job = shell.jobs.get(finish.job)
    if job is None or job.end is not None:
        raise LookupError(f"job {finish.job} is to be finished, but does not run")
    end = end_of(job, finish, shell.clock.wall_ms(), shell.blobs)
    driver = job.driver
    record = JobEnded(job.id, end.state, end.exit_code, end.reason, msgspec.msgpack.encode(end), shell.clock.wall_ms())
    shell.record(record)
    queue_mail(shell, job, owed(job))
    shell.leases.forget_job(job.id)
    shell.connections.forget_job(job.id)
    shell.story(job.id, "result", {"exit": end.exit_code, "files": len(end.files), "wall_ms": end.wall_ms})

    def say() -> None:
        shell.jobs.settle(job)
        if driver is not None:
            shell.say_to_worker(driver.worker, wire.Acked(driver.number))
        sessions.ended(shell, job)
        shell.wake_followers()
        forget_expired(shell)

    shell.outbox.after(say)


def forget_expired(shell: Shell) -> None:
    """Lets go of ended jobs that are too many, too old or too large together."""
    for job, reason in list(expired(shell.jobs, shell.settings, shell.steady_wall_ms())):
        shell.record(JobForgotten(job.id))
        shell.story(job.id, f"forgotten: {reason}")
