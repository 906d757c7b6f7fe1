"""Runs many generated programs, spread over processes.

Each process is a fresh interpreter that imports everything once and then forks; the order of sets is the same in all
(`PYTHONHASHSEED`), so a seed shows the same everywhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

APART_EVERY = 8
"""So many programs have one among them that stands in a module of its own."""
SORTS = 5
"""So many programs have one that is about the flow of names through a loop's body (flows.py), and one about what copies
may lose (things.py)."""
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Report:
    """What one program showed. `program` is the minimised one where there is a difference, else ""."""

    name: str
    difference: str
    is_split: bool
    raised: bool
    endless: bool
    program: str = ""


def program_of(seed: int) -> str:
    """The program of a seed, the same text for the same seed."""
    from tests.generated.flows import write_flow
    from tests.generated.things import write_things
    from tests.generated.writer import write

    return {0: write_flow, 1: write_things}.get(seed % SORTS, write)(seed)


def run_seeds(start: int, stop: int, processes: int) -> Iterator[Report]:
    """Compares the programs of the seeds `start`..`stop`-1 and yields a report for each, in no particular order."""
    work = [["seeds", str(start + first), str(stop), str(processes)] for first in range(processes)]
    yield from (Report(**row) for row in spread(__name__, work))


def run_files(paths: list[Path], schedules: int) -> Iterator[Report]:
    """Compares kept programs, each under some schedules."""
    yield from (Report(**row) for row in spread(__name__, [["files", str(schedules), *map(str, paths)]]))


def spread(module: str, work: list[list[str]]) -> Iterator[dict[str, Any]]:
    """Runs `main` of a module in a process for each list of arguments, and yields what they print: JSON, row by row."""
    environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-c", f"from {module} import main; main()"]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [*command, *w], stdout=subprocess.PIPE, env=environment, cwd=_ROOT, start_new_session=True
                )
            )
            for w in work
        ]
        try:
            yield from _rows_of(started)
        except BaseException:
            for process in started:
                os.killpg(process.pid, signal.SIGKILL)
            raise
        for process in started:
            if process.wait():
                raise RuntimeError(f"a process of the crew ended with status {process.returncode}")


def _rows_of(started: list[subprocess.Popen[bytes]]) -> Iterator[dict[str, Any]]:
    lines: SimpleQueue[bytes | None] = SimpleQueue()
    for process in started:
        Thread(target=_pass_on, args=(process, lines), daemon=True).start()
    for _ in started:
        yield from (json.loads(line) for line in iter(lines.get, None))


def _pass_on(process: subprocess.Popen[bytes], lines: SimpleQueue[bytes | None]) -> None:
    """Reads what one process reports, so that none has to wait for another; None when it has ended."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)


# --- inside one process ---------------------------------------------------------------------------------------------


def main() -> None:
    """`seeds START STOP STEP` or `files SCHEDULES PATH…`; a report a line."""
    from tests.generated import bed

    bed.warm_up()
    kind, *rest = sys.argv[1:]
    reports = _of_seeds(*map(int, rest)) if kind == "seeds" else _of_files(int(rest[0]), rest[1:])
    for report in reports:
        print(json.dumps(asdict(report)), flush=True)


def _of_seeds(start: int, stop: int, step: int) -> Iterator[Report]:
    for seed in range(start, stop, step):
        yield _report(f"seed {seed}", program_of(seed), seed)


def _of_files(schedules: int, paths: list[str]) -> Iterator[Report]:
    for path in paths:
        source = Path(path).read_text(encoding="utf-8")
        for schedule in range(schedules):
            yield _report(f"{Path(path).name} under schedule {schedule}", source, schedule)


def _report(name: str, source: str, schedule: int) -> Report:
    from tests.generated.bed import compare
    from tests.generated.shrink import shrink

    apart = schedule % APART_EVERY == APART_EVERY - 1
    seen = compare(source, schedule, apart=apart)
    small = ""
    if seen.difference:
        small = shrink(source, lambda text: bool(compare(text, schedule, apart=apart).difference))
    return Report(name, seen.difference, seen.is_split, seen.plain.status != 0, seen.endless, small)
