"""What all conversations of the distributor share: the jobs, the scheduler, and the two ways out, the journal and the
post.

`record` is the only way to change a job, `tell` the only way to the scheduler; both are used by everybody who handles
a message. Everything here runs in the hub's thread and nothing waits, so a handler sees no half-done state of another.
"""

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gevent.event import Event

from marx.core.answers import RegionState
from marx.core.events import DriverEnded, Verdict
from marx.core.events import Event as CoreEvent
from marx.core.scheduler import Scheduler
from marx.distributor import leases
from marx.distributor.connections import Connection, Connections
from marx.distributor.followers import Followers
from marx.distributor.giving import Giving
from marx.distributor.job import Job
from marx.distributor.jobs import Jobs
from marx.distributor.leases import ChunkLeases
from marx.distributor.log import Log, Seldom
from marx.distributor.outbox import Outbox
from marx.distributor.perform import perform
from marx.distributor.post import Post
from marx.distributor.sessions import Session
from marx.distributor.settings import DistributorSettings
from marx.distributor.stories import WorkerStories
from marx.distributor.validity import Fault
from marx.journal.blobs import BlobStore
from marx.journal.passing import Passing
from marx.journal.records import JobNoted, Record, WorkerForgotten, WorkerNoted
from marx.link.router import Peer
from marx.wire import messages as wire

if TYPE_CHECKING:
    from marx.distributor.mail_settings import MailSettings

NOTE_LENGTH_MAX = 500
NOTES_OF_JOB = 200
"""Beyond `notes_max`: its driver begins a few times, and workers leave."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the distributor uses it: `now_ms` never runs backwards and decides, `wall_ms` is for people."""

    now_ms: Callable[[], int]
    wall_ms: Callable[[], int]


@dataclass(slots=True, kw_only=True)
class Shell:
    """One distributor's state. `rearm` and `wake_followers` tell its greenlets that there may be something to do."""

    settings: DistributorSettings
    scheduler: Scheduler
    outbox: Outbox
    post: Post
    blobs: BlobStore
    passing: Passing
    """What belongs to calls, in front of the blobs."""
    log: Log
    clock: Clock
    rearm: Callable[[], None]
    wake_followers: Callable[[], None]
    connections: Connections
    giving: Giving
    choice: Callable[[str], str] = secrets.choice
    """Picks one character, for a job's id."""
    jobs: Jobs = field(default_factory=Jobs)
    leases: ChunkLeases = field(default_factory=ChunkLeases)
    followers: Followers = field(default_factory=Followers)
    sessions: dict[str, Session] = field(default_factory=dict)
    """The open ones, by job."""
    refusals: Seldom = field(default_factory=lambda: Seldom(pause_ms=60_000))
    counts: Counter[str] = field(default_factory=Counter)
    """Things that happen and need no answer: stale messages, protocol errors, bugs."""
    stories: WorkerStories = field(default_factory=WorkerStories)
    times_changed: Event = field(default_factory=Event)
    """There is another scheduled job."""
    mail: MailSettings | None = None
    """None: this distributor sends no mail."""
    mail_changed: Event = field(default_factory=Event)
    """There is mail to send."""
    _told: deque[tuple[CoreEvent, wire.ChunkDone | None]] = field(default_factory=deque)
    _telling: bool = False
    _wall_ahead_ms: int = field(init=False)

    def __post_init__(self) -> None:
        self._wall_ahead_ms = self.clock.wall_ms() - self.clock.now_ms()

    def steady_wall_ms(self) -> int:
        """The time of the wall as it was set at our start: what is thrown away by age must not hang on a later step."""
        return self.clock.now_ms() + self._wall_ahead_ms

    def record(self, record: Record) -> None:
        """To the journal, and to memory by the same function that replay uses."""
        self.outbox.append(record)
        self.apply(record)

    def apply(self, record: Record) -> None:
        """A record that is in the journal, or on its way there, to the jobs or to the stories of workers."""
        if isinstance(record, (WorkerNoted, WorkerForgotten)):
            self.stories.apply(record)
        else:
            self.jobs.apply(record)

    def tell(self, event: CoreEvent, outcome: wire.ChunkDone | None = None) -> None:
        """The event to the scheduler, its instructions to the world; events that they cause come after them."""
        self._told.append((event, outcome))
        if self._telling:
            return
        self._telling = True
        try:
            while self._told:
                one, its_outcome = self._told.popleft()
                for instruction in self.scheduler.handle(one, self.clock.now_ms()):
                    perform(self, instruction, its_outcome)
        finally:
            self._telling = False
        self.rearm()

    def say_to_worker(self, worker: str, *messages: wire.AnyMessage) -> None:
        """To a worker where it is connected. If it is not, its leases run out, or it greets and is told anew."""
        row = self.connections.worker(worker)
        if row is not None:
            self.post.say(row.peer, *messages)

    def acknowledge(self, worker: str, lease: int) -> None:
        """The worker may forget the outcome of a chunk. It does not wait for that, so the word may."""
        row = self.connections.worker(worker)
        if row is not None:
            self.post.say_unhurried(row.peer, wire.Acked(lease))

    def refuse(self, row: Connection, fault: Fault, about: str = "") -> None:
        self.post.say(row.peer, wire.Refused(fault.code, fault.reason, fault.fix, about))

    def note(self, job: Job, about: str, text: str, *, again: bool = False) -> None:
        """A line of a live job's story, for people: kept as long as the job is. However many there are of its chunks,
        there is room for those of the job itself."""
        most = self.settings.notes_max + (0 if "/" in about else NOTES_OF_JOB)
        if job.end is None and job.noted < most:
            self.record(JobNoted(job.id, about, text[:NOTE_LENGTH_MAX], self.clock.wall_ms(), again))

    def remember(self, about: str, text: str, *, again: bool = False) -> None:
        """What the scheduler said of a job, a chunk or a worker."""
        job = self.jobs.get(about.partition("/")[0])
        if job is not None:
            self.note(job, about, text, again=again)
        elif self.connections.knows(about):
            key = self.connections.user_of(about)
            for record in self.stories.noted(about, text[:NOTE_LENGTH_MAX], self.clock.wall_ms(), key):
                self.record(record)

    def heard_ms(self, peer: Peer) -> int:
        """When a peer was last heard of; 0 where it is gone."""
        row = self.connections.find(peer)
        return row.heard_ms if row is not None else 0

    def story(self, about: str, text: str, fields: Mapping[str, str | int] | None = None) -> None:
        self.log(about, text, fields or {})

    def missing(self, *contents: wire.Content | None, passing: bool = False) -> list[wire.Content]:
        """The contents whose bytes are neither in the message nor here; what only passes by may be in memory."""
        store = self.passing if passing else self.blobs
        named = [one for one in contents if one is not None and one.data is None]
        return [one for one in named if not store.has(one.hash)]

    def fail_job(self, job: Job, reason: str) -> None:
        """The job cannot go on, whatever its driver thinks."""
        self.end_driver(job, "failed", reason)

    def end_driver(self, job: Job, verdict: Verdict, reason: str) -> None:
        """The current driver attempt ends by our word: it is stopped, and the scheduler told how it ended."""
        driver = job.driver
        if driver is None:
            return
        lease = leases.of_driver(job.id, driver.number, driver.attempt)
        self.say_to_worker(driver.worker, wire.Stop(leases.to_wire(lease)))
        self.note_requeues(job)
        self.story(job.id, f"driver ended: {reason}", {"worker": driver.worker, "attempt": driver.attempt})
        self.tell(DriverEnded(driver.worker, lease, verdict, reason))

    def region_states(self, job: Job) -> list[RegionState]:
        """The scheduler's word on the job's regions; nothing of a job that has ended."""
        return self.scheduler.regions(job.id) if job.end is None else []

    def note_requeues(self, job: Job) -> None:
        """The scheduler forgets closed regions; the report at the job's end does not. Sessions drop theirs sooner."""
        requeued = self.scheduler.requeued(job.id) if job.end is None else {}
        for number, times in requeued.items():
            region = job.regions.get(number)
            if region is not None:
                region.requeued = max(region.requeued, times)
