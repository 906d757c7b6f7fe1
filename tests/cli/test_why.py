"""`marx why` against planted conditions: each test makes a real distributor be in a state, and asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from marx.cli.causes import JOBS
from marx.cli.causes_elsewhere import CHUNKS, WORKERS
from marx.cli.why import why
from marx.core.settings import Settings
from marx.tasker.errors import UsageFault
from marx.wire import messages as wire
from marx.wire.codec import content
from tests.cli.stage import CORE, NOT_SPLIT, Stage
from tests.distributor.model import PLAN, opened

Plant = Callable[[Stage], str]
PLANTED: dict[str, tuple[Plant, dict[str, object]]] = {}
TRACEBACK = b'Traceback (most recent call last):\n  File "/home/ann/census.py", line 7, in <module>\n'
ELSEWHERE = {"mail-given-up", "mail-waits"}
"""Planted with a real mail server in tests/mail."""


def planted(code: str, **settings: object) -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        PLANTED[code] = plant, settings
        return plant

    return keep


@pytest.fixture
def stage_of(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def make(**settings: object) -> Stage:
        stages.append(Stage(tmp_path, **settings))  # type: ignore[arg-type]
        return stages[0]

    yield make
    for stage in stages:
        stage.close()


# --- queued -----------------------------------------------------------------------------------------------------------


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


# --- running ----------------------------------------------------------------------------------------------------------


@planted("session")
def _(stage: Stage) -> str:
    job = stage.submit(session=True)
    stage.until(lambda: stage.state(job) == "running")
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


# --- failed, cancelled ------------------------------------------------------------------------------------------------


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


# --- done -------------------------------------------------------------------------------------------------------------


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
    return exits(stage, 139)


@planted("exception")
def _(stage: Stage) -> str:
    return exits(stage, 1, TRACEBACK + b"ValueError: no\n")


@planted("exit-code")
def _(stage: Stage) -> str:
    return exits(stage, 5)


@planted("kept-in-order")
def _(stage: Stage) -> str:
    plan = PLAN.replace(b'"findings": []', NOT_SPLIT.partition(b", ")[2].removesuffix(b"}"))
    job, worker, lease = stage.running(plan)
    stage.later(60_000)
    told = wire.SiteFigures(0, 1, 0, 9, 1, 1, "MX402", "a file is open")
    stage.end(worker, lease, sites=[told])
    return job


def test_what_the_run_showed_comes_before_what_the_text_shows(stage_of: Callable[..., Stage]) -> None:
    stage = stage_of()
    cause = why(stage.client, PLANTED["kept-in-order"][0](stage))
    assert cause.evidence[0] == "MX402 line 7: a file is open"


def test_an_exception_is_told_on_one_line_whatever_its_text(stage_of: Callable[..., Stage]) -> None:
    stage = stage_of()
    text = b"ValueError: no such\nmarx: all is well\x1b[2J\n\n  indented\x0b\xe2\x80\xa8end"
    place = b'  File "/home/ann/\x1b[2J.py", line 7, in <module>\n    fit()\n'
    job = exits(stage, 1, b"noise\n" + TRACEBACK.partition(b"\n")[0] + b"\n" + place + text + b"\n")
    evidence = why(stage.client, job).evidence
    assert evidence[0] == "ValueError: no such marx: all is well?[2J indented end"
    assert evidence[1] == "/home/ann/?[2J.py:7"
    assert all(line.isprintable() for line in evidence)


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


# --- chunks -----------------------------------------------------------------------------------------------------------


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


# --- workers ----------------------------------------------------------------------------------------------------------


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


@planted("worker-losing")
def _(stage: Stage) -> str:
    _, _, _, desk = stage.looping(count=400, credit=1)
    for _ in range(3):
        desk.say(wire.ChunkDone(desk.chunk().lease, "sandbox", 1, 1), wire.Ready(1, 0, seen=1 << 62))
        desk.finish(desk.chunk())
        desk.say(wire.Ready(1, 0, seen=1 << 62))
    stage.until(lambda: {row.name: row.chunks_lost for row in stage.client.workers()}["desk-1"] == 3)
    return "desk-1"


# --- the table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_condition_is_named_with_its_evidence_and_a_command(
    code: str, stage_of: Callable[..., Stage]
) -> None:
    plant, settings = PLANTED[code]
    stage = stage_of(**settings)
    about = plant(stage)
    cause = why(stage.client, about)
    assert cause.code == code
    assert cause.evidence
    assert cause.fix
    assert "{" not in "".join((cause.cause, *cause.evidence, cause.fix))


def test_every_row_of_the_tables_is_planted() -> None:
    codes = [row.code for table in (*JOBS.values(), CHUNKS, WORKERS) for row in table]
    assert len(codes) == len(set(codes))
    assert set(codes) == PLANTED.keys() | ELSEWHERE


def test_how_long_a_job_waits_is_said_as_far_as_it_can_be_known(stage_of: Callable[..., Stage]) -> None:
    stage = stage_of()
    _, _, _, desk = stage.looping(count=20, credit=8)
    for _ in range(5):
        desk.finish(desk.chunk())
    job = stage.submit()
    stage.until(lambda: stage.client.facts(job).wait_ms >= 0)
    assert any("falls free in" in line for line in why(stage.client, job).evidence)
    second = stage.submit()
    assert stage.client.facts(second).ahead == [job]
    assert stage.client.facts(second).wait_ms == -1


def test_what_is_neither_job_nor_worker_is_said(stage_of: Callable[..., Stage]) -> None:
    with pytest.raises(UsageFault, match="neither a job nor a worker 'nobody'"):
        why(stage_of().client, "nobody")
