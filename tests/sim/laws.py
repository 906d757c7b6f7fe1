"""What must hold at every moment, whatever goes wrong: checked from outside, with books of its own.

    a promise is said only when its record is on disk           said
    what was on disk is there after any crash                   starts
    leases, credit and outcomes follow the rules                decided (with the scheduler's Witness)
    all collections of the scheduler agree, no handler broke    look
    no estimate says less than the cheapest item can take       look

What the answer must be is `spec.py`'s business, and compared where it arrives (taskers.py, workers.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from marx.core.events import Event, Lease, WorkerBeat, WorkerJoined, WorkerLost
from marx.core.instructions import (
    DropOutcome,
    FinishJob,
    GrantChunk,
    GrantDriver,
    Instruction,
    KeepOutcome,
    StopAttempt,
)
from marx.distributor.job import Job
from marx.distributor.shell import Shell
from marx.journal.records import (
    ChunkKept,
    DriverLeased,
    DriverOutput,
    JobEnded,
    JobForgotten,
    JobSubmitted,
    MailNoted,
    Record,
    RegionOpened,
    WorkerForgotten,
    subject_of,
)
from marx.link.router import Peer
from marx.wire import messages as wire
from marx.wire.codec import BadMessage
from marx.wire.contents import contents_of_program
from tests.core.play import Witness

from .disk import Disk, Ledger
from .spec import JobSpec
from .world import Violation

CLOCKS_AGREE = 0.9
"""What is measured by one clock and told by another may be off by so much."""


@dataclass(frozen=True, slots=True)
class Right:
    """A lease that is out."""

    worker: str
    lease: Lease
    start: int
    stop: int


class Books:
    """What the disk has, by what is asked of it."""

    def __init__(self) -> None:
        self.read = 0
        self.submitted: set[str] = set()
        self.sessions: set[str] = set()
        self.ended: dict[str, str] = {}
        """The mail that each end calls for."""
        self.mailed: set[tuple[str, str]] = set()
        self.leased: dict[str, int] = {}
        self.printed: dict[tuple[str, int], int] = {}
        self.kept: dict[tuple[str, int, int], tuple[int, str]] = {}

    def catch_up(self, records: list[Record]) -> None:
        for record in records[self.read :]:
            match record:
                case JobSubmitted(job=job, program=program):
                    self.submitted.add(job)
                    if msgspec.msgpack.decode(program, type=wire.Program).session:
                        self.sessions.add(job)
                case JobEnded(job=job, state=state, exit_code=code):
                    self.ended[job] = "end" if state == "done" and code == 0 else "fail"
                case MailNoted(job=job, type=kind, state="sent"):
                    self.mailed.add((job, kind))
                case DriverLeased(job=job, number=number):
                    self.leased[job] = number
                case DriverOutput(job=job, stream=stream, offset=offset, data=data):
                    self.printed[job, stream] = offset + len(data)
                case ChunkKept(job=job, region=region, start=start, stop=stop, values_hash=hash):
                    self._keep((job, region, start), stop, hash)
                case _:
                    pass
        self.read = len(records)

    def _keep(self, place: tuple[str, int, int], stop: int, hash: str) -> None:
        if place in self.kept:
            raise Violation(f"items from {place} on were written down twice")
        self.kept[place] = (stop, hash)


def _left(records: Iterable[Record]) -> list[Record]:
    """What is on disk of committed records: what is forgotten takes all that is about it along."""
    left: list[Record] = []
    for record in records:
        if isinstance(record, JobForgotten | WorkerForgotten):
            left = [one for one in left if subject_of(one) != subject_of(record)]
        else:
            left.append(record)
    return left


class Laws:
    def __init__(self, jobs: dict[str, JobSpec]) -> None:
        self._jobs = jobs
        self.given: dict[int, Lease] = {}
        """Every lease that was ever granted, over all starts."""
        self.ranges: dict[int, tuple[int, int]] = {}
        """The items of every chunk lease that was ever granted."""
        self.witness = Witness()
        self.books = Books()
        self._rights: dict[int, Right] = {}
        self._lost: dict[int, Right] = {}
        """Leases that ended because their worker was not heard: it may still bring what it computed."""
        self._kept: dict[int, tuple[str, int, int]] = {}
        self.passing: Callable[[str], bool] = lambda hash: False
        """Whether the distributor has a blob in memory."""
        self._ledger: Ledger | None = None
        self._disk: Disk | None = None
        self._had: list[Record] | None = None
        self._under_way: list[Record] = []
        self._looked = 0
        self._driver_attempts: dict[str, int] = {}
        self.in_place: set[tuple[str, int, int]] = set()
        """Items that a driver computed though they might have come from a chunk, by ticket, region and number."""
        self._changed = True
        """The scheduler was told something that may have changed its collections since they were last looked at."""

    # --- starts -------------------------------------------------------------------------------------------------------

    def starts(self, ledger: Ledger, disk: Disk) -> None:
        """All that was committed is there; of a commit under way all or nothing; then the record of this start."""
        found = ledger.durable[:-1]
        if self._had is not None and found not in (_left(self._had), _left(self._had + self._under_way)):
            raise Violation(f"of {len(self._had)} records (and {len(self._under_way)}) the crash left {len(found)}")
        self._ledger, self._disk = ledger, disk
        self._rights, self._lost, self._kept, self._looked = {}, {}, {}, len(ledger.durable)
        kept = self.witness.kept
        self.books = Books()
        self.books.catch_up(ledger.durable)
        self.witness = Witness()
        for job, region, start in self.books.kept:
            if (job, region) in kept:
                items = range(start, self.books.kept[job, region, start][0])
                self.witness.kept.setdefault((job, region), set()).update(items)

    def stops(self) -> None:
        if self._ledger is not None:
            self._had, self._under_way = list(self._ledger.durable), list(self._ledger.waiting)
        self._ledger = None

    # --- what the distributor says ------------------------------------------------------------------------------------

    def said(self, peer: Peer, message: wire.AnyMessage) -> None:
        ledger = self._ledger
        if ledger is None:
            raise Violation("a dead distributor speaks")
        self.books.catch_up(ledger.durable)
        fault = self._promise_fault(message)
        if fault:
            raise Violation(f"{type(message).__name__} to {peer.user}: {fault}")

    def _promise_fault(self, message: wire.AnyMessage) -> str:
        """What on the disk does not bear out the message; empty if all does."""
        books = self.books
        match message:
            case wire.Submitted(job=job) if job not in books.submitted:
                return f"job {job} is not on disk"
            case wire.Ended(job=job) | wire.Cancelled(job=job) if job not in books.ended:
                return f"the end of job {job} is not on disk"
            case wire.Output(job=job, stream=stream, offset=offset, data=data):
                if offset + len(data) > books.printed.get((job, stream), 0):
                    return f"output of job {job} that is not on disk"
            case wire.LeaseDriver(lease=lease):
                return self._driver_fault(lease)
            case wire.BlobGot(hash=hash, stored=True) if not self._is_stored(hash):
                return f"the blob {hash[:12]} is not on disk"
            case wire.Acked(number=number) if number in self._kept and not self._is_kept(self._kept[number]):
                return f"the outcome of lease {number} is not on disk"
            case wire.Values(lease=lease, values=values):
                return self._values_fault(lease, message.start, message.stop, values)
            case _:
                pass
        return ""

    def _is_stored(self, hash: str) -> bool:
        """On disk; what belongs to calls is in memory on its way."""
        return self.passing(hash) or (self._disk is not None and self._disk.durable_blob(hash))

    def _is_kept(self, place: tuple[str, int, int]) -> bool:
        """On disk; the calls of a session are with its tasker until it has what came of them."""
        return place[0] in self.books.sessions or place in self.books.kept

    def mail_fault(self, job: str, kind: str) -> str:
        """What on the disk does not bear out a mail; empty if all does."""
        if self._ledger is None:
            return "a dead distributor sent it"
        self.books.catch_up(self._ledger.durable)
        if (job, kind) in self.books.mailed:
            return "that it was sent is on disk already"
        if kind == "begin":
            return "" if job in self.books.leased else "its driver's lease is not on disk"
        return "" if self.books.ended.get(job) == kind else f"its end is on disk as {self.books.ended.get(job)}"

    def mails_owed(self) -> list[tuple[str, str]]:
        """By job and type, of all that began or ended."""
        ended = ((job, kind) for job, kind in self.books.ended.items() if job not in self.books.sessions)
        return [*((job, "begin") for job in self.books.leased), *ended]

    def _driver_fault(self, lease: wire.Lease) -> str:
        last = self._driver_attempts.get(lease.job, 0)
        self._driver_attempts[lease.job] = max(last, lease.attempt)
        if self.books.leased.get(lease.job) != lease.number:
            return f"driver lease {lease.number} is not on disk"
        return f"attempt {lease.attempt} at a driver after attempt {last}" if lease.attempt <= last else ""

    def _values_fault(self, lease: wire.Lease, start: int, stop: int, values: wire.Content | None) -> str:
        if self.books.leased.get(lease.job) != lease.number:
            return f"driver lease {lease.number} is not the last one of job {lease.job}"
        if values is None:
            return ""
        kept = {(one[1], one[2], self.books.kept[one]) for one in self.books.kept if one[0] == lease.job}
        if not any(first == start and rest == (stop, values.hash) for _, first, rest in kept):
            return f"values of items {start}..{stop - 1} that are not on disk so"
        return ""

    def heard(self, peer: Peer, batch: list[wire.AnyMessage] | BadMessage) -> None:
        if isinstance(batch, BadMessage):
            raise Violation(f"{peer.user} sent a malformed batch: {batch}")

    # --- what the scheduler decides -----------------------------------------------------------------------------------

    def decided(self, event: Event, instructions: list[Instruction]) -> None:
        self.witness.hears(event)
        self._changed = self._changed or bool(instructions) or not isinstance(event, WorkerBeat)
        if isinstance(event, WorkerLost):
            self._lose(right.lease.number for right in self._of_worker(event.worker))
        for instruction in instructions:
            self._decision(instruction)
        self.witness.sees(event, instructions)
        if isinstance(event, WorkerJoined):
            self._joined(event, instructions)

    def _decision(self, instruction: Instruction) -> None:
        match instruction:
            case GrantChunk(worker, lease, start, stop):
                self._grant(Right(worker, lease, start, stop))
                self.ranges[lease.number] = (start, stop)
            case GrantDriver(worker, lease):
                self._grant(Right(worker, lease, 0, 0))
            case KeepOutcome(worker, lease, start, stop):
                if Right(worker, lease, start, stop) not in (
                    self._rights.get(lease.number),
                    self._lost.get(lease.number),
                ):
                    raise Violation(f"an outcome of {worker} counts without a lease: {lease}, items {start}..{stop}")
                self._kept[lease.number] = (lease.job, lease.region, start)
                self._end([lease.number])
            case StopAttempt(lease=lease, reason="the worker was silent" | "the lease ended"):
                self._lose([lease.number])
            case StopAttempt(lease=lease):
                self._end([lease.number])
            case DropOutcome(worker, lease):
                right = self._rights.get(lease.number)
                if right is not None and (right.worker, right.lease) == (worker, lease):
                    self._end([lease.number])
            case FinishJob(job=job):
                self._end(number for number, right in list(self._rights.items()) if right.lease.job == job)

    def _grant(self, right: Right) -> None:
        number = right.lease.number
        if number in self.given:
            raise Violation(f"lease number {number} was given twice: {self.given[number]} and {right.lease}")
        self.given[number] = right.lease
        self._rights[number] = right

    def _joined(self, event: WorkerJoined, instructions: list[Instruction]) -> None:
        """What it holds and is not told to stop is its own from now on; of the rest it may have the outcome."""
        stopped = {one.lease.number for one in instructions if isinstance(one, StopAttempt)}
        for held in event.held:
            rights = self._lost if held.lease.number in stopped else self._rights
            rights[held.lease.number] = Right(event.worker, held.lease, held.start, held.stop)

    def _of_worker(self, worker: str) -> list[Right]:
        return [right for right in self._rights.values() if right.worker == worker]

    def _lose(self, numbers: Iterable[int]) -> None:
        for number in list(numbers):
            if number in self._rights:
                self._lost[number] = self._rights.pop(number)

    def _end(self, numbers: Iterable[int]) -> None:
        for number in list(numbers):
            self._rights.pop(number, None)

    # --- after every turn ---------------------------------------------------------------------------------------------

    def look(self, shell: Shell) -> None:
        if shell.counts["bug"]:
            raise Violation("a handler broke; the story has its traceback")
        if self._changed:
            self._changed = False
            shell.scheduler.check()
            self._estimates(shell)
        ledger, disk = self._ledger, self._disk
        if ledger is None or disk is None:
            return
        written = len(ledger.durable) + len(ledger.waiting)
        if written > self._looked:
            fresh = [*ledger.durable, *ledger.waiting][self._looked :]
            self._looked = written
            for hash in (hash for record in fresh for hash in _blobs_of(record)):
                if not disk.durable_blob(hash):
                    raise Violation(f"a record names the blob {hash[:12]}, which is not synced")

    def _estimates(self, shell: Shell) -> None:
        """A region of which nothing runs takes at least one item's time, and clocks are wrong by a few percent only."""
        for job in shell.jobs:
            if job.brief.session:
                continue
            for state in shell.scheduler.regions(job.id):
                least_ms = self._least_ms(job, state.region)
                if not state.running and 0 < state.eta_p50_ms < CLOCKS_AGREE * least_ms:
                    said = f"region {state.region} of job {job.id} ends in {state.eta_p50_ms} ms"
                    raise Violation(f"{said}, and an item takes {least_ms:.0f}")

    def _least_ms(self, job: Job, region: int) -> float:
        assert job.program is not None
        return self._jobs[job.program.argv[0]].regions[job.regions[region].site].least_ms


def _blobs_of(record: Record) -> list[str]:
    match record:
        case ChunkKept(values_hash=hash, values=None):
            return [hash]
        case RegionOpened(captures_hash=hash, captures=None, sizes=(size, _, _)) if size > wire.INLINE_BYTES_MAX:
            return [hash]
        case JobSubmitted(program=program):
            named = contents_of_program(msgspec.msgpack.decode(program, type=wire.Program))
            return [one.hash for one in named if one.data is None]
        case JobEnded(files=told):
            end = msgspec.msgpack.decode(told, type=wire.Ended)
            return [one.hash for one in (end.stdout, *(file.content for file in end.files)) if one.data is None]
        case _:
            return []
