"""What a run leaves for `marx explain`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from marx.cli.hindsight import EDITS, as_it_ran
from marx.cli.lastrun import last_run, remember, report_of, run_lines
from marx.cli.verdicts import explain_lines
from marx.program.analysis import analyse
from marx.wire.codec import content
from marx.wire.messages import Ended, RegionReport

SOURCE = b"for n in numbers: slow(n)\n"
NOTHING = content(b"")
SENT = RegionReport(2, "for-loop", "for n in a:", 1, 400, 8, 12, 0, 2_000_000, 1_900_000, notes=["item 3: KeyError"])
LIGHT = RegionReport(
    5, "for-loop", "for n in b:", 0, 0, 0, 0, 0, 1000, 900, "MX601", "legal, not worth it: 9 items × 1 ms = 9 ms"
)
REFUSED = RegionReport(4, "for-loop", "for n in a:", 0, 0, 0, 0, 0, 0, 0, "MX301", "the list grows; see line 6")
UNREACHED = RegionReport(9, "list", "[n for n in c]", 0, 0, 0, 0, 0)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def ended() -> Ended:
    return Ended("j1", "done", 0, "", NOTHING, NOTHING, [], [], [SENT, LIGHT, UNREACHED], 4000)


def test_what_became_of_each_region_is_told_at_its_line(tmp_path: Path) -> None:
    remember(tmp_path / "prog.py", report_of(ended(), content(SOURCE).hash))
    report = last_run(tmp_path / "prog.py", SOURCE)

    assert report is not None
    assert list(run_lines(report)) == [
        (("", 2, "for-loop"), "last run: 400 items in 8 chunks, 12 computed in place, about 2 ms each"),
        (("", 2, "for-loop"), "         item 3: KeyError"),
        (("", 5, "for-loop"), "last run: in order: MX601 legal, not worth it: 9 items × 1 ms = 9 ms"),
    ]


def test_a_text_that_has_changed_since_has_not_run(tmp_path: Path) -> None:
    remember(tmp_path / "prog.py", report_of(ended(), content(SOURCE).hash))

    assert last_run(tmp_path / "prog.py", SOURCE + b"#\n") is None
    assert last_run(tmp_path / "other.py", SOURCE) is None


def test_a_report_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(json.dumps(report_of(ended(), content(SOURCE).hash)))

    assert last_run(tmp_path / "prog.py", SOURCE, file) is not None
    file.write_text("[]")
    assert last_run(tmp_path / "prog.py", SOURCE, file) is None


def test_only_so_many_programs_are_remembered(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marx.cli.lastrun.KEPT_MAX", 3)
    for number in range(5):
        remember(tmp_path / f"prog{number}.py", report_of(ended(), ""))

    assert len(list((cache / "marx" / "runs").iterdir())) == 3


TOP = Path(__file__).resolve().parents[2]
LOOPS = """\
def slow(n):
    return sum(range(n))
a, b, total = [1], [2], 0
for n in a:
    total += slow(n)
for n in b:
    total += slow(n)
print([slow(n) for n in a], [slow(n) for n in b])
"""


def explained(*regions: RegionReport) -> list[str]:
    """What `explain` says after a run in which that became of the regions."""
    report = report_of(Ended("j1", "done", 0, "", NOTHING, NOTHING, [], [], list(regions), 9), content(b"").hash)
    plan, said = as_it_ran(analyse(LOOPS, "prog.py"), report, {})
    return list(explain_lines("prog.py", LOOPS, plan, verbose=False, told=list(run_lines(report, said))))


def test_what_ran_in_order_is_in_order_in_headline_and_listing() -> None:
    lines = explained(REFUSED, RegionReport(6, "for-loop", "for n in b:", 1, 40, 8, 0, 0))

    assert lines[:6] == [
        "prog.py:4:1: MX301 [sequential] for-loop at line 4: the list grows; see line 6",
        "  note: MX000 by its text: `slow(n)` runs in chunks; `total` folded in item order",
        "  fix: iterate over a copy: `list(…)`",
        "  last run: in order",
        "prog.py:6:1: MX000 [parallel] for-loop at line 6: `slow(n)` runs in chunks; `total` folded in item order",
        "  last run: 40 items in 8 chunks, 0 computed in place",
    ]
    assert {"4 │ for n in a:", "6 ║ for n in b:"} <= set(lines)


def test_of_two_alike_in_one_line_both_must_have_run_in_order() -> None:
    light = RegionReport(8, "list", "[slow(n) for n in a]", 0, 0, 0, 0, 0, 0, 0, "MX605", "only 1 item")
    sent = RegionReport(8, "list", "[slow(n) for n in b]", 1, 40, 8, 0, 0)

    both = [[line for line in explained(light, other) if line.startswith("prog.py:8:")] for other in (light, sent)]
    assert [["[sequential]" in line for line in lines] for lines in both] == [[True, True], [False, False]]


def test_of_several_in_one_line_each_is_told_what_became_of_it_and_once() -> None:
    source = "def slow(n):\n    return sum(range(n))\n\n\nfor n in sorted(slow(k) for k in [1]):\n    print(slow(n))\n"
    loop = RegionReport(5, "for-loop", "for n in …:", 0, 0, 0, 0, 0, 2_000_000, 9, "MX601", "9 items × 2 ms = 18 ms")
    inner = RegionReport(5, "generator", "(slow(k) …)", 0, 0, 0, 0, 0, 3_000_000, 9, "MX601", "9 items × 3 ms = 27 ms")
    end = Ended("j1", "done", 0, "", NOTHING, NOTHING, [], [], [loop, inner], 9)
    plan, said = as_it_ran(analyse(source, "prog.py"), report_of(end, ""), {})

    told = list(run_lines(report_of(end, ""), said))
    lines = list(explain_lines("prog.py", source, plan, verbose=False, told=told))
    headlines = [line.partition(" ")[0] for line in lines if line.startswith(("prog.py:5:", "  last run"))]
    assert [line for line in lines if line.startswith("  last run")] == [
        "  last run: in order, about 2 ms each",
        "  last run: in order, about 3 ms each",
    ]
    assert headlines == ["prog.py:5:1:", "", "prog.py:5:16:", ""]


WHOLE = """\
from itertools import product


def slow(n):
    return sum(i * i % 7 for i in range(n * 300 + 300_000))


print(sum([slow(a * b) for a, b in product(range(9), range(9))]))
"""


def test_items_that_were_all_sent_leave_no_rest_in_order(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(WHOLE)
    environment = {**os.environ, "PYTHONPATH": str(TOP), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    run = [sys.executable, "-m", "marx.cli", "run", "--slots", "2", "--report", "report.json", "prog.py"]
    subprocess.run(run, cwd=tmp_path, env=environment, check=True, stdout=subprocess.DEVNULL)

    regions = {region["line"]: region for region in json.loads((tmp_path / "report.json").read_text())["regions"]}
    assert (regions[8]["verdict"], regions[8]["code"], regions[8]["reason"]) == ("parallel", "MX000", "")


def test_the_edits_are_those_of_the_guide() -> None:
    guide = (TOP / "marx" / "GUIDE.md").read_text(encoding="utf-8").splitlines()

    rows = {code: next(line for line in guide if line.startswith(f"| {code} |")) for code in EDITS}
    assert [code for code, edit in EDITS.items() if edit not in rows[code]] == []


POOLS = """\
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool


def slow(n):
    if n == 7:
        raise ValueError(n)
    return sum(i * i % 7 for i in range(n * 300 + 300_000))


if __name__ == "__main__":
    with Pool(4) as pool:
        many = pool.map(slow, range(8, 28))
        found = pool.map_async(slow, range(20))
        found.wait()
        print(sum(many), found.successful())
    with Pool(1) as one:
        print(sum(one.map(slow, range(8, 20))))
    with ProcessPoolExecutor() as executor:
        for n in range(3):
            print(executor.submit(slow, n).result())
        try:
            print(list(executor.map(lambda n: n, range(20))))
        except Exception as fault:
            print(type(fault))
    for k in range(2):
        for n in range(8, 60):
            slow(n)
    k = 0
    while k < 2:
        for n in range(8, 60):
            slow(n)
        k += 1
"""


def test_pools_and_outer_loops_say_why_they_stayed_in_order(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "prog.py").write_text(POOLS)
    environment = {**os.environ, "PYTHONPATH": str(TOP), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    command = [sys.executable, "-m", "marx.cli"]
    run = [*command, "run", "--report", str(tmp_path / "report.json"), "prog.py"]
    subprocess.run(run, cwd=work, env=environment, check=True, stdout=subprocess.DEVNULL)
    told = subprocess.run(
        [*command, "explain", "prog.py"], cwd=work, env=environment, check=True, capture_output=True, text=True
    ).stdout

    regions = {region["line"]: region for region in json.loads((tmp_path / "report.json").read_text())["regions"]}
    in_order = {line: one["code"] for line, one in regions.items() if one["verdict"] == "sequential"}
    in_order = {line: code for line, code in in_order.items() if line not in (27, 31)}  # light, if the machine is fast
    assert in_order == {18: "MX605", 21: "MX605", 23: "MX402", 26: "MX602", 30: "MX602"}
    assert (regions[13]["verdict"], regions[14]["notes"]) == ("parallel", ["MX704 item 7: ValueError"])
    assert "pool call at line 18: a pool of one process makes its calls in order" in told
    assert "pool call at line 21: its result is asked for before there is a second call" in told
    assert "pool call at line 23: a call cannot be sent: PicklingError" in told
    assert "for-loop at line 26: legal, but too few items to share out: left to what repeats at line 27" in told
