"""Is there a program that shows where it ran? Writes random ones and compares `python` with a driver and chunks.

    python bench/generated.py [--programs 20000] [--seed 0] [--processes 2] [--keep tests/generated/found]

A program whose two runs differ is made as small as dropping statements can make it, and kept as a test. The exit
status is 1 if there was one. Ctrl-C ends early, with the count so far.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.generated.crew import Report, program_of, run_seeds  # noqa: E402 - found by the line above

SHOW_EVERY = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; the others follow")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, default=ROOT / "tests" / "generated" / "found")
    options = parser.parse_args()
    reports: list[Report] = []
    with suppress(KeyboardInterrupt):
        for report in run_seeds(options.seed, options.seed + options.programs, options.processes):
            reports.append(report)
            if report.difference:
                _keep(report, options.keep)
            if len(reports) % SHOW_EVERY == 0:
                print(_summary(reports), file=sys.stderr)
    print(_summary(reports))
    return int(any(r.difference for r in reports))


def _keep(report: Report, folder: Path) -> None:
    """Writes the small program down, or the whole one if its fault was gone when it was run again."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.name.replace(' ', '_')}.py"
    path.write_text(report.program or program_of(int(report.name.split()[1])), encoding="utf-8")
    print(f"{report.name}: {report.difference}; kept as {path}", file=sys.stderr)


def _summary(reports: list[Report]) -> str:
    split = sum(r.is_split for r in reports)
    differing = sum(bool(r.difference) for r in reports)
    raised, endless = sum(r.raised for r in reports), sum(r.endless for r in reports)
    return (
        f"{len(reports)} programs, {split} with a region in two or more chunks, {raised} that end with an exception or "
        f"a status, {endless} endless ones skipped: {differing} differ"
    )


if __name__ == "__main__":
    sys.exit(main())
