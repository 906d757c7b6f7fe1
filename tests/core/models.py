"""What the model lab consists of: jobs and regions as a shell's journal knows them, and workers with their own mind."""

from __future__ import annotations

from dataclasses import dataclass, field

from marx.core.events import ChunkEnded, DriverEnded, Event, Held, Lease, RegionOpened
from marx.core.instructions import FinishJob
from marx.core.ranges import Ranges


@dataclass
class ModelRegion:
    """What the shell knows of a region: its journal. `items` that have arrived at the driver are `there`."""

    number: int
    count: int
    item_ms: float
    kept: set[int] = field(default_factory=set)
    given_up: set[int] = field(default_factory=set)


@dataclass
class ModelJob:
    name: str
    user: str
    python: str
    regions: list[ModelRegion]
    cancelled: bool = False
    end: FinishJob | None = None
    driver: Lease | None = None
    """The lease that the shell knows as the driver's."""
    at: RegionOpened | None = None
    """The region that this driver waits in."""
    opened: dict[int, RegionOpened] = field(default_factory=dict)
    """What the journal has of open regions."""


@dataclass
class ModelWorker:
    """One worker process. It takes chunks in order and knows nothing of the scheduler but what arrives."""

    name: str
    slots: int
    seats: int
    python: str
    alive: bool = False
    hangs: bool = False
    process: int = 0
    connection: int = 0
    arrives_ms: int = 0
    """When the last message to it arrives: the next does not overtake it."""
    seen: int = 0
    drivers: dict[int, Lease] = field(default_factory=dict)
    chunks: dict[int, Held] = field(default_factory=dict)
    running: set[int] = field(default_factory=set)
    unacknowledged: dict[int, tuple[Held, ChunkEnded]] = field(default_factory=dict)
    undelivered: list[Event] = field(default_factory=list)
    """Words of drivers that are said again after a reconnect if they have not arrived."""
    sick: bool = False

    def holds(self) -> tuple[Held, ...]:
        """What it runs, and what it has outcomes of that may not have arrived."""
        ended = [Held(word.lease) for word in self.undelivered if isinstance(word, DriverEnded)]
        drivers = [Held(lease) for lease in self.drivers.values()]
        return (*drivers, *ended, *self.chunks.values(), *(held for held, _ in self.unacknowledged.values()))


def ranges(items: set[int]) -> tuple[tuple[int, int], ...]:
    merged = Ranges()
    for item in items:
        merged.include(item, item + 1)
    return tuple(merged)
