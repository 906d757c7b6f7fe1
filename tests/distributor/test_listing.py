"""Lists that would be larger than any message: as much as fits, and how much does not."""

from __future__ import annotations

import msgspec

from marx.distributor.connections import NAMES_OF_KEY_MAX, Connection, Connections
from marx.distributor.shell import NOTE_LENGTH_MAX
from marx.distributor.stories import LINES_SHOWN
from marx.journal.records import JobSubmitted, WorkerNoted
from marx.link.router import Peer
from marx.wire import messages as wire
from tests.distributor.model import Lab, program

NOTE = "\N{SNOWMAN}" * 2_000
TAGS = [f"{number:02}".ljust(128, "t") for number in range(20)]
LARGE_JOBS = 1_700
"""Of 8 KB each."""


def test_the_latest_jobs_are_listed_where_not_all_fit(lab: Lab) -> None:
    tasker = lab.tasker()
    first = tasker.submit(program(), ticket="first")
    shell = lab.distributor.shell
    of = shell.jobs.get(first)
    assert of is not None
    encode = msgspec.msgpack.encode
    source, terms = encode(program()), encode(wire.Terms(note=NOTE, tags=TAGS))
    for number in range(LARGE_JOBS):
        shell.record(JobSubmitted(f"many{number}", of.user, f"t{number}", source, number, terms))
    tasker.say(wire.ListJobs(everything=True))
    answer = tasker.expect(wire.Jobs)
    assert 1_000 < len(answer.jobs) < LARGE_JOBS
    assert len(answer.jobs) + answer.more == LARGE_JOBS + 1
    assert answer.jobs[-1].job == f"many{LARGE_JOBS - 1}"


def test_workers_are_listed_without_their_notes_where_these_are_too_many(lab: Lab) -> None:
    worker, tasker = lab.worker("here"), lab.tasker()
    shell = lab.distributor.shell
    for number in range(2_000):
        for _ in range(LINES_SHOWN):
            shell.record(WorkerNoted(f"w{number}", "\N{SNOWMAN}" * NOTE_LENGTH_MAX, 1))
    shell.stories.begin()
    tasker.say(wire.ListWorkers())
    answer = tasker.expect(wire.Workers)
    assert answer.more == 0
    assert answer.workers[0].name == "here"
    assert answer.workers[1].notes and not answer.workers[-1].notes
    assert worker is not None


def test_a_key_has_so_many_workers_and_others_have_theirs() -> None:
    connections = Connections(10 * NAMES_OF_KEY_MAX)

    def welcome(user: str, name: str) -> bool:
        row = Connection(Peer(name.encode(), user))
        return connections.welcome(row, wire.Hello(wire.VERSION, "worker", name, "3.11.4"))

    assert all(welcome("ann", f"a{number}") for number in range(NAMES_OF_KEY_MAX))
    assert not welcome("ann", "another")
    assert welcome("ann", "a0")
    assert welcome("bob", "another")
