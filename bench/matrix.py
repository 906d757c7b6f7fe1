"""The runs of faults.py in one lab: a program, one fault at a random moment, and the answer held against python's.

Which program, fault and moment a run has follows from the seed and its number alone, so each can be had again.
"""

from __future__ import annotations

import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harm import HARMS, Scene, jailed_programs
from laboratory import Lab, marx

UNREACHABLE = 69
"""What a tasker says that finds nobody to submit to: its user tries again."""
PATIENCE_S = 90.0
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
    """What became of the runs with one fault. `missed`: there was nothing to do it to at that moment."""

    ratios: list[float] = field(default_factory=list)
    wrong: int = 0
    missed: int = 0

    def add(self, other: Tally) -> None:
        self.ratios += other.ratios
        self.wrong += other.wrong
        self.missed += other.missed


@dataclass(slots=True)
class Matrix:
    """One lab, the programs with their right answers and undisturbed times, and the tally of each fault."""

    lab: Lab
    programs: list[Path]
    faults: list[str]
    lease_s: float
    seed: int
    pause_s: float
    expected: dict[Path, Answer] = field(default_factory=dict)
    usual_s: dict[Path, float] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    folders: int = 0

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
                    wrong = _difference(answer, self.expected[program])
                    raise SystemExit(f"{program}: wrong without any fault: {wrong}")
            self.usual_s[program] = min(times)

    def disturbed(self, number: int) -> None:
        """The run of that number, with one fault."""
        name, program = self.faults[number % len(self.faults)], self.programs[number % len(self.programs)]
        chance = random.Random(f"{self.seed} {number} {name}")
        tally = self.tallies.setdefault(name, Tally())
        folder = self._fresh_folder()
        earlier = frozenset(process.pid for process in jailed_programs(self.lab))
        began_s = time.monotonic()
        tasker = self._run(program, folder)
        time.sleep(chance.uniform(0.05, 0.9) * self.usual_s[program])
        missed = HARMS[name](Scene(self.lab, tasker, earlier, self.lease_s, self.pause_s, chance))
        answer = self._finish(tasker, folder, program)
        ratio = (time.monotonic() - began_s) / self.usual_s[program]
        if answer != self.expected[program]:
            tally.wrong += 1
            print(f"WRONG  {program.name}, {name}; again: --seed {self.seed} --first {number} --runs 1; in {folder}")
            print(f"       {_difference(answer, self.expected[program])}", flush=True)
        elif missed:
            tally.missed += 1
        else:
            tally.ratios.append(ratio)
        what = f"all workers after {name}, run {number} (seed {self.seed})"
        self.lab.wait_for(what, lambda: self.lab.ready_workers() == len(self.lab.workers))

    # --- one run ------------------------------------------------------------------------------------------------------

    def _fresh_folder(self) -> Path:
        self.folders += 1
        folder = self.lab.folder / "runs" / str(self.folders)
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
            code = tasker.wait(PATIENCE_S)
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
        self.lab.call("watch", jobs[-1], seconds=PATIENCE_S)
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


def report(shares: Iterable[dict[str, Tally]], runs: int) -> bool:
    """Prints a line a fault, over the tallies of all labs. Whether every one of so many runs was made and was right."""
    tallies: dict[str, Tally] = {}
    for share in shares:
        for name, tally in share.items():
            tallies.setdefault(name, Tally()).add(tally)
    print(f"\n{'fault':<34}{'runs':>6}{'right':>7}{'missed':>8}{'median':>9}{'longest':>9}   of an undisturbed run")
    for name, tally in sorted(tallies.items(), key=lambda row: list(HARMS).index(row[0])):
        right = len(tally.ratios) + tally.missed
        median, longest = (statistics.median(tally.ratios), max(tally.ratios)) if tally.ratios else (0.0, 0.0)
        print(f"{name:<34}{right + tally.wrong:>6}{right:>7}{tally.missed:>8}{median:>9.2f}{longest:>9.2f}")
    right = sum(len(tally.ratios) + tally.missed for tally in tallies.values())
    print(f"{right} of {runs} jobs ended with python's answer")
    return right == runs


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
