"""Chunks and workers."""

from __future__ import annotations

from dataclasses import replace

from marx.cli.workers import note_of
from marx.core.settings import Settings
from marx.wire import messages as wire
from tests.cli.planted.table import planted
from tests.cli.stage import CORE, Stage


def chunk_ends(stage: Stage, verdict: str, *, credit: int = 0, **terms: int) -> tuple[str, wire.Lease]:
    job, _, _, desk = stage.looping(count=1, credit=1, terms=wire.Terms(**terms))  # type: ignore[arg-type]
    lease = desk.chunk().lease
    desk.say(wire.ChunkDone(lease, verdict, 1, 1, reason="no such thing"), wire.Ready(credit, 0, seen=1 << 62))
    stage.until(lambda: stage.client.facts(job).notes)
    if credit:
        desk.finish(desk.chunk())
        stage.until(lambda: not stage.client.facts(job).chunks)
    return f"{job}/{lease.chunk}", lease


@planted("chunk-retried")
def _(stage: Stage) -> str:
    return chunk_ends(stage, "failed")[0]


@planted("chunk-requeued")
def _(stage: Stage) -> str:
    return chunk_ends(stage, "sandbox")[0]


@planted("chunk-quarantined")
def _(stage: Stage) -> str:
    return chunk_ends(stage, "failed", retries=0)[0]


@planted("chunk-repeated")
def _(stage: Stage) -> str:
    return chunk_ends(stage, "failed", credit=1)[0]


@planted("chunk-running")
def _(stage: Stage) -> str:
    job, _, _, desk = stage.looping(count=1)
    return f"{job}/0/{desk.chunk().lease.chunk}"


@planted("chunk-at-hand", core=replace(CORE, target_ms=1_000, first_ms=1_000))
def _(stage: Stage) -> str:
    job, _, _, desk = stage.looping(count=40, credit=5)
    leases = [desk.chunk().lease for _ in range(5)]
    return f"{job}/{leases[-1].chunk}"


@planted("chunk-done")
def _(stage: Stage) -> str:
    job, _, _, desk = stage.looping(count=1)
    desk.finish(chunk := desk.chunk())
    stage.until(lambda: stage.client.facts(job).row.done)
    return f"{job}/{chunk.lease.chunk}"


@planted("chunk-overtaken", core=Settings(late_ratio=0, look_ms=10, lease_ms=10**8))
def _(stage: Stage) -> str:
    job, _, _, desk = stage.looping(count=1)
    chunk = desk.chunk()
    assert stage.worker("desk-2", seats=0).chunk().start == chunk.start
    return f"{job}/{chunk.lease.chunk}"


@planted("chunk-unknown")
def _(stage: Stage) -> str:
    return f"{stage.submit()}/77"


@planted("worker-ready")
def _(stage: Stage) -> str:
    stage.worker("desk-1")
    return "desk-1"


@planted("worker-full")
def _(stage: Stage) -> str:
    _, _, _, desk = stage.looping()
    for _ in range(4):
        desk.chunk()
    return "desk-1"


@planted("worker-draining")
def _(stage: Stage) -> str:
    stage.worker("desk-1").say(wire.Ready(0, 0, 0, draining=True))
    stage.until(lambda: stage.client.workers()[0].state == "draining")
    return "desk-1"


@planted("worker-set-aside")
def worker_set_aside(stage: Stage) -> str:
    job, driver, _, desk = stage.looping(count=40, credit=4)
    for _ in range(CORE.strikes):
        desk.say(wire.ChunkDone(desk.chunk().lease, "sandbox", 1, 1, reason="no jail"))
    stage.until(lambda: "set-aside" in {row.state for row in stage.client.workers()})
    driver.say(wire.Ready(0, 0, 1 << 62, draining=True))
    stage.client.cancel(job)
    return "desk-1"


@planted("worker-silent", core=replace(CORE, lease_ms=60_000))
def _(stage: Stage) -> str:
    stage.worker("desk-1")
    stage.until(lambda: stage.client.workers())
    stage.later(61_000)
    stage.until(lambda: stage.client.workers()[0].state == "lost")
    return "desk-1"


@planted("worker-left", core=replace(CORE, lease_ms=60_000))
def _(stage: Stage) -> str:
    stage.worker("desk-1").say(wire.Ready(0, 0, seen=0, draining=True))
    stage.until(lambda: stage.client.workers()[0].state == "draining")
    stage.later(61_000)
    stage.until(lambda: stage.client.workers()[0].state == "lost")
    return "desk-1"


@planted("worker-not-back")
def _(stage: Stage) -> str:
    stage.worker("desk-1").close()
    stage.restart()
    return "desk-1"


@planted("worker-quiet", core=replace(CORE, lease_ms=60_000))
def _(stage: Stage) -> str:
    stage.worker("desk-1")
    stage.until(lambda: stage.client.workers())
    stage.later(6_000)
    assert note_of(stage.client.workers()[0]).startswith("  last heard of 6")
    return "desk-1"


@planted("worker-losing")
def _(stage: Stage) -> str:
    _, _, _, desk = stage.looping(count=400, credit=1)
    for _ in range(3):
        desk.say(wire.ChunkDone(desk.chunk().lease, "sandbox", 1, 1), wire.Ready(1, 0, seen=1 << 62))
        desk.finish(desk.chunk())
        desk.say(wire.Ready(1, 0, seen=1 << 62))
    stage.until(lambda: {row.name: row.chunks_lost for row in stage.client.workers()}["desk-1"] == 3)
    return "desk-1"
