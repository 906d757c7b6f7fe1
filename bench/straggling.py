"""A lab of real processes with slow and stalled workers, for `stragglers.py --real`: a region's time against the ideal.

Items wait instead of computing, each for 20 to 60 ms, so that many workers fit on few processors and what else the
machine does shows little. A slow machine is stopped and let go on in turn, as a whole, so that it is through with one
item in each turn: ten times later than the others on average. A stalled one beats on while its jails stand still.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from harm import jailed_programs
from laboratory import Lab, marx
from network import loopback

SLOTS = 2
ITEM_MS = 40.0
SLOW = 0.1
MOVES_S = 0.02
"""So long a slow machine runs in each turn: no item is that short."""
TURN_S = ITEM_MS / SLOW / 1000
PROGRAM = """\
import sys
import time


def wait(k):
    time.sleep((20 + k * 37 % 41) / 1000)
    return k * k % 7


def region(items):
    return sum(wait(k) for k in range(items))


region({warm})
print("warm", flush=True)
time.sleep(1)
began = time.perf_counter()
total = region({items})
print(time.perf_counter() - began, flush=True)
print(total)
"""
"""The first region is there so that every worker has its jails up when the clock starts."""


@dataclass(frozen=True, slots=True)
class Mix:
    """How many workers of each kind there are."""

    name: str
    alike: int
    slow: int = 0
    stalled: int = 0

    @property
    def workers(self) -> int:
        return self.alike + self.slow + self.stalled

    def ideal_s(self, items: int) -> float:
        """All waiting divided by the sum of all speeds; who stalls counts for nothing."""
        return items * ITEM_MS / 1000 / (SLOTS * (self.alike + SLOW * self.slow))


MIXES = (
    Mix("five alike", 5),
    Mix("four, and one ten times slower", 4, slow=1),
    Mix("four, and one stalls for ever", 4, stalled=1),
    Mix("four, one ten times slower, one stalls for ever", 4, slow=1, stalled=1),
)


def ratio(mix: Mix, seconds: float) -> float:
    """The region's time against the ideal, in a lab of its own. `seconds` is what the ideal shall be."""
    items = round(seconds / mix.ideal_s(1))
    names = tuple(f"w{number}" for number in range(mix.workers))
    with (
        tempfile.TemporaryDirectory() as folder,
        loopback(["serve", "task", *names]) as hosts,
        _running(Lab(Path(folder), hosts, names, port=7800 + os.getpid() % 97)) as lab,
    ):
        program = lab.home("task") / "waits.py"
        program.write_text(PROGRAM.format(warm=mix.workers * SLOTS * 40, items=items))
        with _attached(lab, program) as task:
            assert task.stdout is not None
            if task.stdout.readline().strip() != b"warm":
                raise SystemExit(f"the program did not run: {(task.stderr or task.stdout).read().decode()}")
            with _harmed(lab, mix):
                took_s = float(task.stdout.readline())
    return took_s / mix.ideal_s(items)


@contextlib.contextmanager
def _running(lab: Lab) -> Iterator[Lab]:
    try:
        lab.serve()
        lab.lend_all(SLOTS)
        yield lab
    finally:
        lab.stop()


@contextlib.contextmanager
def _attached(lab: Lab, program: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`marx run` of the program, until it has ended."""
    command = lab.hosts["task"].inside(marx("run", str(program)))
    environment = lab.environment("task")
    with subprocess.Popen(
        command, env=environment, cwd=lab.home("task"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as task:
        yield task


# --- what slows a worker down -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _harmed(lab: Lab, mix: Mix) -> Iterator[None]:
    """Slows and stalls workers that have not got the driver, as long as the block lasts."""
    driver = jailed_programs(lab)[0]
    above = {parent.pid for parent in driver.parents()}
    others = [name for name in lab.workers if lab.running[name].pid not in above]
    slow, stalled = others[: mix.slow], others[mix.slow : mix.slow + mix.stalled]
    over = threading.Event()
    threads = [threading.Thread(target=_creep, args=(lab, name, over)) for name in slow]
    threads += [threading.Thread(target=_stall, args=(lab, name, over)) for name in stalled]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _creep(lab: Lab, name: str, over: threading.Event) -> None:
    """The whole machine moves for a moment in each turn."""
    daemon = psutil.Process(lab.running[name].pid)
    while not over.is_set():
        processes = [daemon, *daemon.children(recursive=True)]
        _signal(processes, stop=True)
        over.wait(TURN_S - MOVES_S)
        _signal(processes, stop=False)
        time.sleep(MOVES_S)


def _stall(lab: Lab, name: str, over: threading.Event) -> None:
    """Its jails stand still once it has done a few items of the region; the daemon says that all is well."""
    over.wait(1 + 5 * ITEM_MS / 1000)
    alone = replace(lab, workers=(name,))
    stopped: dict[int, psutil.Process] = {}
    while not over.wait(TURN_S):
        fresh = [process for process in jailed_programs(alone) if process.pid not in stopped]
        _signal(fresh, stop=True)
        stopped.update({process.pid: process for process in fresh})
    _signal(list(stopped.values()), stop=False)


def _signal(processes: list[psutil.Process], *, stop: bool) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if stop:
                process.suspend()
            else:
                process.resume()
