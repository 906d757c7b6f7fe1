"""How much one distributor carries: 1,000 workers and 200 taskers on it, 200,000 chunks, then half of the workers gone.

    python bench/load.py [--workers 1000] [--taskers 200] [--chunks 200000]

The workers are light (crowd.py): they speak the real protocol over CURVE and TCP, first with chunks as long as real
ones, then answering each at once, so that what is measured is the distributor. Times are told against those of the same
distributor when it is idle, or against its lease; memory is the resident memory of its process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from laboratory import WAIT_S, Lab
from network import loopback
from table import Table

HERE = Path(__file__).resolve().parent
SMALL_CHUNKS = "[scheduler]\ntarget_ms = 1\nfirst_ms = 1\nmin_ms = 1\n"
LEASE_S = 10.0
IDLE_S = 5.0
PROGRAM = "print('driven by a light worker')\n"
KIB = 1024
IN_ONE_PROCESS = 100
"""What crowd.py can have."""


@dataclass(slots=True)
class Crowd:
    """A process of crowd.py."""

    process: subprocess.Popen[str]

    def figures(self, chunk_s: float) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{chunk_s}\n")
        self.process.stdin.flush()
        return self.ready()

    def ready(self) -> dict[str, Any]:
        """The next line of figures; the first comes when all are welcomed."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a crowd ended")
        figures: dict[str, Any] = json.loads(line)
        return figures

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@contextlib.contextmanager
def crowd(lab: Lab, role: str, count: int, prefix: str, *flags: str) -> Iterator[Crowd]:
    command = [sys.executable, str(HERE / "crowd.py"), role, lab.join, str(count), prefix, *flags]
    process = subprocess.Popen(
        command, env=lab.environment("task"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    one = Crowd(process)
    try:
        yield one
    finally:
        one.end()


@dataclass(frozen=True, slots=True)
class Crowds:
    """Several processes of one kind; their figures together."""

    all: list[Crowd]

    def figures(self, chunk_s: float = 0.0) -> dict[str, Any]:
        """Since the last time. From now on each chunk takes so long."""
        rows = [one.figures(chunk_s) for one in self.all]
        return {name: sum((row[name] for row in rows[1:]), rows[0][name]) for name in rows[0]}

    def end(self) -> None:
        for one in self.all:
            one.end()


def crowds(lab: Lab, stack: contextlib.ExitStack, role: str, count: int, prefix: str, *flags: str) -> Crowds:
    """As many processes as `count` needs, all welcomed. The flags are for the first."""
    sizes = [min(IN_ONE_PROCESS, count - begun) for begun in range(0, count, IN_ONE_PROCESS)]
    started = [
        stack.enter_context(crowd(lab, role, size, f"{prefix}{number}-", *(flags if number == 0 else ())))
        for number, size in enumerate(sizes)
    ]
    for one in started:
        one.ready()
    return Crowds(started)


def submit(lab: Lab) -> str:
    """A job, driven by the crowd's first worker."""
    program = lab.home("task") / "load.py"
    program.write_text(PROGRAM)
    submitted = lab.call("submit", "-q", str(program))
    if submitted.returncode != 0:
        raise SystemExit(f"the job is not taken: {submitted.stderr.decode()}")
    return submitted.stdout.decode().strip()


def load(lab: Lab, workers: int, taskers: int, chunks: int) -> Table:
    table = Table()
    lab.serve_folder().mkdir(parents=True, mode=0o700)
    (lab.serve_folder() / "settings.toml").write_text(SMALL_CHUNKS)
    lab.serve()
    distributor = psutil.Process(lab.running["serve"].pid)
    with contextlib.ExitStack() as stack:
        asking = crowds(lab, stack, "taskers", taskers, "t")
        asking.figures()
        time.sleep(IDLE_S)
        idle_s = _percentile(asking.figures()["answers_s"], 50)
        before = distributor.memory_info().rss
        half = workers // 2
        staying = crowds(lab, stack, "workers", workers - half, "stay", "--drives", str(chunks))
        leaving = crowds(lab, stack, "workers", half, "leave")
        connected = distributor.memory_info().rss
        table.line("all are welcomed", True, f"{(connected - before) / workers / KIB:.0f} KiB a worker's connection")
        job = submit(lab)
        _at_rest(table, (staying, leaving, asking), idle_s)
        _half_way(lab, table, distributor, (staying, leaving, asking), chunks, idle_s)
        _vanish(lab, table, leaving, half)
        lab.wait_for("the job's end", lambda: _state(lab, job) not in ("queued", "running"))
        grown = distributor.memory_info().rss - connected
        table.line("the job ends", _state(lab, job) == "done", f"{grown / chunks:.0f} bytes more memory a chunk")
    return table


def _at_rest(table: Table, crowds: tuple[Crowds, Crowds, Crowds], idle_s: float) -> None:
    """All slots busy with chunks as long as real ones: the load that a lab is."""
    staying, leaving, asking = crowds
    time.sleep(2 * IDLE_S)
    asking.figures()
    time.sleep(4 * IDLE_S)
    answers = asking.figures()["answers_s"]
    ratio = _percentile(answers, 99) / idle_s
    table.line("status requests while all slots are busy", bool(answers), f"p99 is {ratio:.0f} times the idle median")
    for one in (staying, leaving):
        one.figures(chunk_s=0.0)


def _half_way(
    lab: Lab,
    table: Table,
    distributor: psutil.Process,
    crowds: tuple[Crowds, Crowds, Crowds],
    chunks: int,
    idle_s: float,
) -> None:
    """Until half of the chunks are done: how many a second of the distributor's processor time, and how it answers."""
    staying, leaving, asking = crowds
    asking.figures()
    used_s, before = sum(distributor.cpu_times()[:2]), staying.figures()["driven"]
    driven = before
    deadline = time.monotonic() + WAIT_S * 10
    while driven < chunks // 2 and time.monotonic() < deadline:
        time.sleep(0.5)
        driven = staying.figures()["driven"]
        leaving.figures()
    used_s = sum(distributor.cpu_times()[:2]) - used_s
    answers = asking.figures()["answers_s"]
    table.line(
        "half of the chunks are done",
        driven >= chunks // 2,
        f"{(driven - before) / used_s:.0f} chunks a processor second",
    )
    ratio = _percentile(answers, 99) / idle_s
    table.line("status requests beyond what it can carry", bool(answers), f"p99 is {ratio:.0f} times the idle median")


def _vanish(lab: Lab, table: Table, leaving: Crowds, half: int) -> None:
    """Half of the workers are gone without a word: when is all that they had with somebody else?"""
    leaving.end()
    gone_s = time.monotonic()
    lab.wait_for("the distributor to miss them", lambda: lab.log("serve").count("lost: silent for") >= half)
    after_s = time.monotonic() - gone_s
    table.line("half of the workers vanish, and are missed", True, f"all within {after_s / LEASE_S:.1f} leases")


def _state(lab: Lab, job: str) -> str:
    rows = [row for row in lab.rows("ps", "-a") if row["job"] == job]
    return str(rows[0]["state"]) if rows else ""


def _percentile(values: list[float], percent: int) -> float:
    if not values:
        raise SystemExit("no status request was answered")
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--taskers", type=int, default=200)
    parser.add_argument("--chunks", type=int, default=200_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="marx-load-"))
    try:
        with loopback(["serve", "task"]) as hosts, contextlib.ExitStack() as stack:
            lab = Lab(folder, hosts, (), port=7600 + os.getpid() % 97)
            stack.callback(lab.stop)
            failed = load(lab, options.workers, options.taskers, options.chunks).failed
    finally:
        shutil.rmtree(folder)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
