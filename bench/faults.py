"""Does every job end with python's answer, whatever is done to the lab while it runs?

    python bench/faults.py [--runs 500] [--seed 1] [--only WORDS] [--quick] [--keep]
    python bench/faults.py --story distributor [--items 3000]

Distributor, workers and tasker are processes with networks and small disks of their own (Linux, root, `ip`; without
root on the loopback, and without the faults that need more). Each run is one program, `marx run` by the tasker, and one
fault at a random moment: output, errors, exit code and files must be those of `python`. Printed is how much longer
than undisturbed runs the disturbed ones took. A failure prints its seed; exit code 1: not every answer was right.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harm import HARMS, NEEDS_DISKS, NEEDS_NETWORK, Scene, jailed_programs, may_have_disks, small_disk
from killing import SMALL_CHUNKS, distributor_story
from laboratory import Lab, marx
from network import loopback, may_have_network, network

TOP = Path(__file__).resolve().parents[1]
WORKERS = ("work1", "work2", "work3")
PROGRAMS = (
    "examples/census.py",
    "examples/mandelbrot.py",
    "examples/monte_carlo.py",
    "examples/words.py",
    "examples/failing.py",
    "tests/programs/consumed_maps.py",
    "tests/programs/functions_held.py",
)
SHORT_PROGRAMS = (
    "examples/queens.py",
    "examples/failing.py",
    "tests/programs/consumed_maps.py",
    "tests/programs/functions_held.py",
    "tests/programs/generators_of_work.py",
)
LEASE_MS, QUICK_LEASE_MS = 3_000, 1_500
BEATS_IN_A_LEASE = 5
DISK_BYTES = 96 << 20
UNREACHABLE = 69
"""What a tasker says that finds nobody to submit to: its user tries again."""
UNDISTURBED, QUICK_UNDISTURBED = 2, 1
"""Runs of each program without a fault, whose lowest time is what the others are compared with."""
PATIENCE_SECONDS = 90.0
"""How long a disturbed run may take, beyond which it counts as lost."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run of a program gives. `files` are those in its working folder."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    files: dict[str, bytes]


@dataclass(slots=True)
class Tally:
    """What became of the runs with one fault."""

    ratios: list[float] = field(default_factory=list)
    wrong: int = 0
    missed: int = 0


@dataclass(slots=True)
class Matrix:
    """One lab, the programs with their right answers and undisturbed times, and the tally of each fault."""

    lab: Lab
    programs: list[Path]
    lease_s: float
    seed: int
    expected: dict[Path, Answer] = field(default_factory=dict)
    usual_s: dict[Path, float] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    number: int = 0

    def measure(self, rounds: int) -> None:
        """What `python` answers, and how long the lab takes undisturbed."""
        for program in self.programs:
            self.expected[program] = self._answer_of_python(program)
            times = []
            for _ in range(rounds):
                folder, began_s = self._fresh_folder(), time.monotonic()
                answer = self._finish(self._run(program, folder), folder)
                times.append(time.monotonic() - began_s)
                if answer != self.expected[program]:
                    raise SystemExit(
                        f"{program}: wrong without any fault: {_difference(answer, self.expected[program])}"
                    )
            self.usual_s[program] = min(times)

    def disturbed(self, name: str, program: Path) -> None:
        """One run with one fault at a moment that the seed and the run's number choose."""
        chance = random.Random(f"{self.seed} {self.number} {name}")
        tally = self.tallies.setdefault(name, Tally())
        folder = self._fresh_folder()
        earlier = frozenset(process.pid for process in jailed_programs(self.lab))
        began_s = time.monotonic()
        tasker = self._run(program, folder)
        time.sleep(chance.uniform(0.05, 0.9) * self.usual_s[program])
        missed = HARMS[name](Scene(self.lab, tasker, earlier, self.lease_s, chance))
        answer = self._finish(tasker, folder, program)
        ratio = (time.monotonic() - began_s) / self.usual_s[program]
        if answer != self.expected[program]:
            tally.wrong += 1
            print(f"WRONG  run {self.number} (seed {self.seed}), {program.name}, {name}:")
            print(f"       {_difference(answer, self.expected[program])}", flush=True)
        elif missed:
            tally.missed += 1
        else:
            tally.ratios.append(ratio)
        what = f"all workers after {name}, run {self.number} (seed {self.seed})"
        self.lab.wait_for(what, lambda: self.lab.ready_workers() == len(WORKERS))

    # --- one run ------------------------------------------------------------------------------------------------------

    def _fresh_folder(self) -> Path:
        self.number += 1
        folder = self.lab.folder / "runs" / str(self.number)
        folder.mkdir(parents=True)
        return folder

    def _run(self, program: Path, folder: Path) -> subprocess.Popen[bytes]:
        with open(folder.with_suffix(".out"), "wb") as out, open(folder.with_suffix(".err"), "wb") as err:
            return subprocess.Popen(
                self.lab.hosts["task"].inside(marx("run", str(program))),
                cwd=folder,
                env=self.lab.environment("task"),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def _finish(self, tasker: subprocess.Popen[bytes], folder: Path, program: Path | None = None) -> Answer | None:
        """The answer, by way of `marx watch` and `marx results` where the tasker was killed; None if there is none."""
        try:
            code = tasker.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            tasker.kill()
            tasker.wait()
            return None
        if code in (-9, UNREACHABLE) and program is not None:
            return self._come_back(folder, program)
        stdout, stderr = folder.with_suffix(".out").read_bytes(), folder.with_suffix(".err").read_bytes()
        return Answer(code, stdout, stderr, _files(folder))

    def _come_back(self, folder: Path, program: Path) -> Answer | None:
        """Where the tasker ended before its job was submitted, it is simply run again."""
        jobs = [str(row["job"]) for row in self.lab.rows("ps")]
        if not jobs:
            shutil.rmtree(folder)
            folder.mkdir()
            return self._finish(self._run(program, folder), folder)
        self.lab.call("watch", jobs[-1], seconds=PATIENCE_SECONDS)
        fetched = folder / "fetched"
        if self.lab.call("results", jobs[-1], "-o", str(fetched)).returncode != 0:
            return None
        code = int((fetched / "exit_code").read_text())
        return Answer(
            code, (fetched / "stdout").read_bytes(), (fetched / "stderr").read_bytes(), _files(fetched / "files")
        )

    def _answer_of_python(self, program: Path) -> Answer:
        folder = self._fresh_folder()
        done = subprocess.run(
            [sys.executable, str(program)], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        return Answer(done.returncode, done.stdout, done.stderr, _files(folder))

    # --- the table ----------------------------------------------------------------------------------------------------

    def report(self) -> bool:
        """Prints a line a fault. Whether every answer was right."""
        print(f"\n{'fault':<34}{'runs':>6}{'right':>7}{'missed':>8}{'median':>9}{'longest':>9}   of an undisturbed run")
        for name, tally in self.tallies.items():
            right = len(tally.ratios) + tally.missed
            median, longest = (statistics.median(tally.ratios), max(tally.ratios)) if tally.ratios else (0.0, 0.0)
            print(f"{name:<34}{right + tally.wrong:>6}{right:>7}{tally.missed:>8}{median:>9.2f}{longest:>9.2f}")
        wrong = sum(tally.wrong for tally in self.tallies.values())
        runs = sum(len(tally.ratios) + tally.missed + tally.wrong for tally in self.tallies.values())
        print(f"{runs - wrong} of {runs} jobs ended with python's answer")
        return wrong == 0


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.exists():
        return {}
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _difference(answer: Answer | None, expected: Answer) -> str:
    if answer is None:
        return "no answer at all"
    for name in ("exit_code", "stdout", "stderr", "files"):
        ours, right = getattr(answer, name), getattr(expected, name)
        if ours != right:
            return f"{name} is {str(ours)[-300:]} instead of {str(right)[-300:]}"
    return ""


@contextlib.contextmanager
def laboratory(folder: Path, lease_ms: int, scheduler: str = "") -> Iterator[Lab]:
    """A lab that runs, with networks and disks of its own where this user may have them."""
    names = ["serve", *WORKERS, "task"]
    with contextlib.ExitStack() as stack:
        hosts = stack.enter_context(network(names) if may_have_network() else loopback(names))
        lab = Lab(folder, hosts, WORKERS, port=7979 if may_have_network() else 7900 + os.getpid() % 97)
        if may_have_disks():
            for name in ("serve", *WORKERS):
                stack.enter_context(small_disk(folder / name, DISK_BYTES))
        stack.callback(lab.stop)
        lab.serve_folder().mkdir(parents=True, mode=0o700)
        settings = f"heartbeat_ms = {lease_ms // BEATS_IN_A_LEASE}\n[scheduler]\nlease_ms = {lease_ms}\n{scheduler}"
        (lab.serve_folder() / "settings.toml").write_text(settings)
        lab.serve()
        lab.lend_all()
        yield lab


def matrix(folder: Path, runs: int, seed: int, only: str, *, quick: bool) -> bool:
    names = [name for name in HARMS if only in name]
    if not may_have_network():
        names = [name for name in names if name not in NEEDS_NETWORK]
    if not may_have_disks():
        names = [name for name in names if name not in NEEDS_DISKS]
    lease_ms = QUICK_LEASE_MS if quick else LEASE_MS
    programs = [TOP / name for name in (SHORT_PROGRAMS if quick else PROGRAMS)]
    with laboratory(folder, lease_ms) as lab:
        table = Matrix(lab, programs, lease_ms / 1000, seed)
        table.measure(QUICK_UNDISTURBED if quick else UNDISTURBED)
        try:
            for number in range(runs):
                table.disturbed(names[number % len(names)], programs[number % len(programs)])
        finally:
            right = table.report()
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="faults whose name has these words")
    parser.add_argument("--quick", action="store_true", help="short programs, short leases")
    parser.add_argument("--story", choices=["distributor"], help="kill this every few seconds during one long job")
    parser.add_argument("--items", type=int, default=3000, help="of the story's program")
    parser.add_argument("--keep", action="store_true", help="leave the folder with all logs")
    options = parser.parse_args()
    # So that networks and disks go also where this is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(prefix="marx-faults-"))
    right = False
    try:
        if options.story:
            with laboratory(folder, LEASE_MS, SMALL_CHUNKS) as lab:
                right = distributor_story(lab, options.items, options.seed)
        else:
            right = matrix(folder, options.runs, options.seed, options.only, quick=options.quick)
    finally:
        if options.keep:
            print(f"\nlogs are in {folder}")
        else:
            shutil.rmtree(folder)
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
