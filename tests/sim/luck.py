"""Which kinds of bad luck a seed has (swarm testing): each run has some of them and not the others.

A lab in which everything goes wrong at once finds less than many labs in each of which a few things do: two faults may
hide one another.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random

TROUBLE_MS = 9_000
HEALED_MS = 240_000
"""Within so much time after the last fault every job must have ended: the time for a region that one slow worker does
alone, and a few leases."""


@dataclass(frozen=True, slots=True)
class Luck:
    """Likelihoods of what happens to one message or attempt, and how often what happens to the lab happens in a run."""

    latency_ms: tuple[int, int]
    repeats: float = 0.0
    no_room: float = 0.0
    late_tails: bool = False
    drops: int = 0
    partitions: int = 0
    restarts: int = 0
    worker_kills: int = 0
    mass_losses: int = 0
    freezes: int = 0
    come_and_go: bool = False
    gone_for_good: bool = False
    slow_workers: bool = False
    stalls: float = 0.0
    bad_verdicts: float = 0.0
    sick_workers: bool = False
    driver_kills: int = 0
    driver_returns: int = 0
    full_disks: int = 0
    slow_disk: bool = False
    wall_steps: int = 0
    drift: float = 0.0
    cancels: int = 0
    tasker_kills: int = 0
    deadly_items: bool = False
    large_values: bool = False
    mails: bool = False
    mail_outages: int = 0
    sessions: bool = False
    caller_kills: bool = False

    @property
    def calm(self) -> bool:
        """Nothing goes wrong but that some items kill: nobody may have to compute any others in place."""
        return self == Luck(self.latency_ms, slow_workers=self.slow_workers, deadly_items=self.deadly_items)

    @property
    def deadly(self) -> bool:
        """Something may end jails, or leases, so that a chunk of innocent items is parked."""
        killing = (self.worker_kills, self.mass_losses, self.freezes, self.partitions, self.bad_verdicts, self.stalls)
        return any(killing) or self.come_and_go or self.sick_workers

    def named(self) -> str:
        return " ".join(
            f"{one.name}={getattr(self, one.name)}" for one in fields(self) if getattr(self, one.name) != one.default
        )


def draw(chance: Random) -> Luck:
    """The luck of one run: about a third of the kinds each time."""

    def some(low: int, high: int) -> int:
        return chance.randint(low, high) if chance.random() < 0.33 else 0

    def rarely(most: float) -> float:
        return chance.uniform(0, most) if chance.random() < 0.33 else 0.0

    def maybe(likelihood: float) -> bool:
        return chance.random() < likelihood

    latency_ms = chance.choice([(0, 2), (1, 30), (1, 30), (5, 300)])
    if maybe(0.1):
        return Luck(latency_ms, slow_workers=maybe(0.5), deadly_items=True)
    return Luck(
        latency_ms=latency_ms,
        repeats=rarely(0.1),
        no_room=rarely(0.02),
        late_tails=maybe(0.33),
        drops=some(1, 6),
        partitions=some(1, 3),
        restarts=some(1, 4),
        worker_kills=some(1, 6),
        mass_losses=some(1, 2),
        freezes=some(1, 3),
        come_and_go=maybe(0.15),
        gone_for_good=maybe(0.15),
        slow_workers=maybe(0.33),
        stalls=rarely(0.04),
        bad_verdicts=rarely(0.2),
        sick_workers=maybe(0.15),
        driver_kills=some(1, 2),
        driver_returns=some(1, 4),
        full_disks=some(1, 2),
        slow_disk=maybe(0.2),
        wall_steps=some(1, 4),
        drift=rarely(0.05),
        cancels=1 if maybe(0.12) else 0,
        tasker_kills=some(1, 3),
        deadly_items=maybe(0.15),
        large_values=maybe(0.2),
        mails=maybe(0.25),
        mail_outages=some(1, 3),
        sessions=maybe(0.25),
        caller_kills=maybe(0.1),
    )
