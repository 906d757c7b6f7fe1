"""What people ask for beside a program's run: certain workers, a pause, another run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from marx.distributor.mail_settings import MailSettings
from marx.distributor.settings import DistributorSettings
from marx.distributor.terms import terms_fault
from marx.link.keys import new_keys
from marx.wire import messages as wire
from tests.distributor.asking import end, facts, submit
from tests.distributor.model import Lab, program

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
