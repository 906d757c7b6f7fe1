"""Jobs that are done, whatever their program did."""

from __future__ import annotations

from marx.wire import messages as wire
from tests.cli.planted.table import planted
from tests.cli.stage import NOT_SPLIT, Stage
from tests.distributor.model import PLAN, opened

TRACEBACK = b'Traceback (most recent call last):\n  File "/home/ann/census.py", line 7, in <module>\n'
BOTH = PLAN.replace(b'"findings": []', NOT_SPLIT.partition(b", ")[2].removesuffix(b"}"))
"""A plan with a loop that may be split, and one that may not."""


def exits(stage: Stage, exit_code: int, stderr: bytes = b"") -> str:
    job, worker, lease = stage.running()
    stage.end(worker, lease, exit_code, stderr)
    return job


@planted("missing-module")
def _(stage: Stage) -> str:
    return exits(stage, 1, TRACEBACK + b"ModuleNotFoundError: No module named 'helpers'\n")


@planted("missing-file")
def _(stage: Stage) -> str:
    return exits(stage, 1, TRACEBACK + b"FileNotFoundError: [Errno 2] No such file or directory: 'a.csv'\n")


@planted("memory-error")
def _(stage: Stage) -> str:
    return exits(stage, 1, TRACEBACK + b"MemoryError\n")


@planted("died-of-a-signal")
def _(stage: Stage) -> str:
    job, worker, lease = stage.running()
    stage.end(worker, lease, 139, reason="the program was ended by signal 11")
    return job


@planted("exception")
def _(stage: Stage) -> str:
    return exits(stage, 1, TRACEBACK + b"ValueError: no\n")


@planted("exit-code")
def _(stage: Stage) -> str:
    return exits(stage, 5)


@planted("files-astray")
def _(stage: Stage) -> str:
    job, worker, lease = stage.running()
    stage.end(worker, lease, astray=["../result.txt"])
    return job


def stayed(stage: Stage, code: str, reason: str) -> str:
    """A job that takes long, as a loop that may be split did not run in chunks."""
    job, worker, lease = stage.running(BOTH)
    stage.later(60_000)
    stage.end(worker, lease, sites=[wire.SiteFigures(0, 1, 0, 9, 1, 1, code, reason)])
    return job


@planted("kept-in-order")
def _(stage: Stage) -> str:
    return stayed(stage, "MX402", "a file is open")


@planted("session-ended")
def _(stage: Stage) -> str:
    job = stage.submit(session=True)
    stage.later(60_000)
    stage.ann.say(wire.EndSession(job))
    stage.until(lambda: stage.state(job) == "done")
    return job


@planted("session-gone")
def _(stage: Stage) -> str:
    job = stage.submit(session=True)
    stage.later(10_000_000)
    stage.until(lambda: stage.state(job) == "cancelled")
    return job


@planted("session-cancelled")
def _(stage: Stage) -> str:
    job = stage.submit(session=True)
    stage.client.cancel(job)
    stage.until(lambda: stage.state(job) == "cancelled")
    return job


@planted("was-not-split")
def _(stage: Stage) -> str:
    job, worker, lease = stage.running(NOT_SPLIT)
    stage.later(60_000)
    stage.end(worker, lease)
    return job


@planted("was-not-worth-it")
def _(stage: Stage) -> str:
    job, worker, lease = stage.running()
    stage.later(60_000)
    stage.end(worker, lease)
    return job


@planted("lost-chunks")
def _(stage: Stage) -> str:
    job, driver, lease, desk = stage.looping(count=1)
    desk.say(wire.Returned(desk.chunk().lease, "not now"), wire.Ready(1, 0, seen=1 << 62))
    desk.finish(desk.chunk())
    driver.expect(wire.Values)
    driver.say(wire.Closed(lease, 0, 1, 0))
    stage.end(driver, lease)
    return job


@planted("lost-driver")
def _(stage: Stage) -> str:
    """Nobody saw it: distributor and worker were gone at once."""
    job, driver, _ = stage.running()
    driver.close()
    stage.restart()
    stage.later(61_000)
    second = stage.worker("driver-2", credit=0)
    stage.end(second, second.drive().lease)
    stage.restart()
    return job


@planted("driver-begun-anew")
def _(stage: Stage) -> str:
    """Its owner wanted the machine back."""
    job, driver, lease = stage.running()
    driver.say(wire.Returned(lease, "the worker is draining"), wire.Ready(0, 0, lease.number, draining=True))
    second = stage.worker("driver-2", credit=0)
    stage.end(second, second.drive().lease)
    return job


@planted("lost-workers")
def _(stage: Stage) -> str:
    """As before, but it was a worker of its chunks."""
    job, driver, lease, desk = stage.looping(count=2, credit=1)
    desk.finish(desk.chunk())
    driver.expect(wire.Values)
    desk.close()
    stage.restart()
    driver = stage.lab.worker("driver-1", driver.keys, credit=0, holding=[lease])
    stage.later(61_000)
    driver.say(opened(lease, count=2), wire.Closed(lease, 0, 1, 1))
    stage.end(driver, lease)
    stage.restart()
    return job


@planted("distributor-restarted")
def _(stage: Stage) -> str:
    job, driver, lease = stage.running()
    stage.restart()
    driver = stage.lab.worker("driver-1", driver.keys, credit=0, holding=[lease])
    stage.end(driver, lease)
    return job


@planted("much-in-the-driver")
def _(stage: Stage) -> str:
    job, driver, lease, desk = stage.looping(count=4)
    desk.finish(desk.chunk())
    driver.expect(wire.Values)
    stage.later(60_000)
    driver.say(wire.Closed(lease, 0, 1, 3))
    stage.end(driver, lease)
    return job


@planted("done")
def _(stage: Stage) -> str:
    return exits(stage, 0)
