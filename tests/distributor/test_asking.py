"""What people ask for beside a program's run: certain workers, a time, a pause, another run; and what they are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from marx.core.settings import Settings
from marx.distributor.cron import BadTimes, next_time_ms
from marx.distributor.job import Job
from marx.distributor.keeping import expired
from marx.distributor.mail_settings import MailSettings
from marx.distributor.settings import DistributorSettings
from marx.distributor.terms import terms_fault
from marx.link.keys import new_keys
from marx.wire import messages as wire
from marx.wire.codec import content
from tests.distributor.model import PLAN, Lab, Peer, driver_done, opened, program

NOON_MS = 1_764_590_400_000
"""2025-12-01 12:00 UTC, a Monday."""


def submit(peer: Peer, ticket: str = "ticket", **terms: object) -> str:
    peer.say(wire.Submit(ticket, program(), wire.Terms(**terms)))  # type: ignore[arg-type]
    return peer.expect(wire.Submitted).job


def facts(peer: Peer, job: str) -> wire.JobFacts:
    peer.say(wire.GetJob(job))
    return peer.expect(wire.JobFacts)


def jobs(peer: Peer, question: wire.ListJobs) -> list[str]:
    peer.say(question)
    return [row.job for row in peer.expect(wire.Jobs).jobs]


def log(peer: Peer, job: str) -> list[wire.LogEntry]:
    entries: list[wire.LogEntry] = []
    while True:
        peer.say(wire.GetLog(job, entries[-1].number if entries else 0))
        answer = peer.expect(wire.JobLog)
        entries += answer.entries
        if not answer.more:
            return entries


def end(peer: Peer, worker: object, job: str) -> None:
    """Lets a model worker run the job's driver to its end."""
    lease = worker.drive().lease  # type: ignore[attr-defined]
    worker.say(driver_done(lease))  # type: ignore[attr-defined]
    peer.follow_to_end(job)


# --- which workers ----------------------------------------------------------------------------------------------------


def test_a_job_waits_for_a_worker_that_suits_and_says_what_the_others_lack(durable: Lab) -> None:
    ann = durable.tasker()
    durable.worker("desk-1")
    job = submit(ann, workers=["desk-2"], where="cores >= 4", note="tonight")
    told = facts(ann, job)
    assert (told.row.state, told.suited, told.unsuited) == ("queued", [], {"desk-1": "it is not desk-2"})
    assert (told.terms.note, told.waits_for) == ("tonight", "waits for a worker with a free driver seat")
    second = durable.worker("desk-2")
    assert second.drive().lease.job == job
    assert facts(ann, job).driver == "desk-2"


@pytest.fixture
def beating(tmp_path: Path) -> Iterator[Lab]:
    """Looks often, and takes nobody for lost on a busy machine."""
    lab = Lab(tmp_path, DistributorSettings(heartbeat_ms=50))
    yield lab
    lab.close()


def test_a_worker_that_comes_back_is_judged_anew_and_a_load_all_the_time(beating: Lab) -> None:
    ann = beating.tasker()
    by_cores, by_load = submit(ann, "one", where="cores >= 8"), submit(ann, "two", where="load < 2 and cores < 8")
    keys = new_keys()
    first = beating.worker("desk-1", keys, seats=0)
    first.say(wire.Heartbeat([], 5.0))
    with gevent.Timeout(20):
        while facts(ann, by_load).unsuited != {"desk-1": "not so there: load < 2 and cores < 8"}:
            gevent.sleep(0.02)
    first.say(wire.Heartbeat([], 0.5))
    with gevent.Timeout(20):
        while beating.distributor.shell.jobs.get(by_load).suited != {"desk-1"}:  # type: ignore[union-attr]
            gevent.sleep(0.02)
            first.say(wire.Heartbeat([], 0.5))
    again = beating.peer(keys)
    again.greet(wire.Hello(1, "worker", "desk-1", "3.11.9", beating.code, 4, 1, cores=8))
    again.say(wire.Ready(0, 1, seen=1 << 62))
    assert again.expect(wire.LeaseDriver).lease.job == by_cores


def test_a_worker_needs_the_packages_that_the_program_imports(durable: Lab) -> None:
    ann = durable.tasker()
    packages = [{}, {"numpy": "1.26"}, {"numpy": "2.1", "scipy": "1.0"}]
    for number, installed in enumerate(packages):
        peer = durable.peer()
        hello = wire.Hello(1, "worker", f"desk-{number}", "3.11.9", durable.code, 1, 1, 1, packages=installed)
        peer.greet(hello)
        peer.say(wire.Ready(1, 1, seen=1 << 62))
    job = submit(ann, packages={"numpy": "2.1"})
    told = facts(ann, job)
    assert told.unsuited == {"desk-0": "it has no numpy", "desk-1": "it has numpy 1.26, not 2.1"}
    assert told.suited == ["desk-2"]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (wire.Terms(where="gpus > 1"), "bad-where"),
        (wire.Terms(tags=["a\nb"]), "bad-tag"),
        (wire.Terms(tags=["x"] * 21), "bad-tag"),
        (wire.Terms(note="x" * 3_000), "bad-note"),
        (wire.Terms(note="a\x1b[2J"), "bad-note"),
        (wire.Terms(note="two\nlines"), "bad-note"),
        (wire.Terms(cron="every day"), "bad-time"),
        (wire.Terms(cron="0 0 31 2 *"), "bad-time"),
        (wire.Terms(cron="0 3 * * *", zone="Mars/Olympus"), "bad-time"),
        (wire.Terms(cron="0 3 * * *", zone="../../etc/passwd"), "bad-time"),
        (wire.Terms(missed="maybe"), "bad-time"),
        (wire.Terms(on_disconnect="explode"), "bad-terms"),
        (wire.Terms(workers=["x"] * 2_000), "bad-terms"),
        (wire.Terms(tier="safe"), "bad-terms"),
        (wire.Terms(mail="ann@lab.example\r\nBcc: all@lab.example"), "bad-mail"),
        (wire.Terms(mail="ann@lab.example", mail_types=["hourly"]), "bad-mail"),
        (wire.Terms(mail="ann@elsewhere.example"), "bad-mail"),
    ],
)
def test_terms_that_cannot_be_had_are_refused(terms: wire.Terms, code: str) -> None:
    fault = terms_fault(terms, MailSettings("localhost", "marx@lab.example", domains=("lab.example",)))
    assert fault is not None
    assert fault.code == code


@pytest.mark.parametrize("name", ["a\x1b[2J", "two\nlines", "\u202efdp.py", "a\x9b"])
def test_a_job_whose_name_a_terminal_would_obey_is_refused(durable: Lab, name: str) -> None:
    ann = durable.tasker()
    ann.say(wire.Submit("ticket", program(name)))
    assert ann.expect(wire.Refused).code == "bad-name"


def test_a_distributor_without_mail_says_so_at_once(durable: Lab) -> None:
    ann = durable.tasker()
    ann.say(wire.Submit("ticket", program(), wire.Terms(mail="ann@lab.example")))
    assert ann.expect(wire.Refused).code == "no-mail"


# --- times ------------------------------------------------------------------------------------------------------------


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


# --- pause, retry, leave ----------------------------------------------------------------------------------------------


def test_a_paused_job_waits_over_a_restart_until_it_is_resumed(durable: Lab) -> None:
    ann = durable.tasker(keys := new_keys())
    job = submit(ann)
    ann.say(wire.Pause(job))
    assert ann.expect(wire.Paused) == wire.Paused(job, True)
    ann.say(wire.Pause(job))
    assert ann.expect(wire.Paused) == wire.Paused(job, True, already=True)
    durable.restart()
    ann = durable.tasker(keys)
    worker = durable.worker("desk-1")
    assert facts(ann, job).row.state == "paused"
    ann.say(wire.Pause(job, False))
    ann.expect(wire.Paused)
    assert worker.drive().lease.job == job


def test_an_ended_job_is_run_once_more(durable: Lab) -> None:
    ann = durable.tasker()
    worker = durable.worker("desk-1")
    first = submit(ann, tags=["night"])
    ann.say(wire.Retry("again", first))
    assert ann.expect(wire.Refused).code == "running"
    end(ann, worker, first)
    for _ in range(2):
        ann.say(wire.Retry("again", first))
    second, same = ann.expect(wire.Submitted).job, ann.expect(wire.Submitted).job
    assert second == same != first
    worker.say(wire.Ready(4, 1, seen=1 << 62))
    lease = worker.drive()
    assert (lease.lease.job, lease.program) == (second, program())
    assert facts(ann, second).row.of == first


def test_nobody_asks_about_the_jobs_of_others(durable: Lab) -> None:
    job = submit(durable.tasker())
    bob = durable.tasker()
    for question in (wire.GetJob(job), wire.GetLog(job), wire.Pause(job), wire.Retry("ticket-2", job)):
        bob.say(question)
        assert bob.expect(wire.Refused).code == "unknown-job"


def test_a_job_ends_with_its_taskers_connection_if_it_asked_to() -> None:
    lab = Lab(None, DistributorSettings(heartbeat_ms=50, leave_ms=60_000))
    ann = lab.tasker()
    kept, job = submit(ann, "one"), submit(ann, "two", on_disconnect="cancel")
    ann.say(wire.Follow(job))
    shell = lab.distributor.shell
    now_ms = shell.clock.now_ms
    for minutes in range(1, 4):
        # As long as it is heard of, its job stays, however long that takes.
        shell.clock = replace(shell.clock, now_ms=lambda late_ms=50_000 * minutes: now_ms() + late_ms)
        ann.say(wire.Heartbeat())
        assert facts(ann, job).row.state == "queued"
        gevent.sleep(0.15)
    shell.clock = replace(shell.clock, now_ms=lambda: now_ms() + 300_000)
    with gevent.Timeout(20):
        while shell.jobs.get(job).state != "cancelled":  # type: ignore[union-attr]
            gevent.sleep(0.02)
    assert "on-disconnect" in shell.jobs.get(job).end.reason  # type: ignore[union-attr]
    assert shell.jobs.get(kept).state == "queued"  # type: ignore[union-attr]
    lab.close()


# --- what was ---------------------------------------------------------------------------------------------------------


def test_jobs_are_found_by_name_tag_state_and_time(durable: Lab) -> None:
    ann = durable.tasker()
    worker = durable.worker("desk-1")
    first = submit(ann, "one", tags=["night"])
    end(ann, worker, first)
    second = submit(ann, "two", tags=["day"])
    assert jobs(ann, wire.ListJobs()) == [second]
    assert jobs(ann, wire.ListJobs(True)) == [first, second]
    assert jobs(ann, wire.ListJobs(True, name="CENSUS", tag="night")) == [first]
    assert jobs(ann, wire.ListJobs(True, name="nothing")) == []
    assert jobs(ann, wire.ListJobs(True, states=["done", "failed"])) == [first]
    assert jobs(ann, wire.ListJobs(True, limit=1)) == [second]
    assert jobs(ann, wire.ListJobs(True, until_ms=1)) == jobs(ann, wire.ListJobs(True, since_ms=1 << 60)) == []


def test_the_log_tells_of_attempts_requeues_and_workers_also_after_the_end(durable: Lab) -> None:
    ann = durable.tasker()
    driver = durable.worker("desk-1", credit=0)
    job = submit(ann)
    lease = driver.drive().lease
    driver.say(wire.Planned(lease, PLAN), opened(lease, count=2))
    first = durable.worker("desk-2", credit=1)
    chunk = first.chunk()
    first.say(wire.ChunkDone(chunk.lease, "failed", 1, 1, reason="no such thing"))
    second = durable.worker("desk-3", credit=2)
    for _ in range(2):
        second.finish(second.chunk())
        driver.say(wire.Heartbeat([lease.number]))
        second.say(wire.Ready(2, 0, seen=1 << 62))
    driver.say(wire.Closed(lease, 0, 2, 0), driver_done(lease))
    ann.follow_to_end(job)
    told = log(ann, job)
    assert [entry.kind for entry in told] == [
        "submitted", "driver", "region", "note", "chunk", "chunk", "closed", "ended",
    ]  # fmt: skip
    note, kept = told[3], told[4]
    assert (note.region, note.chunk) == (0, chunk.lease.chunk)
    assert note.text == "retried item 0 from desk-2: failed: no such thing"
    assert (kept.worker, kept.region, kept.wall_ns) == ("desk-3", 0, 1_000_000)
    assert all(entry.number for entry in told)


def test_what_happened_to_a_worker_is_told_with_it(quick: Lab) -> None:
    ann = quick.tasker()
    quick.worker("desk-1")
    with gevent.Timeout(20):
        while True:
            ann.say(wire.ListWorkers())
            [row] = ann.expect(wire.Workers).workers
            if row.state == "lost":
                break
            gevent.sleep(0.05)
    assert [note.text.partition(":")[0] for note in row.notes] == ["joined", "lost"]


def test_ended_jobs_go_by_number_age_and_size_the_oldest_first() -> None:
    def ended(name: str, ended_ms: int, size: int) -> Job:
        job = Job(name, "ann", name, name, None, 0, size, ended_ms=ended_ms, settled=True)
        none = content(b"")
        job.end = wire.Ended(name, "done", 0, "", none, none, [], [], [], 1)
        return job

    kept = [ended("a", 1_000, 60), ended("b", 2_000, 30), ended("c", 3_000, 30)]
    kept[1].mails["end"] = wire.MailRow("end", "sent")

    def gone(**limits: int) -> list[str]:
        settings = DistributorSettings(core=Settings(), **limits)
        return [job.id for job, _ in expired(kept, settings, 4_000)]

    assert gone() == []
    assert gone(jobs_ended_max=1) == ["a", "b"]
    assert gone(ended_bytes_max=100) == ["a"]
    assert gone(ended_bytes_max=40) == ["a", "b"]
    assert gone(ended_age_ms=1_500) == ["a", "b"]
    # Mail that is still to be sent is worth waiting for.
    kept[0].mails["end"] = wire.MailRow("end", "queued")
    assert gone(ended_age_ms=1_500) == ["b"]
