"""`marx why` against planted conditions: each makes a real distributor be in a state, and asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marx.cli.causes import JOBS
from marx.cli.causes_elsewhere import CHUNKS, WORKERS
from marx.cli.progress import region_line
from marx.cli.why import why
from marx.tasker.errors import UsageFault
from marx.wire import messages as wire
from tests.cli.planted import PLANTED
from tests.cli.planted.done import TRACEBACK, exits
from tests.cli.planted.stopped import driver_ends
from tests.cli.stage import CORE, Stage
from tests.distributor.model import opened

ELSEWHERE = {"mail-given-up", "mail-waits"}
"""Planted with a real mail server in tests/mail."""


@pytest.fixture
def stage_of(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def make(**settings: object) -> Stage:
        stages.append(Stage(tmp_path, **settings))  # type: ignore[arg-type]
        return stages[0]

    yield make
    for stage in stages:
        stage.close()


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


def test_items_that_are_left_to_the_driver_wait_for_nobody(stage_of: Callable[..., Stage]) -> None:
    stage = stage_of()
    job, _, _, desk = stage.looping(count=1, terms=wire.Terms(retries=0))
    desk.say(wire.ChunkDone(desk.chunk().lease, "killed", 1, 1, reason="signal 11"))
    stage.until(lambda: stage.client.facts(job).given_up)
    facts = stage.client.facts(job)
    assert region_line(facts.regions[0], facts.workers).endswith("the driver computes the rest itself")


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


@pytest.mark.parametrize(
    ("about", "said"),
    [("nobody", "neither a job nor a worker 'nobody'"), ("../..", r"'\.\./\.\.' is neither a worker nor a chunk")],
)
def test_what_is_none_of_all_is_said(about: str, said: str, stage_of: Callable[..., Stage]) -> None:
    with pytest.raises(UsageFault, match=said):
        why(stage_of().client, about)


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


@pytest.mark.parametrize(
    ("lent", "fix"),
    [
        ((4, 0), "marx worker --memory 8G   (on a machine that has as much)"),
        ((4, 16), "marx submit --where 'lent >= 16G' prog.py"),
    ],
    ids=["alike", "one lends more"],
)
def test_who_needs_more_memory_is_told_where_there_is_some(
    lent: tuple[int, int], fix: str, stage_of: Callable[..., Stage]
) -> None:
    """What counts is what a program gets, and not what the machine has: that is 64 GiB for both."""
    stage = stage_of()
    for number, gib in enumerate(lent, 2):
        stage.worker(f"desk-{number}", seats=0, memory_bytes=64 << 30, lent_bytes=gib << 30)
    cause = why(stage.client, driver_ends(stage, "memory", CORE.driver_kills))
    assert cause.code == "out-of-memory"
    assert cause.evidence[1].startswith("a program gets 4G at desk-2")
    assert (
        cause.fix.replace(stage.client.facts(stage.client.jobs(wire.ListJobs(True))[0].job).argv[0], "prog.py") == fix
    )


def test_a_worker_that_was_lost_with_the_distributor_is_known_after_its_restart(
    stage_of: Callable[..., Stage],
) -> None:
    stage = stage_of()
    desk = stage.worker("desk-1")
    desk.close()
    stage.restart()
    assert [(row.name, row.state) for row in stage.client.workers()] == [("desk-1", "lost")]
    cause = why(stage.client, "desk-1")
    assert cause.code == "worker-not-back"
    told, joined = cause.evidence
    assert told == "it has not come back since the distributor was started anew"
    assert joined.endswith(" joined: slots 4, driver seats 1, Python 3.11")
    # A second restart changes nothing; one that comes back is not lost any more, and its story goes on.
    stage.restart()
    stage.lab.worker("desk-1", desk.keys)
    stage.until(lambda: [(row.name, row.state) for row in stage.client.workers()] == [("desk-1", "ready")])
    assert len(stage.client.workers()[0].notes) == 2


def test_requeued_chunks_are_told_after_a_restart(stage_of: Callable[..., Stage]) -> None:
    stage = stage_of()
    job, driver, lease, desk = stage.looping(count=2, credit=1)
    desk.say(wire.Returned(desk.chunk().lease, "not now"), wire.Ready(1, 0, seen=1 << 62))
    stage.until(lambda: stage.client.facts(job).regions[0].requeued == 1)
    stage.restart()
    driver = stage.lab.worker("driver-1", driver.keys, credit=0, holding=[lease])
    driver.say(opened(lease, count=2), wire.Closed(lease, 0, 0, 2))
    stage.end(driver, lease)
    assert why(stage.client, job).code == "lost-chunks"
    assert [report.requeued for report in stage.client.facts(job).reports] == [1]
    assert any("requeued item" in entry.text for entry in stage.client.log(job))
