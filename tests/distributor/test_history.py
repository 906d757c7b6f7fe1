"""What is told of jobs and workers that were, and how long it is kept."""

from __future__ import annotations

from marx.core.settings import Settings
from marx.distributor.job import Job
from marx.distributor.keeping import expired
from marx.distributor.settings import DistributorSettings
from marx.wire import messages as wire
from marx.wire.codec import content
from tests.distributor.asking import end, jobs, log, submit
from tests.distributor.model import PLAN, Lab, driver_done, opened


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


def test_what_happened_to_a_worker_is_told_with_it(timed: Lab) -> None:
    ann = timed.tasker()
    timed.worker("desk-1")
    timed.silence(but={})
    ann.say(wire.ListWorkers())
    [row] = ann.expect(wire.Workers).workers
    assert row.state == "lost"
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
