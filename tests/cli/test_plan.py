"""What `marx plan` says of a program's first moments."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from marx.cli.plan import Pilot, RunTime, chunks_of, lines, run_times_of
from marx.wire.messages import RegionProgress

TIMEOUT_S = 120
REGION = RegionProgress(5, "for n in numbers:", 400, 20, 8, 2, 0, 20_000, 24_000)

PROGRAM = """\
def count(n):
    found = 0
    for i in range(100_000 + n):
        found += i * i % 7 == 3
    return found


with open("begun.txt", "w") as file:
    file.write("begun")
total = 0
for n in range(2_000):
    total += count(n)
print(total)
"""


def test_what_is_left_is_shared_by_the_slots_of_the_lab() -> None:
    pilot = Pilot(1_000, 2, None, REGION)
    assert list(run_times_of(pilot, 0)) == [RunTime("here", 2, 21_000, 25_000)]
    assert list(run_times_of(pilot, 8))[1:] == [RunTime("on the lab", 8, 6_000, 7_000)]
    assert chunks_of(REGION, 2) == 8 + 20_000 * 2 // 500


def test_lines_say_the_loop_and_when_it_is_through() -> None:
    pilot = Pilot(1_000, 2, None, REGION)
    assert list(lines(pilot, list(run_times_of(pilot, 8)))) == [
        "line 5: for n in numbers: 400 items, about 88 chunks",
        "here (2 slots): through after 21 s, at most 25 s (90%)",
        "on the lab (8 slots): through after 6.0 s, at most 7.0 s (90%)",
        "what comes after this loop is not counted",
    ]


def test_a_loop_in_a_module_beside_the_script_is_told_with_its_file() -> None:
    region = msgspec.structs.replace(REGION, file="pk/top.py")
    first, *_ = lines(Pilot(1_000, 2, None, region), [])
    assert first.startswith("pk/top.py line 5: ")


def plan(work: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "marx.cli", "plan", *arguments]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_program_is_measured_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "count.py").write_text(PROGRAM)
    told = json.loads(plan(tmp_path, "--json", "count.py"))
    assert told["ended"] is False
    assert (told["region"]["line"], told["region"]["items"]) == (11, 2_000)
    [here] = told["run_times"]
    assert (here["where"], 0 < here["likely_ms"] <= here["late_ms"]) == ("here", True)
    assert [path.name for path in tmp_path.iterdir()] == ["count.py"]


@pytest.mark.parametrize("text", ["print('hello')\n", "raise SystemExit(3)\n"])
def test_a_program_that_ends_at_once_is_said_to(tmp_path: Path, text: str) -> None:
    (tmp_path / "short.py").write_text(text)
    first, second = plan(tmp_path, "short.py").splitlines()
    assert first.startswith("it ended after ")
    assert second == "nothing of it was worth running in chunks until then; marx explain says why"
