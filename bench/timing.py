"""Wall times of commands that are run in turn, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

MARX = [sys.executable, "-m", "marx.cli"]
CORES = 2


def keep_to_cores() -> None:
    """All contestants inherit this; `marx run` takes a slot for each core that it may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


@dataclass(frozen=True, slots=True)
class Contestant:
    name: str
    command: list[str]


def time_in_turn(contestants: list[Contestant], rounds: int, folder: Path) -> dict[str, list[float]]:
    """Seconds of each round. All must print what the first one prints, else there is nothing to compare."""
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    expected: bytes | None = None
    for number in range(rounds):
        for contestant in contestants:
            taken, stdout = time_once(contestant.command, folder)
            if expected is None:
                expected = stdout
            if stdout != expected:
                raise SystemExit(
                    f"{contestant.name} and {contestants[0].name} print different things: {stdout[:200]!r}"
                )
            seconds[contestant.name].append(taken)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return seconds


def time_once(command: list[str], folder: Path) -> tuple[float, bytes]:
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return taken, done.stdout


def print_table(seconds: dict[str, list[float]]) -> dict[str, float]:
    """Median, lowest and highest of each, and the ratio to the first. Returns the medians."""
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    first = next(iter(medians.values()))
    print(f"{'':<28}{'median s':>10}{'lowest':>10}{'highest':>10}{'ratio':>8}")
    for name, taken in seconds.items():
        print(f"{name:<28}{medians[name]:>10.3f}{min(taken):>10.3f}{max(taken):>10.3f}{medians[name] / first:>8.2f}")
    return medians
