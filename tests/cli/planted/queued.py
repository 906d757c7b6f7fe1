"""Jobs that wait: for a worker that suits, for their time, for somebody."""

from __future__ import annotations

import time
from dataclasses import replace

from marx.wire import messages as wire
from tests.cli.planted.elsewhere import worker_set_aside
from tests.cli.planted.table import planted
from tests.cli.stage import CORE, Stage


@planted("no-worker")
def _(stage: Stage) -> str:
    return stage.submit()


@planted("wrong-python")
def _(stage: Stage) -> str:
    stage.worker(python="3.13.1")
    return stage.submit()


@planted("missing-package")
def _(stage: Stage) -> str:
    stage.worker(packages={"numpy": "1.26"})
    return stage.submit(wire.Terms(packages={"numpy": "2.1"}))


@planted("no-such-worker")
def _(stage: Stage) -> str:
    stage.worker()
    return stage.submit(wire.Terms(workers=["desk-9"]))


@planted("nowhere")
def _(stage: Stage) -> str:
    stage.worker()
    return stage.submit(wire.Terms(where="memory >= 64G"))


@planted("all-set-aside")
def _(stage: Stage) -> str:
    worker_set_aside(stage)
    return stage.submit(wire.Terms(workers=["desk-1"], packages={}), name="second")


@planted("all-draining")
def _(stage: Stage) -> str:
    stage.worker().say(wire.Ready(0, 0, 0, draining=True))
    stage.until(lambda: stage.client.workers()[0].state == "draining")
    return stage.submit()


@planted("all-lost", core=replace(CORE, lease_ms=60_000))
def _(stage: Stage) -> str:
    stage.worker("quiet")
    stage.until(lambda: stage.client.workers())
    stage.later(61_000)
    stage.until(lambda: stage.client.workers()[0].state == "lost")
    stage.worker("other", python="3.12.1")
    return stage.submit()


@planted("behind")
def _(stage: Stage) -> str:
    stage.worker(seats=0)
    stage.submit()
    return stage.submit()


@planted("no-seat")
def _(stage: Stage) -> str:
    stage.worker(seats=0)
    return stage.submit()


@planted("paused")
def _(stage: Stage) -> str:
    job = stage.submit()
    stage.client.pause(job, paused=True)
    return job


@planted("scheduled")
def _(stage: Stage) -> str:
    return stage.submit(wire.Terms(at_ms=round(time.time() * 1000) + 3_600_000))


@planted("scheduled-again")
def _(stage: Stage) -> str:
    return stage.submit(wire.Terms(cron="0 3 * * *", zone="Europe/Berlin"))


@planted("coming-back")
def _(stage: Stage) -> str:
    job = stage.submit()
    stage.restart()
    return job
