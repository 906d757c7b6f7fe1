"""Jobs that come at a time, or again and again: over restarts, missed ones made up for or left out."""

from __future__ import annotations

import time

import gevent
import pytest

from marx.distributor.cron import BadTimes, next_time_ms
from marx.link.keys import new_keys
from marx.wire import messages as wire
from tests.distributor.asking import facts, submit
from tests.distributor.model import Lab, driver_done

NOON_MS = 1_764_590_400_000
"""2025-12-01 12:00 UTC, a Monday."""


def test_a_job_comes_at_its_time(durable: Lab) -> None:
    ann = durable.tasker()
    durable.worker("desk-1")
    job = submit(ann, at_ms=round(time.time() * 1000) + 600_000)
    told = facts(ann, job)
    assert told.row.state == "scheduled"
    assert told.row.due_ms == told.terms.at_ms
    durable.later(600_000)
    assert durable.worker("desk-2").drive().lease.job == job  # The other was not heard of for so long.
    assert facts(ann, job).row.state == "running"


def test_a_scheduled_job_survives_a_restart_and_can_be_cancelled(durable: Lab) -> None:
    ann = durable.tasker(keys := new_keys())
    job = submit(ann, at_ms=round(time.time() * 1000) + 3_600_000)
    durable.restart()
    ann = durable.tasker(keys)
    assert facts(ann, job).row.state == "scheduled"
    ann.say(wire.Cancel(job))
    ann.expect(wire.Cancelled)
    assert facts(ann, job).row.state == "cancelled"


def test_a_schedule_submits_a_job_at_each_of_its_times(durable: Lab) -> None:
    ann = durable.tasker()
    worker = durable.worker("desk-1")
    schedule = submit(ann, cron="0 3 * * *", zone="Europe/Berlin", tags=["nightly"])
    shell = durable.distributor.shell
    for _ in range(2):
        told = facts(ann, schedule)
        assert told.row.due_ms > told.now_ms
        shell.jobs.get(schedule).due_ms = told.now_ms  # type: ignore[union-attr]
        shell.times_changed.set()
        lease = worker.drive().lease
        row = facts(ann, run := lease.job).row
        assert (row.of, row.tags, row.state) == (schedule, ["nightly"], "running")
        worker.say(driver_done(lease))
        ann.follow_to_end(run)
        worker.say(wire.Ready(4, 1, seen=1 << 62))
    assert facts(ann, schedule).row.state == "scheduled"
    ann.say(wire.Pause(schedule))
    ann.expect(wire.Paused)
    assert facts(ann, schedule).row.state == "paused"


@pytest.mark.parametrize(("missed", "state"), [("run", "queued"), ("skip", "cancelled")])
def test_a_time_that_was_missed_is_made_up_for_or_left_out(durable: Lab, missed: str, state: str) -> None:
    ann = durable.tasker()
    job = submit(ann, at_ms=round(time.time() * 1000) - 3_600_000, missed=missed)
    with gevent.Timeout(20):
        while facts(ann, job).row.state != state:
            gevent.sleep(0.02)


@pytest.mark.parametrize(
    ("cron", "zone", "says"),
    [
        ("30 3 * * *", "Europe/Berlin", "2025-12-02 02:30"),
        ("0 9 * * mon-fri", "America/New_York", "2025-12-01 14:00"),
        ("*/15 * * * *", "", "2025-12-01 12:15"),
    ],
)
def test_the_next_time_of_a_schedule(cron: str, zone: str, says: str) -> None:
    next_ms = next_time_ms(wire.Terms(cron=cron, zone=zone), NOON_MS)
    assert time.strftime("%Y-%m-%d %H:%M", time.gmtime(next_ms / 1000)) == says


def test_a_schedule_that_never_comes(durable: Lab) -> None:
    with pytest.raises(BadTimes):
        next_time_ms(wire.Terms(cron="0 0 31 2 *"), NOON_MS)
