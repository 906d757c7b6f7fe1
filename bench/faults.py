"""Does every job end with python's answer, whatever is done to the lab while it runs?

    python bench/faults.py [--runs 500] [--labs 1] [--seed 1] [--first 0] [--only WORDS] [--quick] [--pause S] [--keep]
    python bench/faults.py --story distributor [--items 3000]

Distributor, workers and tasker are processes with networks and small disks of their own (Linux, root, `ip`; without
root on the loopback, and without the faults that need more). Each run is one program, `marx run` by the tasker, and one
fault at a random moment: output, errors, exit code and files must be those of `python`. Printed is how much longer
than undisturbed runs the disturbed ones took. `--labs`: so many labs side by side share the runs. What is stopped or
cut off stays so for up to three leases, which are shorter here than usual; with `--pause 30` for 30 seconds, and leases
are as long as usual. A failure prints how to have it again; exit code 1: not every answer was right. Ctrl-C ends it
with what there is so far.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from harm import HARMS, NEEDS_DISKS, NEEDS_NETWORK, may_have_disks, small_disk
from killing import SMALL_CHUNKS, distributor_story
from laboratory import Lab
from matrix import Matrix, Tally, report
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
DEFAULT_LEASE_MS = 10_000
"""The story has it too. After each start workers have so long to come back before what they run is given to others: on
a busy machine that takes them seconds, which is as long as a distributor of the story lives."""
BEATS_IN_A_LEASE = 5
DISK_BYTES = 96 << 20
UNDISTURBED, QUICK_UNDISTURBED = 2, 1
"""Runs of each program without a fault, whose lowest time is what the others are compared with."""


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What all labs of one call have in common."""

    faults: list[str]
    seed: int
    quick: bool
    pause_s: float

    def run(self, folder: Path, numbers: range) -> dict[str, Tally]:
        """These runs, in a lab of their own."""
        lease_ms = DEFAULT_LEASE_MS if self.pause_s else QUICK_LEASE_MS if self.quick else LEASE_MS
        programs = [TOP / name for name in (SHORT_PROGRAMS if self.quick else PROGRAMS)]
        with laboratory(folder, lease_ms) as lab:
            table = Matrix(lab, programs, self.faults, lease_ms / 1000, self.seed, self.pause_s)
            with contextlib.suppress(KeyboardInterrupt):
                table.measure(QUICK_UNDISTURBED if self.quick else UNDISTURBED)
                for number in numbers:
                    table.disturbed(number)
        return table.tallies


def faults_with(only: str) -> list[str]:
    """The faults whose names have these words, as far as this user can make them."""
    names = [name for name in HARMS if only in name]
    if not may_have_network():
        names = [name for name in names if name not in NEEDS_NETWORK]
    if not may_have_disks():
        names = [name for name in names if name not in NEEDS_DISKS]
    return names


def side_by_side(plan: Plan, folder: Path, numbers: range, labs: int) -> list[dict[str, Tally]]:
    """The runs, shared out over labs with a process each. A lab that breaks leaves its tally out; Ctrl-C is passed on
    to all, which end then and tell what they have."""
    context = multiprocessing.get_context("fork")
    started = []
    try:
        for lab in range(labs):
            ours, theirs = context.Pipe(duplex=False)
            own = folder / f"lab{lab}"
            own.mkdir()
            process = context.Process(target=_share, args=(theirs, plan, own, numbers[lab::labs]))
            process.start()
            theirs.close()
            started.append((process, ours))
        signal.signal(signal.SIGINT, lambda *_: _interrupt([process for process, _ in started]))
        return [tallies for _, ours in started if (tallies := _told(ours)) is not None]
    finally:
        for process, ours in started:
            process.terminate()
            process.join()
            ours.close()


def _share(told: Connection, plan: Plan, folder: Path, numbers: range) -> None:
    os.setpgrp()  # Ctrl-C would end the processes of the lab before it is told
    told.send(plan.run(folder, numbers))


def _interrupt(labs: Iterable[BaseProcess]) -> None:
    for lab in labs:
        if lab.pid is not None and lab.is_alive():
            os.kill(lab.pid, signal.SIGINT)


def _told(ours: Connection) -> dict[str, Tally] | None:
    try:
        tallies: dict[str, Tally] = ours.recv()
    except EOFError:
        return None
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--labs", type=int, default=1, help="labs side by side")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first run")
    parser.add_argument("--only", default="", help="faults whose name has these words")
    parser.add_argument("--quick", action="store_true", help="short programs, short leases")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds that something is stopped or cut off for")
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
            with laboratory(folder, DEFAULT_LEASE_MS, SMALL_CHUNKS) as lab:
                right = distributor_story(lab, options.items, options.seed)
        else:
            numbers = range(options.first, options.first + options.runs)
            plan = Plan(faults_with(options.only), options.seed, options.quick, options.pause)
            right = report(side_by_side(plan, folder, numbers, options.labs), options.runs)
    finally:
        if options.keep:
            print(f"\nlogs are in {folder}")
        else:
            shutil.rmtree(folder)
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
