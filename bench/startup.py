"""What does `marx run` cost where there is nothing to gain? A program of one line, against `python`.

    python bench/startup.py [--rounds 15]

At least nine rounds are run: single starts differ by more than what is measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from timing import MARX, Contestant, print_table, time_in_turn

ROUNDS_MIN = 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = max(ROUNDS_MIN, parser.parse_args().rounds)
    with tempfile.TemporaryDirectory(prefix="marx-bench-") as folder:
        program = Path(folder) / "hello.py"
        program.write_text('print("hello")\n', encoding="utf-8")
        contestants = [
            Contestant("python", [sys.executable, str(program)]),
            Contestant("marx run", [*MARX, "run", str(program)]),
        ]
        medians = list(print_table(time_in_turn(contestants, rounds, Path(folder))).values())
    print(f"marx run takes {1000 * (medians[1] - medians[0]):.0f} ms longer")


if __name__ == "__main__":
    main()
