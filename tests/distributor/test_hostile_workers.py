"""A hostile worker says the largest and smallest numbers there are, in every field of every message: nobody else
notices."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from marx.wire import messages as wire
from marx.wire.codec import content
from tests.distributor.model import Lab, Worker, driver_done, opened, program

EXTREMES = ((1 << 64) - 1, 1 << 63, (1 << 63) - 1, -(1 << 63), -1)


def twisted(message: wire.Message) -> list[Any]:
    """The message once for each number in it and each extreme."""
    found = []
    for field in msgspec.structs.fields(message):
        value = getattr(message, field.name)
        if type(value) is int:
            found += [msgspec.structs.replace(message, **{field.name: extreme}) for extreme in EXTREMES]
        elif type(value) is float:
            twists = (float("inf"), float("-inf"), float("nan"), 1e308)
            found += [msgspec.structs.replace(message, **{field.name: twist}) for twist in twists]
        elif isinstance(value, wire.Lease):
            found += [msgspec.structs.replace(message, **{field.name: lease}) for lease in twisted(value)]
    return found


def said(driver: wire.LeaseDriver, chunk: wire.LeaseChunk | None) -> list[wire.Message]:
    """An honest one of each kind that a worker says about a driver or a chunk."""
    found: list[wire.Message] = [
        wire.Ready(2, 2, seen=0),
        wire.Heartbeat([driver.lease.number], 0.5),
        wire.Output(driver.lease.job, 1, 0, b"x", driver.lease),
        wire.Planned(driver.lease, b"{}"),
        opened(driver.lease, region=5),
        wire.Closed(driver.lease, 5, 1, 1),
        wire.Returned(driver.lease, "busy"),
        driver_done(driver.lease),
    ]
    if chunk is not None:
        found.append(wire.ChunkDone(chunk.lease, "done", 1, 1, values=content(b"values")))
    return found


@pytest.mark.parametrize("number", range(9))
def test_numbers_of_a_hostile_worker_harm_nobody(number: int, lab: Lab) -> None:
    tasker = lab.tasker()
    job = tasker.submit(program())
    hostile = lab.worker("hostile")
    driver = hostile.drive()
    hostile.say(opened(driver.lease))
    chunk = hostile.chunk()
    for message in twisted(said(driver, chunk)[number]):
        hostile.say(message)
    other = lab.worker("honest", seats=2)
    tasker.say(wire.ListWorkers(), wire.ListJobs(everything=True), wire.GetJob(job), wire.Follow(job))
    tasker.expect(wire.Workers)
    tasker.expect(wire.Jobs)
    _runs_another(lab, other)


@pytest.mark.parametrize(
    "hello", twisted(wire.Hello(wire.VERSION, "worker", "hostile", "3.11.9", "", 4, 1, 4, 1 << 30))
)
def test_numbers_of_a_hostile_greeting_harm_nobody(hello: wire.Hello, lab: Lab) -> None:
    peer = lab.peer()
    peer.say(hello, wire.Ready(4, 1, seen=1 << 62), wire.Heartbeat([], 0.0))
    tasker = lab.tasker()
    tasker.say(wire.ListWorkers())
    tasker.expect(wire.Workers)
    _runs_another(lab, lab.worker("honest"))


def _runs_another(lab: Lab, worker: Worker) -> None:
    """Whatever was said before, somebody else's job comes to its end."""
    tasker = lab.tasker()
    tasker.submit(program(name="other.py"), ticket="other")
    assert lab.distributor.shell.counts["bug"] == 0, lab.log


@pytest.mark.parametrize("lent", [-5, 1 << 60])
def test_memory_that_no_machine_lends_counts_as_not_said(lent: int, lab: Lab) -> None:
    peer, tasker = lab.peer(), lab.tasker()
    peer.greet(wire.Hello(wire.VERSION, "worker", "boaster", "3.11.9", slots=1, lent_bytes=lent))
    tasker.say(wire.ListWorkers())
    assert [row.lent_bytes for row in tasker.expect(wire.Workers).workers] == [0]
