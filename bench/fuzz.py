"""Do hostile bytes get past a decoder? Mutates honest ones and counts what is refused, understood, or worse.

    python bench/fuzz.py [--inputs 1000000] [--seed 0] [--processes 2]

The exit status is 1 if a decoder raised anything but its declared error or took seconds over one input, or if memory
grew.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fuzz.hammer import Breach, Tally, hammer  # noqa: E402 - found by the line above
from tests.memory import peak_bytes  # noqa: E402

GROWTH_BYTES_MAX = 512 << 20
SHARE = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; the others follow")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    seeds = range(options.seed, options.seed - (-options.inputs // SHARE))
    with ProcessPoolExecutor(options.processes) as processes:
        shares = list(processes.map(share, seeds))
    breaches = [breach for _, found, _ in shares for breach in found]
    growth = max(grown for _, _, grown in shares)
    show([tally for tallies, _, _ in shares for tally in tallies], breaches, growth)
    return int(bool(breaches) or growth > GROWTH_BYTES_MAX)


def share(seed: int) -> tuple[list[Tally], list[Breach], int]:
    before = peak_bytes()
    tallies, breaches = hammer(SHARE, seed)
    return tallies, breaches, peak_bytes() - before


def show(tallies: list[Tally], breaches: list[Breach], growth: int) -> None:
    print(f"{'decoder':<16} {'inputs':>10} {'refused':>10} {'understood':>10} {'worse':>6}")
    for name in dict.fromkeys(tally.decoder for tally in tallies):
        tried = sum(tally.inputs for tally in tallies if tally.decoder == name)
        refused = sum(tally.refused for tally in tallies if tally.decoder == name)
        worse = sum(breach.decoder == name for breach in breaches)
        print(f"{name:<16} {tried:>10} {refused:>10} {tried - refused - worse:>10} {worse:>6}")
    print(f"memory grew by {growth >> 20} MiB at most in one process")
    for breach in breaches[:5]:
        print(f"\n{breach.decoder}: {breach.data[:200]!r}\n{breach.story}")


if __name__ == "__main__":
    sys.exit(main())
