"""What does `marx run` cost a program that cannot gain? `python` and `marx run` in turn.

    python bench/overhead.py [--rounds 5] [--seconds 3] [--only NAME]

The first program takes one step after the other and cannot be split; the others are loops of items too light to be
sent, in every place where a loop may stand. Each is made to take about `--seconds` with `python`, the first one three
times as long. Shown is how much longer a program takes from its first line to its last, by the clock and in processor
time, medians of all rounds; and beside it, in seconds, what `marx run` adds before the first line and after the last.
The clock of a machine that does other things shows those as well; processor time does not. Exit code 1: a program takes
more than 3 % longer by both.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from timing import MARX

ALLOWED = 0.03
TRIAL_SCALE = 3
BEGIN = "import sys, time\nbegan = time.perf_counter(), time.process_time()\n"
END = "print(time.perf_counter() - began[0], time.process_time() - began[1], file=sys.stderr)\n"
STEPS = """
def steps(count):
    x = 1
    for _ in range(count):
        x = (x * 48271 + 11) % 2147483647
        if x % 3 == 0:
            x += 5
    return x

print(steps(int(sys.argv[1]) * 100_000))
"""
WORK = """
def work(k):
    return len([d for d in (2, 3, 5) if k % d])

count = int(sys.argv[1]) * 50_000
"""
OFTEN = "total = 0\nfor i in range(count // 10):\n    total += some(i) % 5\nprint(total)\n"
BODIES: dict[str, str] = {
    "loop at module level": "total = 0\nfor k in range(count):\n    total += work(k)\nprint(total)\n",
    "loop of light items": "total = 0\nfor k in range(10 * count):\n    total += k % 7\nprint(total)\n",
    "loop in a function": """
def run(count):
    total = 0
    for k in range(count):
        total += work(k)
    return total

print(run(count))
""",
    "list comprehension": "print(len([work(k) for k in range(count)]))\n",
    "set comprehension": "print(len({work(k) for k in range(count)}))\n",
    "generator into sum": "print(sum(work(k) for k in range(count)))\n",
    "map into sum": "print(sum(map(work, range(count))))\n",
    "key function": "print(max(range(count), key=work))\n",
    "items of a list": "items = list(range(count))\nprint(sum([work(k) for k in items]))\n",
    "nested at module level": """
total = 0
for i in range(count // 100):
    for j in range(100):
        total += work(i + j)
print(total)
""",
    "short loop, called often": """
def some(i):
    total = 0
    for j in range(10):
        total += work(i + j)
    return total

"""
    + OFTEN,
    "short sum, called often": "def some(i):\n    return sum(work(i + j) for j in range(10))\n\n" + OFTEN,
    "short loop in a method": """
class Some:
    def __init__(self):
        self.total = 0

    def add(self, i):
        for j in range(10):
            self.total += work(i + j)

some = Some()
for i in range(count // 10):
    some.add(i)
print(some.total)
""",
    "short loop in an inner function": """
def run(count):
    def some(i):
        return [work(i + j) for j in range(10)]

    total = 0
    for i in range(count // 10):
        total += len(some(i))
    return total

print(run(count))
""",
    "short comprehension in a closure": """
def make():
    def some(i):
        return [work(i + j) for j in range(10)]

    return some

total = 0
for i in range(count // 10):
    total = total * 3 % 1000003 + len(make()(total % 1000 + i))
print(total)
""",
    "short while, called often": """
def some(i):
    total = j = 0
    while j < 10:
        total += work(i + j)
        j += 1
    return total

total = 0
for i in range(count // 10):
    total = total * 3 % 1000003 + some(total % 1000 + i)
print(total)
""",
    "short loop that is left early": """
total = 0
for i in range(count // 4):
    for j in range(100):
        if work(total % 100 + j) == 3:
            break
    total = total * 3 % 1000003 + j
print(total)
""",
    "while at module level": "k = total = 0\nwhile k < count:\n    total += work(k)\n    k += 1\nprint(total)\n",
}
PROGRAMS = {"cannot be split": STEPS} | {name: WORK + body for name, body in BODIES.items()}


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds: of the whole command, and of its program by the clock and in processor time."""

    whole: float
    clock: float
    processor: float

    @property
    def around(self) -> float:
        return self.whole - self.clock


def run(way: list[str], program: Path, scale: int, expected: bytes = b"") -> tuple[Run, bytes]:
    """Runs the program, which says itself what it took; its answer must be the expected one."""
    started = time.perf_counter()
    done = subprocess.run([*way, str(program), str(scale)], cwd=program.parent, capture_output=True, check=False)
    whole = time.perf_counter() - started
    if done.returncode != 0 or (expected and done.stdout != expected):
        raise SystemExit(f"{' '.join(way)} gave {done.stdout[:200]!r}: {done.stderr.decode(errors='replace')}")
    clock, processor = map(float, done.stderr.split()[-2:])
    return Run(whole, clock, processor), done.stdout


def compare(name: str, folder: Path, seconds: float, rounds: int) -> bool:
    """Prints one line; whether the program takes hardly longer."""
    program = folder / "program.py"
    program.write_text(BEGIN + PROGRAMS[name] + END, encoding="utf-8")
    trial, _ = run([sys.executable], program, TRIAL_SCALE)
    longer = 3 if PROGRAMS[name] is STEPS else 1
    scale = max(TRIAL_SCALE, round(TRIAL_SCALE * longer * seconds / trial.processor))
    pairs = []
    for _ in range(rounds):
        python, answer = run([sys.executable], program, scale)
        marx, _ = run([*MARX, "run", "-q"], program, scale, answer)
        pairs.append((python, marx))
    clock = statistics.median(marx.clock / python.clock - 1 for python, marx in pairs)
    processor = statistics.median(marx.processor / python.processor - 1 for python, marx in pairs)
    around = statistics.median(marx.around - python.around for python, marx in pairs)
    print(f"{name:<34}{clock:>+10.1%}{processor:>+12.1%}{around:>10.2f} s", flush=True)
    return min(clock, processor) <= ALLOWED


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--only", choices=sorted(PROGRAMS), action="append")
    options = parser.parse_args()
    print(f"{'longer with marx run':<34}{'clock':>10}{'processor':>12}{'around it':>12}")
    with tempfile.TemporaryDirectory(prefix="marx-bench-") as folder:
        fair = [compare(name, Path(folder), options.seconds, options.rounds) for name in options.only or list(PROGRAMS)]
    sys.exit(0 if all(fair) else 1)


if __name__ == "__main__":
    main()
