"""What a run leaves for `marx explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from marx.cli.lastrun import last_run, remember, report_of, run_lines
from marx.wire.codec import content
from marx.wire.messages import Ended, RegionReport

SOURCE = b"for n in numbers: slow(n)\n"
NOTHING = content(b"")
SENT = RegionReport(2, "for-loop", "for n in a:", 1, 400, 8, 12, 0, 2_000_000, 1_900_000, notes=["item 3: KeyError"])
LIGHT = RegionReport(
    5, "for-loop", "for n in b:", 0, 0, 0, 0, 0, 1000, 900, "MX601", "legal, not worth it: 9 items × 1 ms = 9 ms"
)
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
        (("", 2), "last run: 400 items in 8 chunks, 12 computed in place, about 2 ms each"),
        (("", 2), "         item 3: KeyError"),
        (("", 5), "last run: in order: MX601 legal, not worth it: 9 items × 1 ms = 9 ms"),
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
