"""What a worker knows of its leases, and what it says about them. Pure: no sockets, no clock, no jails.

A lease goes through the phases of `NEXT`; what is not in that table raises and changes nothing. The session decides
the credit to announce, which chunk a free slot takes, what is sent again after a reconnect, and which outcomes still
matter. Its shell (daemon.py) moves the bytes and owns the jails. The rule that a change must keep: an outcome is
forgotten only when the distributor said `Acked` or `Stop`, and a lease that is not held any more has no outcome.

    LeaseChunk ─► fetching ─► queued ─► running ─► finished ─► Acked: forgotten
                     └───────────┴─────────┼── Returned: forgotten
                                           └► stopping ─► forgotten
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from marx.wire.messages import AnyMessage, ChunkDone, DriverDone, Lease, Ready, Returned

PREFETCH = 2
"""Chunks held beyond the free slots: enough to hide a round trip, too few to starve another worker's idle slot."""
UNACKED_MAX = 256
"""Outcomes kept while the distributor cannot acknowledge (disk full, restart); beyond it no credit is announced."""
DRIVER = -1
"""`Lease.chunk` of a driver."""

Report = ChunkDone | DriverDone
"""An outcome in the words of the wire, on its way to the distributor."""


class Phase(StrEnum):
    """Where a lease is: its blobs are fetched, it waits for a slot, it runs, its outcome waits to be acknowledged."""

    FETCHING = "fetching"
    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    FINISHED = "finished"


NEXT: dict[Phase, frozenset[Phase]] = {
    Phase.FETCHING: frozenset({Phase.QUEUED}),
    Phase.QUEUED: frozenset({Phase.RUNNING}),
    Phase.RUNNING: frozenset({Phase.STOPPING, Phase.FINISHED}),
    Phase.STOPPING: frozenset(),
    Phase.FINISHED: frozenset(),
}
"""Every step that a lease can take here; a lease can be forgotten in any phase."""


class WrongPhase(Exception):
    """The shell asked for a step that is not in `NEXT`: a bug of ours, with the lease that shows it."""


@dataclass(slots=True)
class _Held:
    lease: Lease
    batch: int
    phase: Phase = Phase.FETCHING
    outcome: Report | None = None


def same(one: Lease, other: Lease) -> bool:
    """Whether both name the same attempt. A chunk's items are told for convenience and do not count."""
    return replace(one, start=0, stop=0) == replace(other, start=0, stop=0)


class Session:
    """The leases of one worker, from their arrival to their acknowledgement."""

    def __init__(self, slots: int, seats: int, prefetch: int = PREFETCH) -> None:
        self.slots = slots
        self.seats = seats
        self.prefetch = prefetch
        self.draining = False
        self.seen = 0
        self.chunks_begun = 0
        self.drivers_begun = 0
        self._held: dict[int, _Held] = {}
        self._told = Ready(chunks=0, drivers=0, seen=0)

    # --- what came --------------------------------------------------------------------------------------------

    def receive(self, lease: Lease, batch: int) -> bool | Returned:
        """A lease arrived, in the how-many-th batch. True: new; False: held already; or the refusal to send."""
        if lease.number in self._held:
            return False
        self.seen = max(self.seen, lease.number)
        self._spend_credit(lease)
        if self.draining:
            return Returned(lease=lease, reason="the worker is draining")
        if lease.chunk == DRIVER and self._occupied(drivers=True) >= self.seats:
            return Returned(lease=lease, reason="no driver seat is free")
        self._held[lease.number] = _Held(lease, batch)
        return True

    def acked(self, number: int) -> Report | None:
        """The outcome is kept by the distributor. Returns what is forgotten, None if nothing waited for this word."""
        held = self._held.get(number)
        if held is None or held.phase is not Phase.FINISHED:
            return None
        del self._held[number]
        return held.outcome

    def stop(self, lease: Lease) -> Phase | None:
        """Nobody wants this lease's outcome. Returns its phase; `RUNNING` means that the shell must end the attempt.

        An outcome that is there already goes the usual way: the distributor drops and acknowledges it.
        """
        held = self._held.get(lease.number)
        if held is None or not same(held.lease, lease) or held.phase in (Phase.STOPPING, Phase.FINISHED):
            return None
        before = held.phase
        if before is Phase.RUNNING:
            self._step(held, Phase.STOPPING)
        else:
            del self._held[lease.number]
        return before

    def restore(self, outcome: Report) -> None:
        """An outcome that an earlier run of the worker left, and that nobody acknowledged."""
        self._held[outcome.lease.number] = _Held(outcome.lease, 0, Phase.FINISHED, outcome)

    # --- what the shell did -----------------------------------------------------------------------------------

    def fetched(self, number: int) -> bool:
        """All that the lease needs is on this host. False if it was stopped or returned meanwhile."""
        held = self._held.get(number)
        if held is None:
            return False
        self._step(held, Phase.QUEUED)
        return True

    def next_chunk(self, jobs: Container[str]) -> Lease | None:
        """The chunk that a free slot runs now: the longest waiting, among those of one batch rather one of `jobs`."""
        queued = [held for held in self._held.values() if held.phase is Phase.QUEUED and held.lease.chunk != DRIVER]
        if not queued:
            return None
        first = queued[0].batch
        equals = [held for held in queued if held.batch == first]
        chosen = next((held for held in equals if held.lease.job in jobs), equals[0])
        self._step(chosen, Phase.RUNNING)
        self.chunks_begun += 1
        return chosen.lease

    def start(self, number: int) -> None:
        """A driver whose files are here begins to run."""
        self._step(self._held[number], Phase.RUNNING)
        self.drivers_begun += 1

    def finish(self, outcome: Report) -> bool:
        """An attempt ended. True: the outcome is to be sent, and is kept until acknowledged. False: it was stopped."""
        held = self._held.get(outcome.lease.number)
        if held is None or held.phase is Phase.STOPPING:
            self._held.pop(outcome.lease.number, None)
            return False
        self._step(held, Phase.FINISHED)
        held.outcome = outcome
        return True

    def revise(self, outcome: Report) -> Report:
        """An outcome that waits is another one after all: what belongs to it could not be sent."""
        held = self._held.get(outcome.lease.number)
        if held is not None and held.outcome is not None:
            held.outcome = outcome
        return outcome

    def give_back(self, lease: Lease, reason: str) -> list[Returned]:
        """The lease cannot be run here. Silent if it was stopped; a lost word is made good by its deadline."""
        held = self._held.pop(lease.number, None)
        if held is None or held.phase is Phase.STOPPING:
            return []
        return [Returned(lease=lease, reason=reason)]

    def drain(self) -> list[Returned]:
        """From now on nothing new: what waits is given back, what runs goes on."""
        self.draining = True
        waiting = [h.lease for h in self._held.values() if h.phase in (Phase.FETCHING, Phase.QUEUED)]
        return [word for lease in waiting for word in self.give_back(lease, "the worker is draining")]

    def leave(self) -> list[Returned]:
        """The worker goes at once: everything that has no outcome yet is given back."""
        self.draining = True
        unfinished = [h.lease for h in self._held.values() if h.phase is not Phase.FINISHED]
        return [word for lease in unfinished for word in self.give_back(lease, "the worker leaves")]

    # --- what is to be said -----------------------------------------------------------------------------------

    def holding(self) -> list[Lease]:
        """Leases for a Hello or a heartbeat: all that run, wait to run, or have an outcome that is not acknowledged."""
        return [held.lease for held in self._held.values() if held.phase is not Phase.STOPPING]

    def welcomed(self) -> list[AnyMessage]:
        """After each Welcome: outcomes that were not acknowledged, and the credit anew."""
        self._told = self._credit()
        return [*self.finished(), self._told]

    def news(self) -> Ready | None:
        """The credit, unless the distributor can work it out from what it was told and what it granted."""
        credit = self._credit()
        told = self._told
        if (credit.chunks, credit.drivers, credit.draining) == (told.chunks, told.drivers, told.draining):
            return None
        self._told = credit
        return credit

    def holds(self, number: int) -> bool:
        """Whether this lease is known here."""
        return number in self._held

    def outcome(self, number: int) -> Report | None:
        """The outcome of this lease as it is now; None if there is none yet, or it was acknowledged."""
        held = self._held.get(number)
        return None if held is None else held.outcome

    def idle(self) -> bool:
        """Nothing waits, runs, or is unacknowledged."""
        return not self._held

    def finished(self) -> list[Report]:
        """The outcomes that nobody acknowledged yet."""
        return [held.outcome for held in self._held.values() if held.outcome is not None]

    def computing(self) -> bool:
        """Something waits or runs: not all that is held is an outcome."""
        return any(held.phase is not Phase.FINISHED for held in self._held.values())

    # --- inside -----------------------------------------------------------------------------------------------

    def _credit(self) -> Ready:
        if self.draining:
            return Ready(chunks=0, drivers=0, seen=self.seen, draining=True)
        unacked = sum(held.phase is Phase.FINISHED for held in self._held.values())
        chunks = self.slots + self.prefetch - self._occupied(drivers=False)
        return Ready(
            chunks=max(0, min(chunks, UNACKED_MAX - unacked)),
            drivers=max(0, self.seats - self._occupied(drivers=True)),
            seen=self.seen,
        )

    def _spend_credit(self, lease: Lease) -> None:
        told = self._told
        if lease.chunk == DRIVER:
            self._told = replace(told, drivers=max(0, told.drivers - 1))
        else:
            self._told = replace(told, chunks=max(0, told.chunks - 1))

    def _occupied(self, *, drivers: bool) -> int:
        """Leases that take up room: until an attempt has ended, whether anybody still wants its outcome or not."""
        return sum(h.phase is not Phase.FINISHED and (h.lease.chunk == DRIVER) is drivers for h in self._held.values())

    def _step(self, held: _Held, phase: Phase) -> None:
        if phase not in NEXT[held.phase]:
            lease = held.lease
            raise WrongPhase(f"lease {lease.number} of job {lease.job} is {held.phase} and cannot become {phase}")
        held.phase = phase
