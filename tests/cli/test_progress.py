"""Progress messages as lines."""

from __future__ import annotations

import msgspec
import pytest

from marx.cli.progress import Milestones, region_line, remaining, state_line
from marx.cli.table import columns
from marx.wire.messages import Progress, RegionProgress


def region(
    done: int = 40, *, p50: int = 120_000, p90: int = 180_000, source: str = "for seed in seeds:"
) -> RegionProgress:
    return RegionProgress(12, source, 100, done, 9, 2, 1, p50, p90)


def progress(*regions: RegionProgress, state: str = "running", note: str = "") -> Progress:
    return Progress("j", state, 3, list(regions), note)


def test_a_region_in_full() -> None:
    assert region_line(region(), 3) == (
        "line 12: for seed in seeds: 40/100 items, 9 chunks, 2 running, 1 requeued, 3 workers, "
        "2 min left, at most 3 min (90%)"
    )


def test_a_region_that_nobody_works_on_waits() -> None:
    idle = msgspec.structs.replace(region(), running=0)
    assert region_line(idle, 0) == "line 12: for seed in seeds: 40/100 items, 9 chunks, 1 requeued, waits for a worker"
    assert "waits" not in region_line(region(), 0) + region_line(idle, 1)


def test_what_failed_too_often_in_chunks_waits_for_nobody() -> None:
    left = msgspec.structs.replace(region(p50=0, p90=0), running=0)
    assert region_line(left, 0) == (
        "line 12: for seed in seeds: 40/100 items, 9 chunks, 1 requeued, 0 workers, the driver computes the rest itself"
    )


def test_a_region_of_a_module_names_its_file() -> None:
    line = region_line(msgspec.structs.replace(region(), file="simulate.py"), 3)
    assert line.startswith("simulate.py line 12: for seed in seeds: 40/100 items")


@pytest.mark.parametrize(
    ("p50", "p90", "text"),
    [
        (-1, -1, "measuring"),
        (120_000, 180_000, "2 min left, at most 3 min (90%)"),
        (120_000, 120_000, "2 min left"),
        (120_000, -1, "2 min left"),
    ],
)
def test_the_time_left(p50: int, p90: int, text: str) -> None:
    assert remaining(region(p50=p50, p90=p90)) == text


def test_a_region_that_is_through_has_no_time_left() -> None:
    assert remaining(region(100)) == "done"


def test_long_and_hostile_sources_are_cut_and_cleaned() -> None:
    line = region_line(region(source="for \x1b[2Jitem in something_with_a_very_long_name_indeed:\n    pass"), 1)
    assert line.startswith("line 12: for ?[2Jitem in something_with_…: 40/100 items")
    assert line.isprintable()


def test_a_job_without_regions_tells_its_state() -> None:
    assert state_line(progress(state="queued", note="no worker has Python 3.13")) == (
        "queued: no worker has Python 3.13, 3 workers"
    )


def test_plain_lines_come_at_each_tenth_and_change_of_state() -> None:
    milestones = Milestones()
    assert milestones.lines(progress(state="queued")) == ["queued, 3 workers"]
    assert milestones.lines(progress(state="queued")) == []
    assert len(milestones.lines(progress(region(0)))) == 2
    assert milestones.lines(progress(region(9))) == []
    assert len(milestones.lines(progress(region(10)))) == 1
    assert len(milestones.lines(progress(region(35), region(0)))) == 2
    assert milestones.lines(progress(region(35), region(5))) == []


def test_columns_are_aligned_and_clean() -> None:
    assert columns(("A", "BB"), [("long one", "x"), ("\x1b[31mred", "")]) == ["A         BB", "long one  x", "?[31mred"]
