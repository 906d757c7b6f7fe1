"""What becomes of every module of the standard library when it is planned like a program?

    python bench/planning.py [FOLDER...] [--only 'json/*'] [--slowest 5]

Each module is planned by itself. The tables tell what processor time that took, the slowest modules, and the loops by
the code of their reason. A module on which the analysis fails is named with the place; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
import sysconfig
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from marx.program import SourceError, read_source  # noqa: E402 - found by the line above
from marx.program.analysis import analyse  # noqa: E402 - the same

_LEFT_OUT = frozenset({"site-packages", "test", "tests", "idle_test", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Planned:
    """One module: its name, its processor time, the codes of its findings, and where the analysis failed ("": nowhere).
    `refused`: the text is no Python, or beyond the limits."""

    name: str
    seconds: float
    codes: tuple[str, ...]
    fault: str = ""
    refused: bool = False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path(sysconfig.get_path("stdlib"))])
    parser.add_argument("--only", default="*", help="names of modules, seen from the folder")
    parser.add_argument("--slowest", type=int, default=5, help="how many of the slowest are named")
    options = parser.parse_args()
    made: list[Planned] = []
    with suppress(KeyboardInterrupt):
        for folder in options.folders:
            for one in planned(folder, options.only):
                made.append(one)
                if one.fault:
                    print(f"FAIL  {one.name}: {one.fault}", file=sys.stderr, flush=True)
    print(*_table(made, options.slowest), sep="\n")
    return int(any(one.fault for one in made))


def planned(folder: Path, only: str) -> Iterator[Planned]:
    """Plans every module below a folder, one after the other."""
    for path in sorted(folder.rglob("*.py")):
        name = str(path.relative_to(folder))
        if not _LEFT_OUT & set(path.relative_to(folder).parts) and fnmatch.fnmatch(name, only):
            yield _plan(path, name)


def _plan(path: Path, name: str) -> Planned:
    began = time.process_time()
    codes: tuple[str, ...] = ()
    fault, refused = "", False
    try:
        codes = tuple(finding.code for finding in analyse(read_source(path), name).findings)
    except SourceError:
        refused = True
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
    return Planned(name, time.process_time() - began, codes, fault, refused)


def _table(made: list[Planned], slowest: int) -> Iterator[str]:
    seconds = sorted(one.seconds for one in made) or [0.0]
    refused, failed = (sum(bool(getattr(one, what)) for one in made) for what in ("refused", "fault"))
    yield f"{len(made)} modules, {refused} refused, {failed} failed"
    middle, high = seconds[len(seconds) // 2], seconds[len(seconds) * 9 // 10]
    yield f"{sum(seconds):.1f} s in all; a module {1000 * middle:.0f} ms (median), {1000 * high:.0f} ms (nine of ten)"
    for one in sorted(made, key=lambda one: -one.seconds)[:slowest]:
        yield f"  {one.seconds:6.1f} s  {one.name}"
    codes = Counter(code for one in made for code in one.codes)
    yield f"{codes.total()} loops by code:"
    for code, count in sorted(codes.items(), key=lambda row: (-row[1], row[0])):
        yield f"  {code} {count:>6}  {count / codes.total():4.0%}"


if __name__ == "__main__":
    sys.exit(main())
