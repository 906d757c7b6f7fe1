"""Peers that may not, ask too much, or do not speak the protocol: refused with a code, a reason and a fix; nothing
else happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import zmq.green as zmq

from marx.link.errors import Unwelcome, VersionMismatch
from marx.link.keys import new_keys
from marx.link.options import set_common, set_curve_client
from marx.wire import messages as wire
from marx.wire.codec import content
from tests.distributor.model import CALM, Lab, driver_done, opened, program


def hello(role: Any = "tasker", **changed: Any) -> wire.Hello:
    fields = {"version": wire.VERSION, "role": role, "name": "somebody", "python": "3.11.4", **changed}
    return wire.Hello(**fields)


def test_a_stranger_needs_the_join_code_once(durable: Lab) -> None:
    keys = new_keys()
    with pytest.raises(Unwelcome, match=r"join code is missing or wrong\. Use the whole line"):
        durable.peer(keys).greet(hello())
    with pytest.raises(Unwelcome):
        durable.peer(keys).greet(hello(join="x" * 20))
    durable.peer(keys).greet(hello(join=durable.code))
    # From then on its key is enough, also after a restart, but for this role only.
    durable.restart()
    durable.peer(keys).greet(hello())
    with pytest.raises(Unwelcome):
        durable.peer(keys).greet(hello("worker"))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"version": 2}, "version"),
        ({"python": "three"}, "bad-python"),
        ({"python": "3.11." + "1" * 128}, "bad-hello"),
        ({"join": "x" * 129}, "bad-hello"),
        ({"role": "worker", "sandbox": "x" * 129}, "bad-hello"),
        ({"role": "worker", "start": "x" * 129}, "bad-hello"),
        ({"role": "worker", "packages": {"x" * (1 << 20): "1"}}, "bad-hello"),
        ({"name": ""}, "bad-name"),
        ({"name": "two\nlines"}, "bad-name"),
        ({"role": "worker", "slots": -1}, "bad-slots"),
        ({"role": "worker", "slots": 1 << 40}, "bad-slots"),
        ({"role": "worker", "holding": [wire.Lease(1, "j", 0, 0, 1)] * 10_001}, "bad-holding"),
    ],
)
def test_an_unsound_hello_is_refused(lab: Lab, changed: dict[str, Any], code: str) -> None:
    peer = lab.peer()
    peer.say(hello(**changed))
    assert peer.expect(wire.Refused).code == code
    peer.say(wire.ListJobs())
    assert peer.expect(wire.Refused).code == "protocol"


def test_a_wrong_version_is_told_which(durable: Lab) -> None:
    with pytest.raises(VersionMismatch, match="speaks version 1 of the protocol, you speak 7"):
        durable.peer().greet(hello(version=7, join=durable.code))


def test_nobody_sees_or_touches_another_user_s_job(durable: Lab) -> None:
    owner, other, worker = durable.tasker(), durable.tasker(), durable.worker("w1")
    job = owner.submit(program())
    lease = worker.drive().lease
    for question in (wire.Follow(job), wire.GetResult(job), wire.Cancel(job)):
        other.say(question)
        refused = other.expect(wire.Refused)
        # The same words as for a job that does not exist.
        assert (refused.code, refused.reason) == ("unknown-job", f"you have no job {job!r}")
    other.say(wire.ListJobs(everything=True), wire.GetResult("nosuch"))
    assert other.expect(wire.Jobs).jobs == []
    assert other.expect(wire.Refused).reason == "you have no job 'nosuch'"
    worker.say(driver_done(lease))
    assert owner.follow_to_end(job)[2].state == "done"


def test_a_worker_speaks_for_no_driver_that_it_was_not_given(durable: Lab) -> None:
    tasker, worker = durable.tasker(), durable.worker("w1")
    job = tasker.submit(program())
    lease = worker.drive().lease
    thief = durable.worker("w2", holding=[lease])
    assert thief.expect(wire.Stop).lease == lease
    thief.say(wire.Output(job, 1, 0, b"forged", lease), opened(lease), driver_done(lease, 9))
    assert thief.expect(wire.Acked).number == lease.number
    worker.say(wire.Output(job, 1, 0, b"true", lease), driver_done(lease))
    stdout, _, ended = tasker.follow_to_end(job)
    assert (stdout, ended.exit_code) == (b"true", 0)


def test_a_name_is_not_an_identity(durable: Lab) -> None:
    first, second = durable.worker("lab7"), durable.worker("lab7")
    tasker = durable.tasker()
    tasker.say(wire.ListWorkers())
    names = [row.name for row in tasker.expect(wire.Workers).workers]
    assert names == ["lab7", f"lab7~{second.keys.public.hex()[:8]}"]
    assert first.keys != second.keys


def test_what_is_out_of_turn_is_a_protocol_error_and_too_many_end_the_talk(lab: Lab) -> None:
    tasker, worker = lab.tasker(), lab.worker("w1")
    tasker.say(wire.Ready(1, 1, 0))
    assert tasker.expect(wire.Refused).reason == "Ready is not for a tasker to say"
    worker.say(wire.Submit("t", program()))
    assert worker.expect(wire.Refused).reason == "Submit is not for a worker to say"
    lease = wire.Lease(1, "j", 0, 0, 1)
    for _ in range(CALM.faults_max):
        worker.say(wire.Stop(lease))
    for _ in range(CALM.faults_max - 1):
        assert worker.expect(wire.Refused).code == "protocol"
    # From here on it is not answered, and others are.
    worker.say(wire.BlobWanted("0" * 64, 0, 1))
    tasker.say(wire.ListJobs())
    tasker.expect(wire.Jobs)
    worker.take(0)
    assert worker.arrived == []
    assert [line for line in lab.log if "w1 ignored from now on" in line]


def test_a_late_hello_of_a_worker_s_broken_connection_does_not_make_its_new_one_an_offender(lab: Lab) -> None:
    lab.tasker().submit(program())
    broken = lab.worker("w1", seats=0)
    new = lab.worker("w1", broken.keys)
    lease = new.drive().lease
    broken.greet(wire.Hello(wire.VERSION, "worker", "w1", "3.11.9", lab.code, 4, 0, 4))
    for _ in range(CALM.faults_max + 3):
        new.say(wire.Ready(0, 0, lease.number))
    assert new.expect(wire.Refused).code == "hello"
    new.greet(wire.Hello(wire.VERSION, "worker", "w1", "3.11.9", lab.code, 4, 1, 4))
    assert [line for line in lab.log if "ignored from now on" in line] == []
    assert lab.distributor.shell.counts["protocol error"] == 0


@pytest.mark.parametrize("frames", [[b""], [b"\xc1"], [b"\x91\x81"], [b"\x90", b"part"], [b"\x91\x81\xa4kind\xa4nope"]])
def test_malformed_batches_are_counted_and_change_nothing(durable: Lab, frames: list[bytes]) -> None:
    raw = durable.context.socket(zmq.DEALER)
    set_common(raw)
    set_curve_client(raw, new_keys(), durable.keys.public)
    raw.connect(f"tcp://127.0.0.1:{durable.port}")
    for _ in range(CALM.faults_max + 3):
        raw.send_multipart(frames)
    tasker = durable.tasker()
    job = tasker.submit(program())
    while durable.distributor.shell.counts["ignored batch"] < 3:
        tasker.say(wire.ListJobs())
        assert [row.job for row in tasker.expect(wire.Jobs).jobs] == [job]
    assert durable.distributor.shell.counts["protocol error"] == CALM.faults_max
    raw.close(0)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: program(python="x"), "bad-program"),
        (lambda: program(name=""), "bad-program"),
        (lambda: program(folder="relative"), "bad-path"),
        (lambda: program(script="/home/../etc"), "bad-path"),
        (lambda: program(files=[wire.File("data.txt", content(b"x"))]), "bad-path"),
        (lambda: program(files=[wire.File(f"/f{n}", content(b"x")) for n in range(4)]), "too-many-files"),
        (lambda: program(files=[wire.File("/f", wire.Content("0" * 64, 2_000))]), "too-large"),
        (lambda: program(argv=["x" * 3_000]), "too-large"),
    ],
)
def test_an_unsound_program_is_refused_with_the_limit(lab: Lab, made: Callable[[], wire.Program], code: str) -> None:
    lab.settings = replace(CALM, program_files_max=3, program_bytes_max=1_000, program_record_bytes_max=2_000)
    lab.restart()
    tasker = lab.tasker()
    tasker.say(wire.Submit("t", made()))
    refused = tasker.expect(wire.Refused)
    assert (refused.code, refused.about) == (code, "t")


def test_quotas_of_a_user(durable: Lab) -> None:
    durable.settings = replace(CALM, jobs_open_max=2, user_bytes_max=100)
    durable.restart()
    keys = new_keys()
    tasker, worker = durable.tasker(keys), durable.worker("w1")
    first = tasker.submit(program(), "1")
    large = program(files=[wire.File("/home/ann/census.py", content(b"#" * 90))])
    tasker.say(wire.Submit("2", large))
    assert tasker.expect(wire.Refused).code == "full"
    tasker.submit(program(), "3")
    tasker.say(wire.Submit("4", program()))
    refused = tasker.expect(wire.Refused)
    assert (refused.code, refused.fix) == ("too-many-jobs", "wait for one to end, or marx cancel JOB")
    # Another user's quota is another's; an ended job counts no more.
    durable.tasker().submit(program(), "4")
    tasker.say(wire.Cancel(first))
    tasker.expect(wire.Cancelled)
    tasker.submit(program(), "4")
    assert worker.drive()


def test_a_tasker_uploads_only_what_it_was_asked_for(durable: Lab) -> None:
    tasker = durable.tasker()
    data = b"z" * 100_000
    tasker.say(wire.BlobPart(content(data).hash, 0, len(data), data))
    assert tasker.expect(wire.Refused).code == "not-asked"
    tasker.say(wire.Submit("t", program(files=[wire.File("/d", content(data))])))
    tasker.expect(wire.Needs)
    # Other bytes under the hash that was asked for are not kept.
    wrong = b"y" * len(data)
    tasker.say(wire.BlobPart(content(data).hash, 0, len(data), wrong))
    assert tasker.expect(wire.Refused).code == "blob-hash"
    tasker.upload(data)
    tasker.submit(program(files=[wire.File("/d", content(data))]), "t")


def test_a_program_that_names_a_blob_by_another_size_is_refused(durable: Lab) -> None:
    tasker, worker = durable.tasker(), durable.worker("w1")
    blob = worker.upload(b"z" * 100_000)
    tasker.say(wire.Submit("t", program(files=[wire.File("/d", wire.Content(blob.hash, 7))])))
    assert tasker.expect(wire.Refused).code == "bad-content"
