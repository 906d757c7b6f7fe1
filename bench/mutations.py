"""Does one small effect in a loop ever go wrong, and does `marx explain` say which line it is?

    python bench/mutations.py [FOLDER...] [--each 6] [--seed 0] [--processes 2] [--keep DIR]

Into every program of the folders (by default `examples/` and `tests/programs/`) it puts effects of a catalogue, one at
a time, and compares `python` with a driver and chunks. The table has a line for each effect. The exit status is 1 if
one program's two runs differ. Ctrl-C ends early, with the table so far.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.mutations.effects import EFFECTS  # noqa: E402 - found by the line above
from tests.mutations.judge import Verdict, judge_all  # noqa: E402

FOLDERS = [ROOT / "examples", ROOT / "tests" / "programs", ROOT / "tests" / "programs" / "traps"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=FOLDERS)
    parser.add_argument("--each", type=int, default=6, help="how many effects each program gets, one at a time")
    parser.add_argument("--seed", type=int, default=0, help="draws effects, their places, and what chunks meet")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="a folder for mutated programs that went wrong or are not explained")
    options = parser.parse_args()
    programs = [p for folder in options.folders for p in sorted(folder.glob("*.py")) if not p.name.startswith("lib_")]
    verdicts: list[Verdict] = []
    left_out = 0
    with suppress(KeyboardInterrupt):
        for verdict in judge_all(programs, options.each, options.seed, options.processes):
            if verdict.left_out:
                left_out += 1
            else:
                verdicts.append(verdict)
                _tell(verdict, options.keep)
    print(*_table(verdicts), sep="\n")
    print(f"{left_out} more took too long for a lab of two processes, or miss a module")
    return int(any(v.difference for v in verdicts))


def _tell(verdict: Verdict, keep: Path | None) -> None:
    fault = verdict.difference or ("not explained" if verdict.lost and not verdict.named else "")
    if not fault:
        return
    print(f"{verdict.program}, {verdict.effect}, {verdict.way}: {fault}", file=sys.stderr, flush=True)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"\W+", "_", f"{verdict.program} {verdict.effect}")
        (keep / f"{name}.py").write_text(verdict.source, encoding="utf-8")


def _table(verdicts: list[Verdict]) -> Iterator[str]:
    """A line for each effect. "stays": a map slice, or a part of one, no longer runs in chunks; "named": of these, how
    often the plan has the effect's line."""
    yield f"{'effect':<36}{'programs':>9}{'in chunks':>10}{'wrong':>7}{'stays':>7}{'named':>7}"
    rows = [(e.name, [v for v in verdicts if v.effect == e.name]) for e in EFFECTS]
    for name, held in [*rows, ("all", verdicts)]:
        counts = [len(held), sum(v.is_split for v in held), sum(bool(v.difference) for v in held)]
        counts += [sum(v.lost for v in held), sum(v.lost and v.named for v in held)]
        yield f"{name:<36}" + "".join(f"{n:>{w}}" for n, w in zip(counts, (9, 10, 7, 7, 7), strict=True))


if __name__ == "__main__":
    sys.exit(main())
