"""Workers that are mistaken for one another: of one name, of one key, of both. None may take another's leases."""

from __future__ import annotations

import pytest

from marx.link.errors import Unwelcome
from marx.link.keys import new_keys
from marx.wire import messages as wire
from tests.distributor.model import Lab, Peer, Worker, driver_done, opened, program


def hello(lab: Lab, name: str, start: str, holding: tuple[wire.Lease, ...] = ()) -> wire.Hello:
    return wire.Hello(wire.VERSION, "worker", name, "3.11.9", lab.code, 4, 1, 4, holding=list(holding), start=start)


def test_two_machines_of_one_name_are_told_apart_and_the_second_hears_what_it_is_called(durable: Lab) -> None:
    first, second = durable.peer(), durable.peer()
    assert first.greet(hello(durable, "desk", "one")).called == "desk"
    called = second.greet(hello(durable, "desk", "two")).called
    assert called == f"desk~{second.keys.public.hex()[:8]}"
    tasker = durable.tasker()
    tasker.say(wire.ListWorkers())
    assert {row.name for row in tasker.expect(wire.Workers).workers} == {"desk", called}


def test_one_key_under_two_names_is_two_workers(durable: Lab) -> None:
    keys = new_keys()
    called = [durable.peer(keys).greet(hello(durable, name, name)).called for name in ("desk", "shelf")]
    assert called == ["desk", "shelf"]


def test_a_copy_of_a_living_worker_is_not_welcomed_and_takes_nothing_from_it(durable: Lab) -> None:
    tasker, keys = durable.tasker(), new_keys()
    first = Worker(durable.dealer(keys), keys, "desk")
    first.greet(hello(durable, "desk", "one"))
    first.say(wire.Ready(4, 1, seen=1 << 62))
    job = tasker.submit(program())
    lease = first.drive().lease
    first.say(opened(lease, count=1))
    chunk = first.chunk()

    copy = durable.peer(keys)
    for _ in range(12):
        with pytest.raises(
            Unwelcome, match=r"a worker called desk with the same key is here.*marx worker --name NAME"
        ) as refused:
            copy.greet(hello(durable, "desk", "two"))
        assert refused.value.code == "twin"
    assert len([line for line in durable.log if "desk another machine with its key and name knocks" in line]) == 1

    knocked = [note for note in durable.distributor.shell.stories.of("desk") if "is not let in" in note.text]
    assert len(knocked) == 1

    # The first one never notices. It may lose its connection, too: the same start is the same worker.
    first.greet(hello(durable, "desk", "one", (lease, chunk.lease)))
    first.finish(chunk)
    assert first.expect(wire.Values).start == 0
    first.say(wire.Closed(lease, 0, 1, 0), driver_done(lease))
    assert tasker.follow_to_end(job)[2].state == "done"
    # When it has gone, the copy's patience is rewarded.
    first.close()
    assert welcomed_at_last(durable, copy, "two").called == "desk"
    copy.close()


def welcomed_at_last(lab: Lab, peer: Peer, start: str) -> wire.Welcome:
    while True:
        try:
            return peer.greet(hello(lab, "desk", start))
        except Unwelcome as fault:
            assert fault.code == "twin"
            peer.take(0.05)


def test_a_worker_that_was_started_anew_is_not_taken_for_its_own_twin(durable: Lab) -> None:
    keys = new_keys()
    first = durable.peer(keys)
    first.greet(hello(durable, "desk", "one"))
    # It is cut off without a word, and silent for some heartbeats.
    durable.later(3 * durable.settings.heartbeat_ms)
    assert durable.peer(keys).greet(hello(durable, "desk", "two")).called == "desk"
