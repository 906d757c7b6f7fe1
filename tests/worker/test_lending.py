"""`lend` in a process of its own, over TCP with CURVE: keys, reconnects, signals, refusals."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
import zmq.green as zmq

from marx.link.keys import KeyPair, new_keys
from marx.link.router import Router
from marx.wire.address import Address
from marx.wire.codec import content
from marx.wire.messages import VERSION, Acked, ChunkDone, Refused, Welcome
from tests.sockets import router_at
from tests.worker.conftest import ENTRY
from tests.worker.model import Model, chunk

LEND = f"""
import sys
from pathlib import Path
from marx.wire.address import parse
from marx.worker.lending import AlreadyLent, lend
from marx.worker.settings import WorkerSettings
from marx.link.errors import LinkError
from sandbox import SandboxError
from tests.sockets import router_at
entry = sys.argv[3] if len(sys.argv) > 3 else {ENTRY!r}
farewell_s = float(sys.argv[4]) if len(sys.argv) > 4 else 300.0
settings = WorkerSettings(name="lent", slots=1, entry=entry, farewell_s=farewell_s)
try:
    lend(parse(sys.argv[1]), Path(sys.argv[2]), settings)
except (AlreadyLent, LinkError, SandboxError) as fault:
    sys.exit(f"{{type(fault).__name__}}: {{fault}}")
"""
COMPUTE = "def compute(run):\n    return b'computed'\n"
WAIT_S = 60
Lend = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def keys() -> KeyPair:
    return new_keys()


@pytest.fixture
def lab(context: zmq.Context, keys: KeyPair, tmp_path: Path) -> Iterator[Model]:
    made = Model(Router.tcp(context, "127.0.0.1", 0, keys), tmp_path / "distributor")
    yield made
    made.close()


@pytest.fixture
def start(lab: Model, keys: KeyPair, tmp_path: Path) -> Iterator[Lend]:
    started: list[subprocess.Popen[bytes]] = []

    def lend(*more: str, key: bytes = keys.public) -> subprocess.Popen[bytes]:
        address = str(Address("127.0.0.1", lab.router.port, key, "join-code"))
        command = [sys.executable, "-c", LEND, address, str(tmp_path / "state"), *more]
        started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE))
        return started[-1]

    yield lend
    for process in started:
        process.kill()
        process.communicate(timeout=WAIT_S)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Waits without blocking the model's greenlets."""
    with gevent.Timeout(WAIT_S):
        while process.poll() is None:
            gevent.sleep(0.01)
    assert process.stderr is not None
    return process.returncode, process.stderr.read().decode()


def test_a_lent_host_computes_and_drains_on_sigterm(lab: Model, start: Lend) -> None:
    process = start()
    hello = lab.hellos.get(timeout=WAIT_S)
    assert (hello.name, hello.join, hello.slots, hello.seats) == ("lent", "join-code", 1, 3)
    lab.say(chunk(1, COMPUTE))
    assert lab.next(ChunkDone).values == content(b"computed")
    process.send_signal(signal.SIGTERM)
    while not lab.credit.get(timeout=WAIT_S).draining:
        pass
    # Its outcome is not acknowledged yet, so it stays.
    while lab.beats.get(timeout=WAIT_S).leases != [1]:
        pass
    assert process.poll() is None
    lab.say(Acked(1))
    assert ended(process)[0] == 0


def test_an_address_with_another_key_is_told_in_the_log(start: Lend) -> None:
    process = start(key=new_keys().public)
    assert process.stderr is not None
    with gevent.Timeout(WAIT_S):
        while b" line: " not in (line := gevent.get_hub().threadpool.apply(process.stderr.readline)):
            pass
    assert b"is not the distributor that the address names: its key differs." in line
    assert b"Trying again." in line


def test_a_second_signal_leaves_at_once(lab: Model, start: Lend) -> None:
    process = start()
    lab.hellos.get(timeout=WAIT_S)
    lab.say(chunk(1, "import time\ndef compute(run):\n    time.sleep(3600)\n"))
    while lab.beats.get(timeout=WAIT_S).leases != [1]:
        pass
    process.send_signal(signal.SIGTERM)
    while not lab.credit.get(timeout=WAIT_S).draining:
        pass
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 0


def test_a_worker_comes_back_to_a_restarted_distributor(
    lab: Model, start: Lend, context: zmq.Context, keys: KeyPair, tmp_path: Path
) -> None:
    start()
    lab.hellos.get(timeout=WAIT_S)
    lab.say(chunk(1, COMPUTE))
    done = lab.next(ChunkDone)
    port = lab.router.port
    lab.close()
    again = Model(router_at(context, port, keys), tmp_path / "distributor")
    assert [lease.number for lease in again.hellos.get(timeout=WAIT_S).holding] == [1]
    assert again.next(ChunkDone) == done
    again.close()


def kept(folder: Path, count: int) -> None:
    """Waits until so many finished chunks are on the worker's disk."""
    with gevent.Timeout(WAIT_S):
        while sum(path.name.isdigit() for path in folder.glob("state/spool/*/*")) != count:
            gevent.sleep(0.02)


def test_what_was_finished_outlives_a_killed_worker(lab: Model, start: Lend, tmp_path: Path) -> None:
    process = start()
    lab.hellos.get(timeout=WAIT_S)
    large = "def compute(run):\n    return b'x' * 200_000\n"
    lab.say(chunk(1, COMPUTE), chunk(2, large, region=1))
    done = lab.outcomes(2)
    # The distributor says nothing, and the worker is killed.
    kept(tmp_path, 2)
    process.kill()
    ended(process)
    again = start()
    assert [lease.number for lease in lab.hellos.get(timeout=WAIT_S).holding] == [1, 2]
    assert lab.outcomes(2) == done
    lab.say(Acked(1), Acked(2))
    kept(tmp_path, 0)
    again.send_signal(signal.SIGTERM)
    assert ended(again)[0] == 0


def test_a_drain_ends_without_a_distributor_that_is_gone(lab: Model, start: Lend, tmp_path: Path) -> None:
    process = start(ENTRY, "1")
    lab.hellos.get(timeout=WAIT_S)
    lab.say(chunk(1, COMPUTE), chunk(2, "import time\ndef compute(run):\n    time.sleep(3600)\n", region=1))
    lab.next(ChunkDone)
    lab.close()
    process.send_signal(signal.SIGTERM)
    code, story = ended(process)
    assert code == 0
    assert "no word of the distributor; leaving without it seconds=1" in story
    assert "outcomes_kept=1" in story
    kept(tmp_path, 1)


def test_the_key_is_kept_from_run_to_run(lab: Model, start: Lend) -> None:
    users = set()
    for _ in range(2):
        process = start()
        lab.hellos.get(timeout=WAIT_S)
        assert lab.peer is not None
        users.add(lab.peer.user)
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == 0
    assert len(users) == 1


def test_one_folder_is_lent_once(lab: Model, start: Lend) -> None:
    start()
    lab.hellos.get(timeout=WAIT_S)
    code, text = ended(start())
    assert code == 1
    assert "AlreadyLent: Another worker lends this machine from " in text
    assert "give this one a name of its own: marx worker --name NAME" in text


def test_a_refusal_ends_the_worker_with_its_reason(lab: Model, start: Lend) -> None:
    lab.answer = Refused("not-allowed", "the join code is wrong", "use the whole line")
    code, text = ended(start())
    assert code == 1
    assert "Unwelcome: the join code is wrong use the whole line" in text


def test_a_copy_of_a_living_worker_knocks_until_that_is_gone_and_says_why(lab: Model, start: Lend) -> None:
    lab.answer = Refused("twin", "a worker called lent with the same key is here.", "End one of them.")
    process = start()
    first, second = (lab.hellos.get(timeout=WAIT_S) for _ in range(2))
    assert first.start == second.start != ""
    lab.answer = Welcome(VERSION, heartbeat_ms=50, lease_ms=60_000, called="lent~1234abcd")
    lab.credit.get(timeout=WAIT_S)
    process.send_signal(signal.SIGTERM)
    code, story = ended(process)
    assert code == 0
    assert "refused code=twin reason=a worker called lent with the same key is here. fix=End one of them." in story
    assert "another machine has this one's name; here it is called name=lent~1234abcd" in story


def test_a_host_that_can_have_no_jail_says_so_and_takes_no_work(lab: Model, start: Lend) -> None:
    code, text = ended(start("tests.worker.nowhere:main"))
    assert code == 1
    assert "SandboxError: " in text
    assert "nowhere" in text
