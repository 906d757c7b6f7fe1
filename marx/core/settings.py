"""The numbers that the scheduler decides by, each with its reason. Nothing else in `core` is a constant of policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in milliseconds. The defaults suit a lab on one local network."""

    lease_ms: int = 10_000
    """A worker or lease not heard of for so long is lost: several heartbeats, but less than a person's patience."""

    forget_ms: int = 24 * 3_600_000
    """How long a lost worker is still listed: until somebody has missed it, not for ever."""

    timeout_ms: int = 0
    """The longest a chunk may run where its job does not say; 0 is no limit, as plain Python has none."""

    grace_ms: int = 5_000
    """How long an interrupted program may take to print, write and end: as long as who pressed Ctrl-C waits."""

    retries: int = 2
    """Charged failures of a chunk after which its items are given up to the driver."""

    suspects: int = 3
    """Distinct workers that a chunk must die on before it is the chunk's fault, not theirs."""

    driver_kills: int = 3
    """Attempts at a driver that may kill their jail before the job fails."""

    setbacks: int = 12
    """Times that one chunk or driver may be handed back unrun: enough for a lab in trouble, but not for ever."""

    strikes: int = 3
    """Different chunks that must go wrong on a worker in a row before the worker is set aside."""

    target_ms: int = 500
    """What a chunk should take: long against a round trip, short against the wait for the last one."""

    first_ms: int = 100
    """The same while only the pilot's cost is known, which may be far off."""

    min_ms: int = 20
    """Smaller chunks would cost more to send than to run."""

    late_ratio: int = 2
    """A chunk that will go on for more than so many times what an idle worker would take for all of it is late."""

    look_ms: int = 250
    """How often the last leases of a region are looked at for stragglers, and how late one must be at least."""

    settle_ms: int = 10_000
    """How long a resumed job waits for its workers to come back before its work is granted anew. As long as a lease:
    on a busy machine they need seconds, and a driver that still runs is dear to begin anew."""

    half_life_ms: int = 600_000
    """Used slot time counts half after so long: today's heavy user is not behind for ever."""

    ageing_ms: int = 600_000
    """A job that wants something and gets nothing for so long rises by one priority."""

    patience: int = 10
    """Between two jobs of one user a millisecond of waiting outweighs so many milliseconds of expected work."""

    estimate_after: int = 4
    """Chunks that must be measured before a remaining time is said."""

    closed_kept: int = 256
    """Closed regions of a running job whose last state is still shown."""

    ended_kept: int = 10_000
    """Ended jobs whose state is still known here; the journal knows all."""
