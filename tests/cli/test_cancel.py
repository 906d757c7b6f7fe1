"""Cancelling several jobs at once, against a real distributor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from marx.cli.cancel import _cancel, _tagged
from marx.tasker.errors import UsageFault
from marx.wire import messages as wire
from tests.cli.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def test_several_jobs_are_cancelled_and_the_first_that_cannot_be_is_told(stage: Stage) -> None:
    one, two = stage.submit(), stage.submit()
    cancelled, fault = _cancel(stage.client, [one, "nope", two])
    assert cancelled == [one, two]
    assert isinstance(fault, UsageFault)
    assert "nope" in str(fault)
    stage.until(lambda: not stage.client.jobs())
    for again in (lambda: stage.client.cancel(one), lambda: stage.client.pause(one, paused=True)):
        with pytest.raises(UsageFault, match="has ended already"):
            again()


def test_a_tag_means_all_jobs_with_it_that_have_not_ended(stage: Stage) -> None:
    first = stage.submit(wire.Terms(tags=["night"]))
    stage.submit()
    last = stage.submit(wire.Terms(tags=["night", "x"]))
    assert _tagged(stage.client, "night") == [first, last]
    _cancel(stage.client, [first])
    stage.until(lambda: _tagged(stage.client, "night") == [last])
