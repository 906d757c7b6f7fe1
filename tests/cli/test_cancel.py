"""Cancelling several jobs at once, and watching one before its time, against a real distributor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from marx.cli.cancel import _cancel, _tagged
from marx.cli.times import show_time
from marx.cli.watch import when_due
from marx.tasker.errors import UsageFault
from marx.wire import messages as wire
from tests.cli.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def test_several_jobs_are_cancelled_and_each_that_cannot_be_is_told(stage: Stage) -> None:
    one, two = stage.submit(), stage.submit()
    cancelled, faults = _cancel(stage.client, [one, "nope", two, "nor this"])
    assert cancelled == [one, two]
    assert [type(fault) for fault in faults] == [UsageFault, UsageFault]
    assert ["nope" in str(faults[0]), "nor this" in str(faults[1])] == [True, True]
    stage.until(lambda: not stage.client.jobs())
    for again in (lambda: stage.client.cancel(one), lambda: stage.client.pause(one, paused=True)):
        with pytest.raises(UsageFault, match="has ended already"):
            again()


def test_who_watches_a_job_before_its_time_is_told_the_time(stage: Stage) -> None:
    due_ms = 4_000_000_000_000
    job = stage.submit(wire.Terms(at_ms=due_ms))
    assert when_due(stage.client, job) == f"{job} waits for {show_time(due_ms)}"
    assert when_due(stage.client, stage.submit()) == ""


def test_a_tag_means_all_jobs_with_it_that_have_not_ended(stage: Stage) -> None:
    first = stage.submit(wire.Terms(tags=["night"]))
    stage.submit()
    last = stage.submit(wire.Terms(tags=["night", "x"]))
    assert _tagged(stage.client, "night") == [first, last]
    _cancel(stage.client, [first])
    stage.until(lambda: _tagged(stage.client, "night") == [last])
