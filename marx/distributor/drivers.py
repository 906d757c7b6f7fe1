"""What a driver's worker says: output, plan, regions opened and closed, the end.

Only messages under the job's current driver lease count, from the worker that holds it; others are stale and dropped.
The worker says everything again after a reconnect, so each message may come twice and means the same then. What the
scheduler is told rests on records, hence it is told after their commit, in the order of the messages.
"""

from __future__ import annotations

from marx.core import events as core
from marx.distributor import leases, verdicts
from marx.distributor.connections import Connection
from marx.distributor.job import Driver, Job
from marx.distributor.output import NAMES, Differs, Gap
from marx.distributor.perform import tell_driver
from marx.distributor.regions import OFFSET_BYTES, Region
from marx.distributor.shell import Shell
from marx.distributor.validity import files_fault, opened_fault
from marx.journal.records import DriverOutput, JobPlanned, RegionClosed, RegionOpened
from marx.wire import messages as wire

OFFSETS_MAX = wire.INLINE_BYTES_MAX // OFFSET_BYTES - 1
"""Items of one chunk whose offsets travel with its lease, which is to stay small."""


def on_output(shell: Shell, row: Connection, message: wire.Output) -> None:
    current = _current(shell, row, message.lease)
    if current is None:
        return
    job, _ = current
    if message.stream not in NAMES or message.offset < 0:
        _give_back(shell, job, f"output of a stream {message.stream} from {message.offset} on")
        return
    match job.output.compare(message.stream, message.offset, message.data):
        case Differs(stream=stream, offset=offset):
            shell.fail_job(
                job, f"MX901 the restarted driver printed something else: {NAMES[stream]} at offset {offset}"
            )
        case Gap(stream=stream, offset=offset):
            _give_back(shell, job, f"{NAMES[stream]} is missing from offset {offset} on")
        case b"":
            pass
        case bytes() as new:
            _print(shell, job, message.stream, new)


def _print(shell: Shell, job: Job, stream: int, new: bytes) -> None:
    limit = shell.settings.output_bytes_max
    if job.output.total() + len(new) > limit:
        shell.fail_job(job, f"MX902 the program printed more than {limit} bytes")
        return
    shell.record(DriverOutput(job.id, stream, job.output.size(stream), new))
    end = job.output.size(stream)

    def show() -> None:
        job.output.commit(stream, end)
        shell.wake_followers()

    shell.outbox.after(show)


def on_planned(shell: Shell, row: Connection, message: wire.Planned) -> None:
    current = _current(shell, row, message.lease)
    if current is None:
        return
    job, driver = current
    if len(message.plan) > shell.settings.plan_bytes_max:
        _give_back(shell, job, f"a plan of {len(message.plan)} bytes")
    elif message.plan != job.plan and not driver.planned:
        shell.record(JobPlanned(job.id, message.plan))


def on_opened(shell: Shell, row: Connection, message: wire.Opened) -> None:
    current = _current(shell, row, message.lease)
    if current is None:
        return
    job, driver = current
    fault = opened_fault(message, shell.settings)
    number = job.numbers.get((message.key, message.digest), len(job.regions))
    if fault is not None:
        _give_back(shell, job, fault.reason)
    elif max(number, len(driver.openings)) >= shell.settings.regions_max:
        shell.fail_job(job, f"MX904 the program opened more than {shell.settings.regions_max} regions")
    elif missing := shell.missing(message.captures, message.offsets, message.items):
        _give_back(shell, job, f"a region whose contents were not uploaded: {missing[0].hash[:12]}")
    elif driver.openings.get(message.region, number) != number:
        _give_back(shell, job, f"opening {message.region} twice, with other items")
    elif number not in driver.closed:
        _open(shell, job, driver, message, number)


def _open(shell: Shell, job: Job, driver: Driver, message: wire.Opened, number: int) -> None:
    """When it is on disk: the items to the scheduler, and to the driver the values that were there before.

    Outcomes that are kept while this waits for its commit go to the driver after their own; but the scheduler must
    hear of them as done, or it would have them computed once more.
    """
    if driver.openings.get(message.region) != number:
        shell.record(_opened_record(job, message, number, known=number in job.regions))
    region = job.regions[number]
    kept = list(region.kept.values())

    def announce() -> None:
        if job.driver is not driver:
            return
        driver.announced[number] = message.region
        for one in (one for one in kept if one.stop > region.first):
            tell_driver(shell, job.id, number, one.start, one.stop, one.values)
        shell.tell(opened_event(job.id, driver, region))

    shell.outbox.after(announce)


def opened_event(job: str, driver: Driver, region: Region) -> core.RegionOpened:
    lease = leases.of_driver(job, driver.number, driver.attempt)
    done, items_max = region.done_ranges(), 0 if region.offsets is None else OFFSETS_MAX
    return core.RegionOpened(lease, region.number, region.first, region.count, region.item_ns, done, items_max)


def _opened_record(job: Job, message: wire.Opened, number: int, *, known: bool) -> RegionOpened:
    contents = (message.captures, message.offsets, message.items)
    captures, offsets, items = (None if known or one is None else one.data for one in contents)
    captures_size, offsets_size, items_size = (0 if one is None else one.size for one in contents)
    return RegionOpened(
        job=job.id,
        region=number,
        key=message.key,
        digest=message.digest,
        site=message.site,
        line=message.line,
        first=message.first,
        count=message.count,
        item_ns=message.item_ns,
        range_start=message.range_start,
        range_step=message.range_step,
        captures_hash=message.captures.hash,
        captures=captures,
        offsets_hash=message.offsets.hash if message.offsets else "",
        offsets=offsets,
        items_hash=message.items.hash if message.items else "",
        items=items,
        sizes=(captures_size, offsets_size, items_size),
        opening=message.region,
    )


def on_closed(shell: Shell, row: Connection, message: wire.Closed) -> None:
    current = _current(shell, row, message.lease)
    if current is None:
        return
    job, driver = current
    number = driver.openings.get(message.region)
    if number is None or number in driver.closed:
        return
    shell.note_requeues(job)
    most = shell.settings.items_max  # sums of these are told to people, and must stay numbers that a message can hold
    used, in_place = (min(max(0, count), most) for count in (message.used, message.in_place))
    shell.record(RegionClosed(job.id, number, used, in_place))
    lease = leases.to_core(message.lease)

    def close() -> None:
        driver.announced.pop(number, None)
        shell.tell(core.RegionClosed(lease, number))

    shell.outbox.after(close)


def on_done(shell: Shell, row: Connection, message: wire.DriverDone) -> None:
    """The end of an attempt. Its worker may forget it when the job's end, or that it is stale, is settled."""
    current = _current(shell, row, message.lease)
    if current is None:
        shell.outbox.after(lambda: shell.say_to_worker(row.worker, wire.Acked(message.lease.number)))
        return
    job, _ = current
    verdict, reason = verdicts.of_driver(message.verdict), message.reason
    fault = files_fault(message.files, message.removed, shell.settings)
    missing = shell.missing(*(file.content for file in message.files))
    if verdict == "done" and fault is not None:
        verdict, reason = "failed", f"MX905 {fault.reason}"
    elif verdict == "done" and missing:
        verdict, reason = "returned", f"files that were not uploaded: {missing[0].hash[:12]}"
    shell.note_requeues(job)

    def end() -> None:
        job.done = message if verdict == "done" else None
        shell.tell(core.DriverEnded(row.worker, leases.to_core(message.lease), verdict, reason))

    shell.outbox.after(end)


def _current(shell: Shell, row: Connection, lease: wire.Lease | None) -> tuple[Job, Driver] | None:
    """The job and its driver, if this worker holds this very lease; else the message is stale."""
    job = shell.jobs.get(lease.job) if lease else None
    driver = job.driver if job else None
    if job is None or driver is None or lease is None or driver.worker != row.worker:
        shell.counts["stale driver message"] += 1
        return None
    if lease != leases.to_wire(leases.of_driver(job.id, driver.number, driver.attempt)):
        shell.counts["stale driver message"] += 1
        return None
    return job, driver


def _give_back(shell: Shell, job: Job, reason: str) -> None:
    """Its worker lost something or breaks the protocol: the driver starts anew, not charged to the program."""
    shell.end_driver(job, "returned", reason)
