"""How much sooner is an ordinary loop done? `python`, the same work split by hand, and `marx run`.

    python bench/speedup.py [--seconds 20] [--rounds 5]

The loop has a hundred items of unequal cost and takes about `--seconds` with `python`. All run on the same two
cores. The figures mean something on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from timing import CORES, MARX, Contestant, keep_to_cores, print_table, time_in_turn, time_once

HERE = Path(__file__).resolve().parent
TRIAL_SCALE = 2000


def scale_for(seconds: float, folder: Path) -> int:
    """The argument of loop.py that makes it take about so long here."""
    taken, _ = time_once([sys.executable, str(HERE / "loop.py"), str(TRIAL_SCALE)], folder)
    return max(1, round(TRIAL_SCALE * seconds / taken))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    keep_to_cores()
    with tempfile.TemporaryDirectory(prefix="marx-bench-") as folder:
        scale = str(scale_for(options.seconds, Path(folder)))
        contestants = [
            Contestant("python", [sys.executable, str(HERE / "loop.py"), scale]),
            Contestant("by hand", [sys.executable, str(HERE / "loop_by_hand.py"), scale]),
            Contestant("marx run", [*MARX, "run", str(HERE / "loop.py"), scale]),
        ]
        print(f"loop.py {scale}, {CORES} cores, Python {sys.version.split()[0]}")
        medians = list(print_table(time_in_turn(contestants, options.rounds, Path(folder))).values())
    print(f"marx run against by hand: {medians[2] / medians[1]:.2f}")


if __name__ == "__main__":
    main()
