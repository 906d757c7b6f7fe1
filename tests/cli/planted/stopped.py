"""Jobs that failed or were cancelled."""

from __future__ import annotations

from marx.wire import messages as wire
from marx.wire.codec import content
from tests.cli.planted.table import planted
from tests.cli.stage import CORE, Stage
from tests.distributor.model import opened


@planted("timed-out")
def _(stage: Stage) -> str:
    job, _, _ = stage.running(timeout_ms=500)
    stage.until(lambda: stage.state(job) == "failed")
    return job


def driver_ends(stage: Stage, verdict: str, times: int) -> str:
    worker = stage.worker("driver-1", credit=0)
    job = stage.submit()
    for _ in range(times):
        lease = worker.drive().lease
        done = wire.DriverDone(lease, verdict, 0, [], [], 1, 1, f"{verdict} here")
        worker.say(done, wire.Ready(0, 1, seen=1 << 62))
    stage.until(lambda: stage.state(job) == "failed")
    return job


@planted("out-of-memory")
def _(stage: Stage) -> str:
    return driver_ends(stage, "memory", CORE.driver_kills)


@planted("killed")
def _(stage: Stage) -> str:
    return driver_ends(stage, "killed", CORE.driver_kills)


@planted("no-sandbox")
def _(stage: Stage) -> str:
    return driver_ends(stage, "sandbox", CORE.setbacks)


def fails(stage: Stage, reason: str) -> str:
    job, worker, lease = stage.running()
    stage.end(worker, lease, verdict="failed", reason=reason)
    return job


@planted("policy")
def _(stage: Stage) -> str:
    return fails(stage, "refused by the owner's language policy: line 3: eval")


@planted("failed")
def _(stage: Stage) -> str:
    return fails(stage, "its jail sent nonsense")


@planted("not-repeatable")
def _(stage: Stage) -> str:
    job, worker, lease = stage.running()
    worker.say(wire.Output(job, 1, 0, b"12:00", lease))
    worker.say(wire.Returned(lease, "going home"), wire.Ready(0, 1, seen=1 << 62))
    lease = worker.drive().lease
    worker.say(wire.Output(job, 1, 0, b"12:01", lease))
    stage.until(lambda: stage.state(job) == "failed")
    return job


@planted("too-much-output", output_bytes_max=10)
def _(stage: Stage) -> str:
    job, worker, lease = stage.running()
    worker.say(wire.Output(job, 1, 0, b"x" * 11, lease))
    stage.until(lambda: stage.state(job) == "failed")
    return job


@planted("bad-region")
def _(stage: Stage) -> str:
    job, worker, lease = stage.running()
    stage.worker("desk-1", seats=0)
    backwards = b"".join(number.to_bytes(8, "little") for number in (9, 5, 0))
    worker.say(opened(lease, count=2, offsets=content(backwards), items=content(b"x" * 9)))
    stage.until(lambda: stage.state(job) == "failed")
    return job


@planted("bad-files")
def _(stage: Stage) -> str:
    job, worker, lease = stage.running()
    stage.end(worker, lease, files=[wire.File("../escape", content(b"x"))])
    return job


@planted("cancelled")
def _(stage: Stage) -> str:
    job = stage.submit()
    stage.client.cancel(job)
    return job


@planted("tasker-left", leave_ms=100)
def _(stage: Stage) -> str:
    job = stage.submit(wire.Terms(on_disconnect="cancel"))
    stage.until(lambda: stage.state(job) == "cancelled")
    return job


@planted("missed")
def _(stage: Stage) -> str:
    job = stage.submit(wire.Terms(at_ms=1, missed="skip"))
    stage.until(lambda: stage.state(job) == "cancelled")
    return job
