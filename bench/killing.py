"""A story of faults.py: the distributor is killed every few seconds while one job of thousands of chunks runs."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter

from laboratory import WAIT_S, Lab, marx
from table import Table

from marx.journal.journal import open_journal
from marx.journal.records import ChunkKept, DriverLeased, RegionClosed

BETWEEN_S = (2.0, 6.0)
BEGUN = re.compile(r"worker: left .*chunks_begun=(\d+)")
PROGRAM = """
import sys

items, scale = int(sys.argv[1]), int(sys.argv[2])


def orbit(k):
    x, total = k + 1, 0
    for _ in range((k * 37 % 60 + 20) * scale):
        x = (x * 48271 + 11) % 2147483647
        total ^= x
    return total


for part in range(4):
    results = []
    for k in range(items // 4):
        results.append(orbit(k + part))
        if k % 100 == 0:
            print(part, k, results[-1])
    print("part", part, sum(results))
"""
SCALE = 1000
SMALL_CHUNKS = "target_ms = 1\nfirst_ms = 1\nmin_ms = 1\n"
"""The scheduler's settings under which an item, a few thousandths of a second, is a chunk."""


def distributor_story(lab: Lab, items: int, seed: int) -> bool:
    """Kills and starts the distributor until the job has ended. Whether all is as promised."""
    table, chance = Table(), random.Random(seed)
    program = lab.home("task") / "orbits.py"
    program.write_text(PROGRAM, encoding="utf-8")
    arguments = [str(program), str(items), str(SCALE)]
    expected = subprocess.run([sys.executable, *arguments], capture_output=True, check=True, timeout=3600)
    with open(lab.folder / "run.out", "wb") as out, open(lab.folder / "run.err", "wb") as err:
        tasker = subprocess.Popen(
            lab.hosts["task"].inside(marx("run", *arguments)),
            cwd=lab.home("task"),
            env=lab.environment("task"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
    kills = 0
    while tasker.poll() is None:
        time.sleep(chance.uniform(*BETWEEN_S))
        if tasker.poll() is None:
            lab.end("serve", signal.SIGKILL)
            lab.serve()
            kills += 1
    tasker.wait(WAIT_S)
    stdout, stderr = (lab.folder / "run.out").read_bytes(), (lab.folder / "run.err").read_bytes()
    table.line("the answer is python's", (stdout, stderr) == (expected.stdout, expected.stderr), stderr.decode()[-200:])
    table.line("the distributor was killed often", kills > 1, f"{kills} times")
    _count(lab, table)
    return not table.failed


def _count(lab: Lab, table: Table) -> None:
    """What ran more than once, from what the workers began and what the journal kept.

    A chunk that was under way when its region closed was begun for nothing: one for each slot at most.
    """
    for host in (*lab.workers, "serve"):
        lab.end(host, signal.SIGTERM)
    begun = sum(int(count) for host in lab.workers for count in BEGUN.findall(lab.log(host)))
    drivers = kept = closed = 0
    items: Counter[tuple[int, int]] = Counter()
    journal = open_journal(lab.serve_folder())
    for record in journal.replay():
        match record:
            case DriverLeased():
                drivers += 1
            case RegionClosed():
                closed += 1
            case ChunkKept(region=region, start=start, stop=stop):
                kept += 1
                items.update((region, item) for item in range(start, stop))
            case _:
                pass
    journal.close()
    twice = sum(count > 1 for count in items.values())
    table.line("its driver was never started again", drivers == 1, f"{drivers} attempt, {closed} regions")
    table.line("no item has two outcomes", twice == 0, f"{len(items)} items have one")
    spare = closed * len(lab.workers)
    table.line("no chunk ran twice", kept <= begun <= kept + spare, f"{begun} were begun, {kept} outcomes kept")
