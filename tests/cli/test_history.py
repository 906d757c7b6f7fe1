"""What `marx history` writes for spreadsheets (one line a job, nothing that a reader would obey), and of estimates."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from marx.cli import estimates
from marx.cli.history import write_csv
from marx.wire import messages as wire
from marx.wire.messages import JobRow
from tests.cli.stage import Stage


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("fit.py, twice", "fit.py, twice"),
        ("a\x1b[2Jb\x9b\u202ec", "a?[2Jb??c"),
        ("two\r\nlines\u2028and more", "two lines and more"),
        ("=cmd()", "'=cmd()"),
        ("\t=cmd()", "'=cmd()"),
        ("+1", "'+1"),
        ("-x", "'-x"),
        ("-5", "-5"),
        ("@sum", "'@sum"),
    ],
)
def test_a_name_is_one_cell_of_one_line(name: str, cell: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_csv([JobRow("bwd94k", name, "done", 1, 2, 3, 4, 4, tags=[name], note=name)])
    written = capsys.readouterr().out
    assert written.count("\n") == 2
    assert "".join(written.split("\n")).isprintable()
    heading, row = csv.reader(io.StringIO(written))
    told = dict(zip(heading, row, strict=True))
    assert (told["name"], told["tags"], told["note"]) == (cell, cell, cell)


def job(took_ms: int, said_ms: int = 60_000, late_ms: int = 90_000, state: str = "done") -> JobRow:
    return JobRow("bwd94k", "fit.py", state, 1, 1_000, 1_000 + took_ms, 4, 4, said_ms=said_ms, late_ms=late_ms)


def test_estimates_stand_beside_what_came() -> None:
    jobs = [job(50_000), job(80_000), job(120_000), job(60_000), job(1, -1, -1), job(1, state="failed")]
    heading, *rows, summary = estimates.lines(jobs)
    assert heading.split() == ["JOB", "NAME", "SAID", "AT", "MOST", "(90%)", "TOOK", "WITHIN"]
    assert [row.split("fit.py")[1].split("  ")[-1].strip() for row in rows] == ["said", "at most", "no", "said"]
    assert "1 min 20 s" in rows[1]
    assert summary == (
        "4 jobs: 50% took no longer than was said (50% would be right), 75% no longer than the most that was said "
        "(90%); for half of them what was said was off by 22% or less of what they took"
    )


def test_without_estimates_there_is_one_line_to_say_so() -> None:
    assert list(estimates.lines([job(5, -1, -1)]))[1:] == [
        "no job of these ended after something had been said of its end"
    ]


def test_what_was_said_first_is_kept_of_every_job_also_over_a_restart(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "serve")
    try:
        name, _, _, desk = stage.looping(count=40, credit=8)
        for _ in range(5):
            desk.finish(desk.chunk())

        def told() -> JobRow:
            [found] = stage.client.jobs(wire.ListJobs(name="census"))
            assert found.job == name
            return found

        stage.until(lambda: told().said_ms >= 0)
        said = told().said_ms, told().late_ms
        assert 0 < said[0] <= said[1]
        stage.restart()
        assert (told().said_ms, told().late_ms) == said
    finally:
        stage.close()
