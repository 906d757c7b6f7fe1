"""A distributor that was stopped takes nobody for lost."""

from __future__ import annotations

from marx.distributor.distributor import system_clock
from marx.distributor.waking import BEATS_IN_A_STOP, WakingTime
from marx.wire import messages as wire
from tests.distributor.model import Lab, driver_done, opened, program


def test_time_goes_on_after_a_stop_where_it_stood() -> None:
    clock = [1_000]
    waking = WakingTime(lambda: clock[0], heartbeat_ms=2_000)
    awake_ms = 3_000 + BEATS_IN_A_STOP * 2_000 - 1
    told = []
    for at_ms in (1_000, 3_000, awake_ms, 600_000, 602_000):
        clock[0] = at_ms
        told.append(waking.now_ms())
    assert told == [1_000, 3_000, awake_ms, awake_ms, awake_ms + 2_000]


def test_after_a_stop_every_lease_goes_on(durable: Lab) -> None:
    now_ms = [0]
    shell = durable.distributor.shell
    shell.clock = system_clock(durable.settings.heartbeat_ms, lambda: 1_000_000 * now_ms[0])
    tasker, worker = durable.tasker(), durable.worker("w1", credit=1)
    job = tasker.submit(program())
    lease = worker.drive().lease
    worker.say(opened(lease, count=1))
    chunk = worker.chunk()
    # Three leases pass, and nothing moves here meanwhile: no greenlet of this process runs.
    now_ms[0] = 3 * durable.settings.core.lease_ms
    worker.finish(chunk)
    assert worker.expect(wire.Values).start == 0
    worker.say(wire.Closed(lease, 0, 1, 0), driver_done(lease))
    assert tasker.follow_to_end(job)[2].state == "done"
    assert not [line for line in durable.log if "lost" in line or "requeued" in line]
