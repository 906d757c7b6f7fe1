"""A lab on one machine: distributor, three workers and a tasker, each alone in a network of its own. Linux, root, `ip`.

    python bench/lab.py [--seconds 16] [--keep]

A program is submitted, watched and fetched while something happens to the lab half-way: nothing, a worker killed, the
distributor stopped and started again, the distributor killed and started again. Each time the answer must be python's.
What passes the distributor's port is recorded, and must not show anything of the program. Exit code 1: not as promised.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from laboratory import PORT, WAIT_S, Lab
from network import network
from table import Table
from wire import recorded, search, send_in_clear

WORKERS = ("work1", "work2", "work3")
ITEMS = 120
IN_SOURCE, IN_ARGUMENT, IN_OUTPUT = "only-in-the-source-4711", "only-in-the-argument-4712", "only-in-the-output-4713"
PROGRAM = f'''"""Says {IN_SOURCE} here and nowhere else."""
import sys

scale = int(sys.argv[1])


def orbit(k):
    x, total = k + 1, 0
    for _ in range((k * 37 % 60 + 20) * scale):
        x = (x * 48271 + 11) % 2147483647
        total ^= x
    return total


results = []
with open("orbits.txt", "w") as file:
    for k in range({ITEMS}):
        value = orbit(k)
        results.append(value)
        print(k, value, file=file)
        if k % 20 == 0:
            print("item", k, value)
print(sum(results), len(sys.argv[2]), "{IN_OUTPUT[::-1]}"[::-1])
sys.exit(7)
'''
TRIAL_SCALE = 1000
STORY_LINES_MAX = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run of the program gives."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    orbits: bytes


# --- what may happen half-way ----------------------------------------------------------------------------------------


def nothing(lab: Lab, table: Table) -> None:
    ports = {host: lab.hosts[host].open_ports() for host in (*WORKERS, "task")}
    table.line(
        "no port is open on a worker or on the tasker", not any(ports.values()), str(sum(map(len, ports.values())))
    )
    ports_of_distributor = lab.hosts["serve"].open_ports()
    table.line("  (control: the distributor's one is seen)", len(ports_of_distributor) == 1, str(ports_of_distributor))


def kill_a_worker(lab: Lab, table: Table) -> None:
    """Kills the daemon itself, not what it started: that has to go by itself."""
    process = lab.running.pop(WORKERS[0])
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(started, timeout=10)
    table.line("its sandboxes went with it", bool(started) and not alive, f"{len(started)} processes")
    lab.wait_for("the distributor to miss the worker", lambda: bool(story_of_the_loss(lab)))


def restart_distributor(number: signal.Signals) -> Callable[[Lab, Table], None]:
    def restart(lab: Lab, table: Table) -> None:
        process = lab.running.pop("serve")
        process.send_signal(number)
        process.wait(WAIT_S)
        join = lab.join
        lab.serve()
        table.line(f"back after {number.name}, with the same line to join", lab.join == join)

    return restart


def story_of_the_loss(lab: Lab) -> list[str]:
    """The lines of the distributor's log that tell that the killed worker is missed, and who has its chunks now."""
    lines = [line for line in lab.log("serve").splitlines() if WORKERS[0] in line]
    return [line for line in lines if re.search(r"late|lost|requeued", line)]


# --- one run of the story --------------------------------------------------------------------------------------------


def run_story(
    lab: Lab, table: Table, program: Path, arguments: list[str], expected: Answer, harm: Callable[[Lab, Table], None]
) -> None:
    """Submit, watch, do harm half-way, fetch, compare."""
    lab.serve()
    lab.lend_all()
    submitted = lab.call("submit", "-q", str(program), *arguments)
    job = submitted.stdout.decode().strip()
    table.line("submit prints the job's id", submitted.returncode == 0 and bool(job), job or submitted.stderr.decode())
    if not job:
        return
    watch = lab.start("task", "watch", job)
    lab.wait_for("half of the items", lambda: is_half_way(lab, job) or is_over(lab, job))
    harm(lab, table)
    lab.wait_for("the job's end", lambda: is_over(lab, job))
    watched = watch.wait(WAIT_S)
    table.line("watch follows it to its end", watched in (0, expected.exit_code), f"exit code {watched}")
    lab.running.pop("task")
    compare(lab, table, job, expected)


def is_half_way(lab: Lab, job: str) -> bool:
    return any(row["job"] == job and int(str(row["done"])) * 2 >= ITEMS for row in lab.rows("ps", "-a"))


def is_over(lab: Lab, job: str) -> bool:
    return any(row["job"] == job and row["state"] not in ("queued", "running") for row in lab.rows("ps", "-a"))


def compare(lab: Lab, table: Table, job: str, expected: Answer) -> None:
    folder = lab.home("task") / "fetched"
    fetched = lab.call("results", job, "-o", str(folder))
    if fetched.returncode != 0:
        table.line("results fetches the answer", False, fetched.stderr.decode())
        return
    answer = Answer(
        int((folder / "exit_code").read_text()),
        (folder / "stdout").read_bytes(),
        (folder / "stderr").read_bytes(),
        (folder / "files" / "orbits.txt").read_bytes(),
    )
    table.line("output, errors, exit code and file are those of python", answer == expected)
    rows = lab.rows("workers")
    done = {str(row["name"]): int(str(row["chunks_done"])) for row in rows}
    table.line("several workers took part", sum(count > 0 for count in done.values()) >= 2, str(done))


# --- all together ----------------------------------------------------------------------------------------------------


def answer_of_python(program: Path, arguments: list[str], folder: Path) -> tuple[Answer, float]:
    folder.mkdir()
    started = time.perf_counter()
    done = subprocess.run([sys.executable, str(program), *arguments], cwd=folder, capture_output=True, check=False)
    taken = time.perf_counter() - started
    return Answer(done.returncode, done.stdout, done.stderr, (folder / "orbits.txt").read_bytes()), taken


def check_lab(folder: Path, seconds: float) -> Table:
    table = Table()
    program = folder / "orbits.py"
    program.write_text(PROGRAM, encoding="utf-8")
    _, taken = answer_of_python(program, [str(TRIAL_SCALE), "trial"], folder / "trial")
    arguments = [str(max(1, round(TRIAL_SCALE * seconds / taken))), IN_ARGUMENT]
    expected, taken = answer_of_python(program, arguments, folder / "python")
    print(
        f"the program takes {taken:.1f} s with python; the lab has three workers of one slot on {os.cpu_count()} cores"
    )
    stories: dict[str, Callable[[Lab, Table], None]] = {
        "nothing happens": nothing,
        "a worker is killed half-way": kill_a_worker,
        "the distributor is stopped and started half-way": restart_distributor(signal.SIGTERM),
        "the distributor is killed and started half-way": restart_distributor(signal.SIGKILL),
    }
    for number, (name, harm) in enumerate(stories.items()):
        print(f"\n{name}")
        story_folder = folder / f"story{number}"
        story_folder.mkdir()
        wire = story_folder / "wire.json"
        with network(["serve", *WORKERS, "task"]) as hosts:
            lab = Lab(story_folder, hosts, WORKERS)
            with contextlib.ExitStack() as stack:
                stack.enter_context(recorded(hosts["serve"], PORT, wire))
                stack.callback(lab.stop)
                run_story(lab, table, program, arguments, expected, harm)
                send_in_clear(hosts["task"], hosts["serve"], PORT)
            if harm is kill_a_worker:
                table.line("the distributor's log tells who has its chunks now", bool(story_of_the_loss(lab)))
                print("\n".join(f"        {line}" for line in story_of_the_loss(lab)[:STORY_LINES_MAX]))
            search(table, wire, [hosts[name] for name in (*WORKERS, "task")], (IN_SOURCE, IN_ARGUMENT, IN_OUTPUT))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=16.0, help="how long the program takes with python")
    parser.add_argument("--keep", action="store_true", help="leave the folder with all logs")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="marx-lab-"))
    try:
        failed = check_lab(folder, options.seconds).failed
    finally:
        if options.keep:
            print(f"\nlogs are in {folder}")
        else:
            shutil.rmtree(folder)
    print("\nFAILED" if failed else "\nall as promised")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
