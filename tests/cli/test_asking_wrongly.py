"""What is asked for and is not there: the answer names it, and what there is instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from marx.cli.logs import demand_chunk
from marx.cli.progress import state_line
from marx.cli.results import _make
from marx.link.dealer import _resolves
from marx.tasker.errors import JobFailed, UsageFault
from marx.wire.messages import Progress
from tests.cli.stage import Stage


def test_a_chunk_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        waiting = stage.submit()
        with pytest.raises(JobFailed, match=f"job {waiting} has no chunk 7; none was cut yet"):
            demand_chunk(stage.client, waiting, -1, 7)
        stage.client.cancel(waiting)
        job, _, _, desk = stage.looping(count=3)
        desk.chunk()
        demand_chunk(stage.client, job, 0, 0)
        with pytest.raises(JobFailed, match=rf"job {job} has no chunk 0/999; there are 0/0\.\.0/\d"):
            demand_chunk(stage.client, job, 0, 999)
    finally:
        stage.close()


def test_a_file_where_the_results_should_go_is_named(tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("")
    with pytest.raises(UsageFault, match="afile: it is a file"):
        _make(tmp_path / "afile")


def test_a_state_is_not_its_own_reason() -> None:
    assert state_line(Progress("j", "paused", 0, [], "paused")) == "paused"
    assert state_line(Progress("j", "queued", 0, [], "waits for a worker")) == "queued: waits for a worker"


def test_a_host_without_an_address_is_told_apart_from_one_that_is_silent() -> None:
    assert _resolves("tcp://127.0.0.1:7979")
    assert _resolves("tcp://[::1]:7979")
    assert _resolves("inproc://here")
    assert not _resolves("tcp://no-such-host.invalid:7979")
