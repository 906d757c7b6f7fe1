"""One chunk slot: takes a lease, has it computed in a jail of its job, says how that ended.

A slot has one jail for each of the few jobs it served last; a jail serves one job only, and is killed after any
fault, after a stop, and when its job had no chunk here for a while. All decisions about leases are the session's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container

import sandbox
from marx.inside import messages as inside
from marx.inside.messages import NS_MAX
from marx.wire.messages import PRINTED_BYTES_MAX, ChunkDone, Content, Lease, LeaseChunk, Program
from marx.wire.quantities import show_duration
from marx.worker import verdicts
from marx.worker.briefs import ChunkWork
from marx.worker.hearing import Nonsense, hear
from marx.worker.jails import WarmJails, end_jail
from marx.worker.loading import begin, hash_seed, load
from marx.worker.session import same
from marx.worker.settings import WorkerSettings
from marx.worker.stock import NoRoom, Stock
from marx.worker.verdicts import REASON_LENGTH_MAX, Ending

NextChunk = Callable[[Container[str], float | None], ChunkWork | None]
"""Waits up to so many seconds for a chunk, preferably of one of these jobs."""

DYING_S = 5.0
"""How long a jail that closed its channel may take to end; then it is killed without its word."""


class ChunkJail:
    """A jail that computes chunks of one job, and what it was told so far."""

    def __init__(self, jail: sandbox.Jail, owner_timeout_ms: int = 0) -> None:
        self.jail = jail
        self._owner_timeout_ms = owner_timeout_ms
        self.used_s = time.monotonic()
        self._regions: set[int] = set()

    def compute(self, work: ChunkWork, read: Callable[[Content], bytes]) -> inside.Ran:
        """Has a chunk computed. Raises `sandbox.Timeout` at its deadline, `Nonsense` for any answer but its outcome."""
        message, region = work.message, work.message.lease.region
        timeout_ms = shortest(message.timeout_ms, self._owner_timeout_ms)
        until_s = time.monotonic() + timeout_ms / 1000 if timeout_ms else None
        if region not in self._regions:
            self._send(inside.Captures(region, message.site, read(work.captures)), until_s)
            self._regions.add(region)
        self._send(_run(message, b"" if message.items is None else read(message.items)), until_s)
        answer = hear(self._receive(until_s))
        asked = (region, message.start, message.stop)
        if not isinstance(answer, inside.Ran) or (answer.region, answer.start, answer.stop) != asked:
            raise Nonsense(f"not the outcome of items {_items(message)}")
        self.used_s = time.monotonic()
        return answer

    def _send(self, message: inside.ToJail, until_s: float | None) -> None:
        self.jail.send(inside.encode(message), _left(until_s))

    def _receive(self, until_s: float | None) -> bytes:
        body = self.jail.receive(_left(until_s))
        if body is None:
            raise sandbox.JailDied("it closed its channel")
        return body


def shortest(*timeouts_ms: int) -> int:
    """The shortest of these; 0 is none."""
    return min(filter(None, timeouts_ms), default=0)


def _left(until_s: float | None) -> float | None:
    return None if until_s is None else max(0.0, until_s - time.monotonic())


def _run(message: LeaseChunk, items: bytes) -> inside.Run:
    return inside.Run(
        region=message.lease.region,
        start=message.start,
        stop=message.stop,
        range_start=message.range_start,
        range_step=message.range_step,
        offsets=message.offsets,
        data=items,
        job=message.lease.job,
        chunk=message.lease.chunk,
        attempt=message.lease.attempt,
    )


class Slot:
    """Runs one chunk at a time, for ever. `run` is the body of its greenlet. `number` counts the slots from 0."""

    def __init__(
        self,
        settings: WorkerSettings,
        warm: WarmJails,
        stock: Stock,
        next_chunk: NextChunk,
        ended: Callable[[ChunkWork, ChunkDone], None],
        number: int = 0,
    ) -> None:
        self._settings = settings
        self._cpus = settings.cpus_of(number)
        self._warm = warm
        self._stock = stock
        self._next_chunk = next_chunk
        self._ended = ended
        self._jails: dict[str, ChunkJail] = {}
        self._running: Lease | None = None
        self._stopped = False

    def run(self) -> None:
        """Never returns; ends by being killed, and then takes its jails along."""
        try:
            while True:
                work = self._next_chunk(self._jails, self._settings.jail_idle_s if self._jails else None)
                if work is not None:
                    self._ended(work, self._attempt(work))
                self._drop_idle()
        finally:
            for job in list(self._jails):
                self._drop(job)

    def stop(self, lease: Lease) -> bool:
        """Ends the attempt if it is this slot's: its jail dies, and the slot's own greenlet clears up."""
        if self._running is None or not same(self._running, lease):
            return False
        self._stopped = True
        jail = self._jails.get(lease.job)
        if jail is not None:
            end_jail(jail.jail)
        return True

    # --- one attempt --------------------------------------------------------------------------------------------------

    def _attempt(self, work: ChunkWork) -> ChunkDone:
        lease = work.message.lease
        self._running, self._stopped = lease, False
        started_ns = time.monotonic_ns()
        outcome = self._outcome(work)
        self._running = None
        if isinstance(outcome, Ending):
            self._drop(lease.job)
            wall_ns = time.monotonic_ns() - started_ns
            reason = outcome.reason[:REASON_LENGTH_MAX]
            return ChunkDone(lease=lease, verdict=outcome.verdict, wall_ns=wall_ns, cpu_ns=0, reason=reason)
        answer, values = outcome
        return ChunkDone(
            lease=lease,
            verdict="done",
            # The jail says what it likes; more time than has passed cannot have been taken.
            wall_ns=min(max(answer.wall_ns, 0), time.monotonic_ns() - started_ns),
            cpu_ns=min(max(answer.cpu_ns, 0), NS_MAX),
            values=values,
            unavailable=answer.unavailable,
            reason=answer.reason[:REASON_LENGTH_MAX],
            printed=answer.printed[:PRINTED_BYTES_MAX],
            checksum=answer.checksum,
        )

    def _outcome(self, work: ChunkWork) -> tuple[inside.Ran, Content] | Ending:
        """The chunk's outcome with its values, large ones on this host's disk. No room there is not its fault."""
        answer = self._compute(work)
        if isinstance(answer, Ending):
            return answer
        try:
            put = self._stock.put_passing if work.program.session else self._stock.put
            return answer, put(answer.values)
        except NoRoom as fault:
            return Ending("sandbox", reason=str(fault))

    def _compute(self, work: ChunkWork) -> inside.Ran | Ending:
        """The chunk's outcome, or how its jail ended."""
        message = work.message
        try:
            jail = self._jail_for(work)
        except (sandbox.SandboxError, OSError) as fault:
            return verdicts.of_no_jail(fault)
        if self._stopped:
            return Ending("killed", reason="stopped")
        try:
            return jail.compute(work, self._stock.read)
        except sandbox.Timeout:
            limit_ms = shortest(message.timeout_ms, self._settings.chunk_timeout_ms)
            return Ending("timeout", reason=f"not through with items {_items(message)} after {show_duration(limit_ms)}")
        except (Nonsense, sandbox.BadFrame) as fault:
            return Ending("failed", reason=f"its jail sent nonsense: {fault}")
        except sandbox.SandboxError:
            return how_it_died(jail.jail)

    # --- jails --------------------------------------------------------------------------------------------------------

    def _jail_for(self, work: ChunkWork) -> ChunkJail:
        """This slot's jail of the chunk's job, as it is or new. Raises `SandboxError`."""
        job = work.message.lease.job
        if job not in self._jails:
            self._make_room()
            self._jails[job] = ChunkJail(self._loaded(work.program), self._settings.chunk_timeout_ms)
        return self._jails[job]

    def _loaded(self, program: Program) -> sandbox.Jail:
        jail = self._warm.take(hash_seed(program))
        try:
            jail.load(load(program, self._stock.path, driver=False, cpus=self._cpus))
            role = "calls" if program.session else "chunk"
            jail.send(inside.encode(begin(program, role, self._settings, jail.place, tier=self._warm.tier)))
        except BaseException:
            self._warm.bury(jail)
            raise
        return jail

    def _make_room(self) -> None:
        while len(self._jails) >= self._settings.jails_per_slot:
            self._drop(min(self._jails, key=lambda job: self._jails[job].used_s))

    def _drop_idle(self) -> None:
        oldest_s = time.monotonic() - self._settings.jail_idle_s
        for job in [job for job, jail in self._jails.items() if jail.used_s < oldest_s]:
            self._drop(job)

    def _drop(self, job: str) -> None:
        jail = self._jails.pop(job, None)
        if jail is not None:
            self._warm.bury(jail.jail)


def how_it_died(jail: sandbox.Jail) -> Ending:
    """Asks a jail that closed its channel for its end. One that goes on without a channel is ended as hostile."""
    outcome = jail.wait(DYING_S)
    if outcome.verdict is sandbox.Verdict.TIMEOUT_WALL:
        return Ending("failed", reason="its jail closed the channel and went on")
    return verdicts.of_chunk(outcome)


def _items(message: LeaseChunk) -> str:
    return f"{message.start}..{message.stop - 1}"
