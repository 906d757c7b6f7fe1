"""Thousands of simulated labs in which things go wrong: is anything ever lost, wrong, or left undone?

    python bench/sim.py --seeds 100000 [--first 0]      all processors; prints what is wrong and how to see it again
    python bench/sim.py --seed 4711                     one lab, with its story told
    python bench/sim.py --planted [--only WORDS]        after how many seeds each planted bug is found

The real distributor, scheduler, codec, journal and worker's session, on a simulated clock, network and disk: see
tests/sim. The exit status is 1 if anything was wrong, or a planted bug was not found.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.sim.planted import PLANTED, WITHIN  # noqa: E402 - found by the line above
from tests.sim.runs import Run, first_fault, run, run_many  # noqa: E402

SHOW_EVERY = 5_000
SHOWN_MAX = 20
"""Wrong runs that are shown; of the others the number says enough."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed; the others follow")
    parser.add_argument("--seed", type=int, help="only this one, with its story")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--planted", action="store_true", help="look for the planted bugs instead")
    parser.add_argument("--only", default="", help="planted bugs whose title has these words")
    options = parser.parse_args()
    if options.seed is not None:
        return _one(options.seed)
    if options.planted:
        return _planted(options.only)
    return _many(options.first, options.seeds, options.processes)


def _one(seed: int) -> int:
    done = run(seed, tell=True)
    print("\n".join(done.story))
    print(done.fault or "nothing was wrong")
    return int(bool(done.fault))


def _many(first: int, seeds: int, processes: int) -> int:
    began = time.perf_counter()
    bad: list[Run] = []
    count = steps = 0
    for done in run_many(first, seeds, processes):
        count, steps = count + 1, steps + done.steps
        if done.fault:
            bad.append(done)
            if len(bad) <= SHOWN_MAX:
                print(f"seed {done.seed}: {done.fault[:300]}\n    {done.again}", flush=True)
        if count % SHOW_EVERY == 0:
            print(f"{count} seeds, {count / (time.perf_counter() - began):.0f} a second", file=sys.stderr, flush=True)
    took_s = time.perf_counter() - began
    verdict = f"{len(bad)} wrong" if bad else "nothing was wrong"
    print(f"{count} seeds, {steps / count:.0f} steps each, {count / took_s:.0f} a second: {verdict}")
    return int(bool(bad))


def _planted(words: str) -> int:
    missed = 0
    bugs = [bug for bug in PLANTED if words in bug.title]
    width = max(len(bug.title) for bug in bugs)
    for bug in bugs:
        found = first_fault(range(WITHIN), bug.planted())
        missed += found is None
        print(f"{bug.title:<{width}}  {f'seed {found.seed}: {found.fault[:90]}' if found else 'NOT FOUND'}", flush=True)
    print(f"{len(bugs) - missed} of {len(bugs)} planted bugs found within {WITHIN} seeds")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
