"""What slow and stalled workers cost a region: its time against the ideal for that mix of speeds.

    python bench/stragglers.py [--items 3000] [--item-ms 40] [--repeat 9]
    python bench/stragglers.py --real [--seconds 10] [--repeat 3]

The real scheduler on simulated time; workers are models that take chunks in order, two slots each, and need a moment
for each message. The ideal is all work divided by the sum of all speeds, with nothing to wait for: a worker that stalls
counts for nothing. Items differ: their costs are drawn from an exponential distribution. Medians over seeds.
`--real`: a lab of real processes on this machine instead, five or six workers, the labs in turn; see straggling.py.
"""

from __future__ import annotations

import argparse
import sys
from math import inf
from random import Random
from statistics import median

from simulated import Lab, Work

SLOTS = 2
LIMIT = 1.15
"""What the mixed lab may take of the ideal."""

MIXES: dict[str, list[float]] = {
    "eight alike": [1.0] * 8,
    "speeds from half to double": [0.5, 0.7, 1.0, 1.0, 1.0, 1.4, 1.7, 2.0],
    "one ten times slower": [1.0] * 7 + [0.1],
    "one stalls for ever": [1.0] * 7 + [0.0],
    "one ten times slower, one stalls for ever": [1.0] * 6 + [0.1, 0.0],
    "two workers and one that is ten times slower": [1.0, 1.0, 0.1],
}


def ratio(speeds: list[float], items: int, item_ms: float, seed: int) -> float:
    """The region's time against the ideal."""
    chance = Random(seed)
    costs = [chance.expovariate(1 / item_ms) for _ in range(items)]
    ideal_ms = max(sum(costs) / (SLOTS * sum(speeds)), max(costs) / max(speeds))
    lab, work = Lab(), Work("job", "user", costs)
    for number, speed in enumerate(speeds):
        lab.join(f"w{number}", speed, SLOTS)
    lab.submit(work)
    lab.run_until(lambda: not work.left)
    return lab.now_ms / ideal_ms


def real(seconds: float, repeat: int) -> int:
    """The labs in turn, so that what else the machine does meets all of them."""
    from straggling import MIXES as REAL_MIXES
    from straggling import ratio as real_ratio

    ratios: dict[str, list[float]] = {mix.name: [] for mix in REAL_MIXES}
    for _ in range(repeat):
        for mix in REAL_MIXES:
            ratios[mix.name].append(real_ratio(mix, seconds))
    print(f"{'lab of real processes':<50} {'time / ideal':>12} {'worst':>7}")
    for name, found in ratios.items():
        print(f"{name:<50} {median(found):>12.3f} {max(found):>7.3f}")
    return int(max(map(median, ratios.values())) > LIMIT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=3_000)
    parser.add_argument("--item-ms", type=float, default=40)
    parser.add_argument("--repeat", type=int, help="runs of each lab (9; 3 of real ones)")
    parser.add_argument("--real", action="store_true", help="real processes, slowed down and stopped by signals")
    parser.add_argument("--seconds", type=float, default=10, help="what a real region takes ideally")
    given = parser.parse_args()
    if given.real:
        return real(given.seconds, given.repeat or 3)
    worst = -inf
    print(f"{'lab':<46} {'time / ideal':>12} {'worst':>7}")
    for name, speeds in MIXES.items():
        ratios = [ratio(speeds, given.items, given.item_ms, seed) for seed in range(given.repeat or 9)]
        worst = max(worst, median(ratios))
        print(f"{name:<46} {median(ratios):>12.3f} {max(ratios):>7.3f}", flush=True)
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
