"""What does `marx run` cost where there is nothing to gain? A program of one line, against `python`.

    python bench/startup.py [--rounds 15] [--peers dask,ray [--environments FOLDER]]

At least nine rounds are run: single starts differ by more than what is measured. With `--peers`, a program that opens
the peer, has one call done by it and closes it, from start to exit, each in an environment of its own (see compare.py);
and whether `marx run` keeps to its share of that time. Everything is measured as installed: compiled beforehand.
"""

from __future__ import annotations

import argparse
import compileall
import os
import sys
import tempfile
from pathlib import Path

from compare import PEERS, default_environments, prepared
from timing import MARX, Contestant, print_table, time_in_turn

ROOT = Path(__file__).resolve().parents[1]
ROUNDS_MIN = 9
SHARES = {"dask": 1 / 3, "ray": 1 / 6}
"""What `marx run` may take at most of a peer's time."""
HELP_MS_MAX = 150
"""What `marx --help` may take longer than an interpreter that does nothing."""


def main() -> int:
    options = _options()
    for package in ("marx", "sandbox"):
        compileall.compile_dir(ROOT / package, quiet=1)
    with tempfile.TemporaryDirectory(prefix="marx-bench-") as folder:
        program = Path(folder) / "hello.py"
        program.write_text('print("hello")\n', encoding="utf-8")
        contestants = [
            Contestant("python", [sys.executable, str(program)]),
            Contestant("marx run", [*MARX, "run", str(program)]),
            *_peers(options.peers, Path(options.environments)),
        ]
        rounds = max(ROUNDS_MIN, options.rounds)
        medians = print_table(time_in_turn(contestants, rounds, Path(folder)))
        help_ms = _help_ms(rounds, Path(folder))
    print(f"marx run takes {1000 * (medians['marx run'] - medians['python']):.0f} ms longer than python")
    print(f"marx --help takes {help_ms:.0f} ms longer than python that does nothing (at most {HELP_MS_MAX})")
    kept = [help_ms <= HELP_MS_MAX]
    for name, share in SHARES.items():
        if name in medians:
            part = medians["marx run"] / medians[name]
            kept.append(part <= share)
            print(f"marx run takes {part:.2f} of what {name} takes (at most {share:.2f})")
    return int(not all(kept))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--peers", default="", help="of " + ",".join(SHARES))
    parser.add_argument("--environments", default=default_environments())
    return parser.parse_args()


def _peers(names: str, environments: Path) -> list[Contestant]:
    pythons = prepared([name for name in names.split(",") if name], environments)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(PEERS), str(ROOT)])
    return [Contestant(name, [python, str(PEERS / "hello.py"), name]) for name, python in pythons.items()]


def _help_ms(rounds: int, folder: Path) -> float:
    """How much longer the help text takes than nothing."""
    helping = "import sys; from marx.cli import marx; sys.stdout = sys.stderr; marx(['--help'])"
    seconds = time_in_turn(
        [
            Contestant("python -c pass", [sys.executable, "-c", "pass"]),
            Contestant("marx --help", [sys.executable, "-c", helping]),
        ],
        rounds,
        folder,
    )
    nothing, help_text = print_table(seconds).values()
    return 1000 * (help_text - nothing)


if __name__ == "__main__":
    sys.exit(main())
