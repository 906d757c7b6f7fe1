"""Plays events to a scheduler and holds every answer to the laws that a shell relies on.

After each event the scheduler checks its own collections, and the `Witness` what was said so far: it keeps its own
books, from the events and instructions alone, and so notices what two consistent collections can still get wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from marx.core.events import (
    DRIVER,
    ChunkEnded,
    DriverEnded,
    Event,
    GrantUnsent,
    JobSubmitted,
    Lease,
    RegionClosed,
    Tick,
    Verdict,
    WorkerBeat,
    WorkerJoined,
    WorkerReady,
)
from marx.core.instructions import (
    DropOutcome,
    FinishJob,
    GiveUpItems,
    GrantChunk,
    GrantDriver,
    Instruction,
    KeepOutcome,
    StopAttempt,
)
from marx.core.scheduler import Scheduler, Settings

Answer = list[Instruction]


def number(n: int, epoch: int = 1) -> int:
    """The n-th lease number of an epoch."""
    return (epoch << 40) + n


MS = 1_000_000
"""In nanoseconds, as costs are."""
SECOND = 1_000 * MS


def driver(n: int, job: str = "job", attempt: int = 1, epoch: int = 1) -> Lease:
    return Lease(number(n, epoch), job, DRIVER, DRIVER, attempt)


def chunk(n: int, chunk: int, attempt: int = 1, job: str = "job", region: int = 0, epoch: int = 1) -> Lease:
    return Lease(number(n, epoch), job, region, chunk, attempt)


@dataclass
class Witness:
    """What must be true of every answer."""

    said: dict[str, list[int]] = field(default_factory=dict)
    """How many chunks and drivers each worker takes, less the grants that it has not seen: [chunks, drivers]."""
    granted: dict[int, tuple[str, Lease]] = field(default_factory=dict)
    unseen: dict[str, list[Lease]] = field(default_factory=dict)
    kept: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    given_up: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    listed: set[int] = field(default_factory=set)
    """Leases that were in a heartbeat."""

    def hears(self, event: Event) -> None:
        if isinstance(event, WorkerJoined):
            self.said[event.worker], self.unseen[event.worker] = [0, 0], []
        elif isinstance(event, WorkerReady) and event.worker in self.said:
            unseen = [lease for lease in self.unseen[event.worker] if lease.number > event.seen]
            drivers = sum(lease.chunk == DRIVER for lease in unseen)
            self.unseen[event.worker] = unseen
            self.said[event.worker] = [event.chunks - (len(unseen) - drivers), event.drivers - drivers]
        elif isinstance(event, GrantUnsent):
            self._never_arrived(event.worker, event.lease)
        elif isinstance(event, WorkerBeat):
            self.listed.update(event.leases)
        elif isinstance(event, RegionClosed):
            # Should a later driver open it again, all that is not done is tried again.
            self.given_up.pop((event.lease.job, event.region), None)

    def sees(self, event: Event, answer: Answer) -> None:
        for instruction in answer:
            match instruction:
                case GrantDriver() | GrantChunk():
                    self._grant(instruction)
                case KeepOutcome():
                    self._kept(instruction)
                case GiveUpItems(job, region, start, stop):
                    items = set(range(start, stop))
                    assert not items & self.kept.get((job, region), set()), "items were given up that had been kept"
                    self.given_up.setdefault((job, region), set()).update(items)
                case StopAttempt(worker, lease, reason):
                    assert self.granted.get(lease.number, (worker, lease)) == (worker, lease)
                    if reason == "the lease ended":
                        self._never_arrived(worker, lease)
                case FinishJob(job):
                    assert job not in self.finished, f"{job} finished twice"
                    self.finished.add(job)
        self._answered(event, answer)

    def _grant(self, grant: GrantDriver | GrantChunk) -> None:
        lease, worker = grant.lease, grant.worker
        assert lease.number > max(self.granted, default=0), "a lease number was not the highest so far"
        assert lease.job not in self.finished, f"a lease of {lease.job}, which has finished"
        kind = 1 if lease.chunk == DRIVER else 0
        self.said[worker][kind] -= 1
        assert self.said[worker][kind] >= 0, f"{worker} was granted more than it said it takes"
        self.granted[lease.number] = (worker, lease)
        self.unseen[worker].append(lease)

    def _never_arrived(self, worker: str, lease: Lease) -> None:
        """A grant that was not sent, or neither listed nor seen in all its time, is lost and counts no more."""
        if lease.number not in self.listed and lease in self.unseen[worker]:
            self.unseen[worker].remove(lease)
            self.said[worker][1 if lease.chunk == DRIVER else 0] += 1

    def _kept(self, keep: KeepOutcome) -> None:
        place = (keep.lease.job, keep.lease.region)
        items = set(range(keep.start, keep.stop))
        assert not items & self.kept.get(place, set()), "items were kept twice"
        assert not items & self.given_up.get(place, set()), "items were kept that had been given up"
        self.kept.setdefault(place, set()).update(items)

    @staticmethod
    def _answered(event: Event, answer: Answer) -> None:
        outcomes = [word for word in answer if isinstance(word, KeepOutcome | DropOutcome)]
        if isinstance(event, ChunkEnded):
            assert [(word.worker, word.lease) for word in outcomes] == [(event.worker, event.lease)]
        elif isinstance(event, DriverEnded):
            ends = [word for word in answer if isinstance(word, FinishJob)]
            assert len(outcomes) + len(ends) == 1
        else:
            assert not outcomes


class Play:
    """A scheduler under test. `at` is the time of the last event."""

    def __init__(self, settings: Settings | None = None, epoch: int = 1) -> None:
        self.scheduler = Scheduler(settings or Settings(), epoch)
        self.witness = Witness()
        self.at = 0

    def tell(self, event: Event, at: int | None = None) -> Answer:
        """What the scheduler answers to the event, at this time or at that of the event before."""
        self.at = self.at if at is None else at
        self.witness.hears(event)
        answer = self.scheduler.handle(event, self.at)
        self.scheduler.check()
        self.witness.sees(event, answer)
        return answer

    def tick_until(self, at: int) -> Answer:
        """Ticks whenever one is due, up to this time."""
        answer: Answer = []
        while (due := self.scheduler.next_deadline_ms()) is not None and due <= at:
            answer += self.tell(Tick(), max(due, self.at))
        self.at = at
        return answer


def with_driver(settings: Settings | None = None, workers: str = "ab", slots: int = 1) -> Play:
    """Worker `a` (and others) joined, and the job's driver, lease 1, was granted to `a`. No credit for chunks yet."""
    play = Play(settings)
    for name in workers:
        play.tell(WorkerJoined(name, slots, 2, "3.11.7"))
    play.tell(JobSubmitted("job", "ann", "3.11"))
    assert play.tell(WorkerReady("a", 0, 1, 0)) == [GrantDriver("a", driver(1), slots * len(workers))]
    return play


def grants(answer: Answer) -> list[GrantChunk]:
    return [word for word in answer if isinstance(word, GrantChunk)]


def ended(grant: GrantChunk, wall_ns: int = SECOND) -> ChunkEnded:
    return ChunkEnded(grant.worker, grant.lease, "done", wall_ns)


def fail(play: Play, grant: GrantChunk, verdict: Verdict, reason: str = "") -> Answer:
    return play.tell(ChunkEnded(grant.worker, grant.lease, verdict, MS, reason))
