"""What whoever follows a job is told when that cannot go on."""

from __future__ import annotations

import pytest
from gevent.queue import Queue

from marx.cli.attached import Interrupts, _show
from marx.cli.screen import Screen
from marx.link.errors import Unreachable
from marx.tasker.client import Streamed


def test_who_gives_a_distributor_up_is_told_how_to_come_back(capfd: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    inbox: Queue[Streamed | Exception | None] = Queue()
    inbox.put(Unreachable("nobody answers"))
    with pytest.raises(Unreachable):
        _show(inbox, screen, Interrupts(screen, "bwd94k", can_detach=True), lambda _: None, show_output=True)
    assert capfd.readouterr() == (
        "",
        "marx: the distributor was not heard of for long; come back with: marx watch bwd94k\n",
    )
