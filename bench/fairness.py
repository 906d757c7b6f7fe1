"""Whether users of one lab get fair shares: the real scheduler on simulated time (simulated.py).

    python bench/fairness.py [--hours 24] [--seed 1]

First a user with a day of work in the queue, and another who comes ten minutes later with a minute of it: when is that
over? Then a long time of mixed users: some always want more than there is, with jobs of all shapes, others come with
a little now and then. Of those who want more, what each has used (half of it forgotten every ten minutes, as the
scheduler counts) is compared by Jain's index: 1 if all have the same, 1/n if one has everything.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from random import Random
from statistics import median, quantiles

from simulated import Lab, Settings, Work

WORKERS = 8
SLOTS = 2
MINUTE_MS = 60_000.0
HOUR_MS = 60 * MINUTE_MS
MINUTES_MAX = 3.0
"""What a minute of work may take beside a day of somebody else's."""
INDEX_MIN = 0.95
SETTLED_MS = 40 * MINUTE_MS
"""Four half-lives after the first one came nothing is left of who came first."""

Shape = Callable[[Random], list[float]]


def work_of(lab_ms: float, item_ms: float) -> list[float]:
    """As many items as take the whole lab so long, some half as long as others."""
    return [item_ms * (0.7 + 0.6 * (at % 11) / 10) for at in range(ceil(lab_ms * WORKERS * SLOTS / item_ms))]


QUEUES: dict[str, list[list[float]]] = {
    "one job of half a second an item": [work_of(24 * HOUR_MS, 500)],
    "one job of a minute an item": [work_of(24 * HOUR_MS, MINUTE_MS)],
    "a hundred jobs": [work_of(24 * HOUR_MS / 100, 2_000) for _ in range(100)],
}
"""A day of work, in several ways."""

HEAVY: dict[str, Shape] = {
    "tiny jobs": lambda chance: [2_000.0] * chance.randint(5, 40),
    "long items": lambda chance: [chance.uniform(30_000, 120_000) for _ in range(200)],
    "one job for ever": lambda chance: [chance.expovariate(1 / 8_000) for _ in range(20_000)],
    "skewed items": lambda chance: [chance.lognormvariate(8.5, 1.2) for _ in range(500)],
    "items for a slot each": lambda chance: [chance.uniform(5_000, 60_000) for _ in range(16)],
}
"""What users ask for who always want more than there is."""
AT_A_TIME = 3
"""Jobs that each of them has in the queue."""
LIGHT = 4
"""Users who come with a minute of work now and then."""


def new_lab() -> Lab:
    lab = Lab()
    for number in range(WORKERS):
        lab.join(f"w{number}", slots=SLOTS)
    return lab


def minutes_beside(queue: list[list[float]]) -> float:
    """How long a minute of work takes that comes ten minutes after another user's day of it."""
    lab = new_lab()
    for number, costs in enumerate(queue):
        lab.submit(Work(f"day{number}", "ann", costs))
    minute = Work("minute", "bob", work_of(MINUTE_MS, 500))
    lab.at(10 * MINUTE_MS, partial(lab.submit, minute))
    lab.run_until(lambda: minute.ended_ms >= 0)
    return (minute.ended_ms - minute.submitted_ms) / MINUTE_MS


@dataclass(slots=True)
class Usage:
    """Slot time by user, of which half is forgotten every half-life."""

    half_life_ms: float = float(Settings().half_life_ms)
    used: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _at_ms: float = 0.0

    def add(self, user: str, slot_ms: float) -> None:
        self.used[user] += slot_ms

    def decay(self, now_ms: float) -> None:
        kept = 0.5 ** ((now_ms - self._at_ms) / self.half_life_ms)
        self._at_ms = now_ms
        for user in self.used:
            self.used[user] *= kept


class Term:
    """A long time of mixed users, looked at every minute."""

    def __init__(self, seed: int) -> None:
        self.lab = new_lab()
        self.chance = Random(seed)
        self.usage = Usage()
        self.indices: list[float] = []
        self.light: list[Work] = []
        self._numbers = iter(range(1 << 60))

    def run(self, hours: float) -> None:
        self.lab.served = lambda work, slot_ms: self.usage.add(work.user, slot_ms)
        for user in HEAVY:
            for _ in range(AT_A_TIME):
                self.lab.at(self.chance.uniform(0, MINUTE_MS), partial(self._next_job, user))
        for number in range(LIGHT):
            self._come_back(f"light{number}")
        self.lab.at(MINUTE_MS, self._look)
        self.lab.run_until(lambda: self.lab.now_ms >= hours * HOUR_MS)

    def slowdowns(self) -> Iterator[float]:
        """The time of each ended job of a light user, against what the idle lab takes."""
        for work in self.light:
            if work.ended_ms >= 0:
                yield (work.ended_ms - work.submitted_ms) / (sum(work.costs) / (WORKERS * SLOTS))

    def _next_job(self, user: str) -> None:
        """The next one comes when this one has ended."""
        work = self._work(user, HEAVY[user](self.chance))

        def look() -> None:
            if not work.left:
                self.lab.at(self.lab.now_ms + 1, partial(self._next_job, user))

        work.kept = look
        self.lab.submit(work)

    def _come_back(self, user: str) -> None:
        self.lab.at(self.lab.now_ms + self.chance.expovariate(1 / (30 * MINUTE_MS)), partial(self._comes, user))

    def _comes(self, user: str) -> None:
        work = self._work(user, work_of(self.chance.uniform(0.3, 1.0) * MINUTE_MS, 1_000))
        self.light.append(work)
        self.lab.submit(work)
        self._come_back(user)

    def _work(self, user: str, costs: list[float]) -> Work:
        return Work(f"job{next(self._numbers)}", user, costs)

    def _look(self) -> None:
        self.usage.decay(self.lab.now_ms)
        if self.lab.now_ms >= SETTLED_MS:
            self.indices.append(jain([self.usage.used[user] for user in HEAVY]))
        self.lab.at(self.lab.now_ms + MINUTE_MS, self._look)


def jain(shares: list[float]) -> float:
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    kept = True
    for name, queue in QUEUES.items():
        minutes = minutes_beside(queue)
        kept = kept and minutes <= MINUTES_MAX
        print(f"a minute of work beside a day of it, {name}: {minutes:.2f} minutes", flush=True)
    term = Term(given.seed)
    term.run(given.hours)
    tenth, *_ = quantiles(term.indices, n=10)
    print(f"Jain's index over {given.hours:g} h, each minute: median {median(term.indices):.3f}, ", end="")
    print(f"nine of ten above {tenth:.3f}, lowest {min(term.indices):.3f}")
    slow = sorted(term.slowdowns())
    print(f"{len(slow)} jobs of light users took {median(slow):.2f} of the idle lab's time, at most {slow[-1]:.2f}")
    return int(not (kept and median(term.indices) >= INDEX_MIN))


if __name__ == "__main__":
    sys.exit(main())
