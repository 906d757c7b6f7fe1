"""Jobs that run, and what may be odd about it."""

from __future__ import annotations

from marx.wire import messages as wire
from tests.cli.planted.table import planted
from tests.cli.stage import NOT_SPLIT, Stage
from tests.distributor.model import opened


@planted("session")
def _(stage: Stage) -> str:
    job = stage.submit(session=True)
    stage.until(lambda: stage.state(job) == "running")
    return job


@planted("driver-coming-back")
def _(stage: Stage) -> str:
    job, worker, _ = stage.running()
    worker.close()
    stage.restart()
    return job


@planted("no-worker-left")
def _(stage: Stage) -> str:
    job, worker, _ = stage.running()
    worker.close()
    stage.restart()
    stage.later(61_000)
    stage.until(lambda: "come back" not in stage.client.facts(job).waits_for)
    return job


@planted("driver-restarting")
def _(stage: Stage) -> str:
    job, worker, lease = stage.running()
    worker.say(wire.Returned(lease, "going home"))
    stage.until(lambda: not stage.client.facts(job).driver)
    return job


@planted("given-up")
def _(stage: Stage) -> str:
    job, _, _, desk = stage.looping(terms=wire.Terms(retries=0))
    desk.say(wire.ChunkDone(desk.chunk().lease, "timeout", 1, 1, reason="longer than 1 s"))
    stage.until(lambda: stage.client.facts(job).given_up)
    return job


@planted("nobody-left")
def _(stage: Stage) -> str:
    job, driver, lease = stage.running()
    driver.say(wire.Ready(0, 0, lease.number, draining=True), opened(lease))
    stage.until(lambda: stage.client.facts(job).regions)
    return job


@planted("waits-for-slots")
def _(stage: Stage) -> str:
    driver = stage.worker("driver-1", credit=0, seats=2)
    stage.submit(wire.Terms(priority=1))
    job = stage.submit()
    for _ in range(2):
        lease = driver.drive().lease
        driver.say(opened(lease, count=8))
    stage.worker("desk-1", credit=1, seats=0).chunk()
    stage.until(lambda: stage.client.facts(job).ahead)
    return job


@planted("straggler")
def _(stage: Stage) -> str:
    job, _, _, desk = stage.looping(count=2, credit=1)
    desk.chunk()
    stage.later(60_000)
    desk.say(wire.Ready(1, 0, seen=1 << 62))
    desk.chunk()
    return job


@planted("losing-chunks")
def _(stage: Stage) -> str:
    job, _, _, desk = stage.looping(credit=1)
    for _ in range(3):
        desk.say(wire.Returned(desk.chunk().lease, "not now"), wire.Ready(1, 0, seen=1 << 62))
        stage.until(lambda: stage.client.facts(job).notes)
    stage.until(lambda: stage.client.facts(job).regions[0].requeued > 2)
    return job


@planted("measuring")
def _(stage: Stage) -> str:
    job, _, _, desk = stage.looping()
    desk.chunk()
    return job


@planted("on-its-way")
def _(stage: Stage) -> str:
    job, _, _, desk = stage.looping(count=20, credit=8)
    for _ in range(5):
        desk.finish(desk.chunk())
    stage.until(lambda: stage.client.facts(job).regions[0].eta_p50_ms >= 0)
    return job


@planted("refused-to-split")
def _(stage: Stage) -> str:
    job, _, _ = stage.running(NOT_SPLIT)
    stage.until(lambda: stage.client.facts(job).findings)
    return job


@planted("between-regions")
def _(stage: Stage) -> str:
    return stage.running()[0]
