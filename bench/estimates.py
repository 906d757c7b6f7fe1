"""How true the estimates are: of many regions of many kinds, what was said along the work, and what came.

    python bench/estimates.py [--runs 8] [--seed 1]

The real scheduler on simulated time (simulated.py). Of calibrated estimates half of the ends come before the P50 and
nine of ten before the P90. Counted from a tenth of the work on, over all kinds together.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from math import log
from random import Random
from statistics import median

from simulated import Lab, Work

WORKERS = 8
SLOTS = 2
STEPS = 20
"""What is said is noted each time that a further one of so many parts of the work is done."""
FIRST = 2
"""So many of these parts must be done before it counts."""
WARM_MS = 900_000
"""So long the lab stood before the job came: workers came and went, and others computed, as they do later."""
HALF, NINE_OF_TEN = (0.45, 0.55), (0.87, 0.93)
ERROR_MAX = 0.10
"""The most that the median may be off at a tenth of the work."""


@dataclass(frozen=True, slots=True)
class Said:
    """At one moment of one run, in ms: what was said, and what came. `step` of `STEPS` parts were done."""

    step: int
    likely: float
    late: float
    came: float


@dataclass(slots=True)
class Notes:
    """What a region's estimates are while it runs."""

    lab: Lab
    work: Work
    rows: list[tuple[int, float, int, int]] = field(default_factory=list)
    step: int = 0

    def look(self) -> None:
        done = STEPS * (len(self.work.costs) - self.work.left) // len(self.work.costs)
        if done > self.step:
            self.step = done
            (state,) = self.lab.scheduler.regions(self.work.name)
            if state.eta_p50_ms > 0:
                self.rows.append((done, self.lab.now_ms, state.eta_p50_ms, state.eta_p90_ms))

    def said(self) -> Iterator[Said]:
        for step, at_ms, likely, late in self.rows:
            if FIRST <= step < STEPS:
                yield Said(step, likely, late, self.work.ended_ms - at_ms)


Costs = Callable[[Random], list[float]]
Beside = Callable[[Lab, Random], None]


# --- what items cost --------------------------------------------------------------------------------------------------


def even(chance: Random, items: int = 3_000, ms: float = 400.0) -> list[float]:
    return [chance.gauss(ms, ms / 50) for _ in range(items)]


def skewed(chance: Random) -> list[float]:
    return [chance.lognormvariate(5.0, 1.0) for _ in range(6_000)]


def rising(chance: Random) -> list[float]:
    """As of searches among ever larger numbers."""
    return [chance.uniform(0.8, 1.2) * (100 + 600 * at / 6_000) for at in range(6_000)]


def falling(chance: Random) -> list[float]:
    return rising(chance)[::-1]


def bursty(chance: Random) -> list[float]:
    costs: list[float] = []
    while len(costs) < 6_000:
        costs += [chance.choice((100.0, 100.0, 500.0))] * chance.randint(5, 30)
    return costs[:6_000]


def small(chance: Random) -> list[float]:
    return [chance.uniform(100, 900) for _ in range(chance.randint(120, 300))]


def tiny_items(chance: Random) -> list[float]:
    return [chance.uniform(0.5, 1.5) for _ in range(200_000)]


def long_items(chance: Random) -> list[float]:
    return [chance.gammavariate(4, 1_500) for _ in range(1_200)]


# --- what happens beside ----------------------------------------------------------------------------------------------


def nothing(lab: Lab, chance: Random) -> None:
    pass


def others_come(lab: Lab, chance: Random) -> None:
    """Two other users, each with a job of half a minute of the lab every few minutes."""
    for user in ("bob", "eve"):
        _every(lab, chance, 180_000, partial(_submit_other, lab, chance, user))


def others_are_there(lab: Lab, chance: Random) -> None:
    """Two others with much work of their own came at the same time."""
    for user in ("bob", "eve"):
        lab.at(WARM_MS - 1, partial(_submit_other, lab, chance, user, chance.randint(400, 4_000)))


def workers_come_and_go(lab: Lab, chance: Random) -> None:
    _every(lab, chance, 60_000, partial(_turn_over, lab, chance))


def speeds_differ(lab: Lab, chance: Random) -> None:
    for number in range(WORKERS):
        lab.workers[f"w{number}"].speed = chance.uniform(0.4, 1.6)


def _every(lab: Lab, chance: Random, mean_ms: float, action: Callable[[], None]) -> None:
    """At times that nobody can foretell, for ever."""

    def again() -> None:
        action()
        lab.at(lab.now_ms + chance.expovariate(1 / mean_ms), again)

    lab.at(chance.expovariate(1 / mean_ms), again)


def _submit_other(lab: Lab, chance: Random, user: str, items: int = 0) -> None:
    costs = even(chance, items or chance.randint(200, 1_800))
    lab.submit(Work(f"other{len(lab.works)}", user, costs))


def _turn_over(lab: Lab, chance: Random) -> None:
    """One of twice as many machines is switched on, or off; one at least stays."""
    name = f"w{chance.randrange(2 * WORKERS)}"
    if name not in lab.workers:
        lab.join(name, slots=SLOTS)
    elif len(lab.workers) > 2:
        lab.leave(name)


KINDS: dict[str, tuple[Costs, Beside]] = {
    "even": (even, nothing),
    "skewed": (skewed, nothing),
    "rising": (rising, nothing),
    "falling": (falling, nothing),
    "bursty": (bursty, nothing),
    "small": (small, nothing),
    "tiny items": (tiny_items, nothing),
    "workers of many speeds": (skewed, speeds_differ),
    "others with much work": (even, others_are_there),
    "others who come": (long_items, others_come),
    "workers come and go": (long_items, workers_come_and_go),
    "all at once": (rising, lambda lab, chance: [other(lab, chance) for other in (others_come, workers_come_and_go)]),
}


def run(costs: Costs, beside: Beside, seed: str) -> list[Said]:
    chance = Random(seed)
    lab, work = Lab(), Work("job", "ann", costs(chance))
    for number in range(WORKERS):
        lab.join(f"w{number}", slots=SLOTS)
    beside(lab, chance)
    notes = Notes(lab, work)
    work.kept = notes.look
    lab.at(WARM_MS, partial(lab.submit, work))
    lab.run_until(lambda: work.ended_ms >= 0)
    return list(notes.said())


def print_row(name: str, said: list[Said]) -> tuple[float, float, float]:
    """Parts that came before P50 and P90, and the median of the error at a tenth of the work."""
    half = sum(one.came <= one.likely for one in said) / len(said)
    nine = sum(one.came <= one.late for one in said) / len(said)
    errors = [abs(one.likely / one.came - 1) for one in said if one.step == FIRST and one.came]
    error, wide = median(errors), median(one.late / one.likely for one in said)
    lean = median(log(one.likely / one.came) for one in said if one.came)
    print(f"{name:<26}{len(said):>7}{half:>10.3f}{nine:>10.3f}{error:>12.3f}{wide:>9.2f}{lean:>+9.3f}", flush=True)
    return half, nine, error


def tell(runs: int, seed: int) -> tuple[float, float, float]:
    """A row for each kind, then one for all together, which is returned."""
    print(f"{'':<26}{'said':>7}{'in P50':>10}{'in P90':>10}{'error 10 %':>12}{'P90/P50':>9}{'leaning':>9}")
    everything: list[Said] = []
    for name, (costs, beside) in KINDS.items():
        said = [one for number in range(runs) for one in run(costs, beside, f"{seed} {number} {name}")]
        print_row(name, said)
        everything += said
    return print_row("all", everything)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=8, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    half, nine, error = tell(given.runs, given.seed)
    kept = HALF[0] <= half <= HALF[1] and NINE_OF_TEN[0] <= nine <= NINE_OF_TEN[1] and error <= ERROR_MAX
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
