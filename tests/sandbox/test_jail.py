"""A jail's life as its host sees it: start, load, frames, end; and every way in which one side may break off."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading

import gevent
import gevent.socket
import psutil
import pytest

import sandbox
from sandbox import (
    BadFrame,
    JailDied,
    Limits,
    SandboxError,
    Timeout,
    Verdict,
)
from tests.sandbox.ground import EMPTY, PATIENCE_S, TOP, ask, echo, loaded, spec

# --- frames ------------------------------------------------------------------------------------------------


def test_frames_of_every_size_come_back() -> None:
    with loaded("tests.sandbox.entries:echo") as jail:
        for size in (0, 1, 8, 65_536, 5_000_000):
            body = os.urandom(size)
            sender = threading.Thread(target=jail.send, args=(body,))
            sender.start()
            assert jail.receive(PATIENCE_S) == body[::-1]
            sender.join()


@pytest.mark.parametrize(
    ("hexadecimal", "fault"),
    [
        ("ffffffffffffffff", "where at most"),
        ("0000001000000000", "where at most"),
        ("0500000000000000616263", "within a frame"),
        ("050000", "within a frame"),
    ],
)
def test_a_lying_or_broken_frame_is_refused(hexadecimal: str, fault: str) -> None:
    with loaded("tests.sandbox.deeds:perform", limits=Limits(message_bytes=1 << 20)) as jail:
        jail.send(b"garbage " + hexadecimal.encode())
        with pytest.raises(BadFrame, match=fault):
            jail.receive(PATIENCE_S)


def test_a_frame_too_long_is_not_even_sent() -> None:
    with loaded("tests.sandbox.entries:echo", limits=Limits(message_bytes=100)) as jail:
        with pytest.raises(BadFrame, match="101 bytes"):
            jail.send(bytes(101))
        jail.send(b"abc")
        assert jail.receive(PATIENCE_S) == b"cba"


def test_silence_is_a_timeout_and_the_jail_goes_on() -> None:
    with loaded("tests.sandbox.entries:echo") as jail:
        with pytest.raises(Timeout):
            jail.receive(0.01)
        jail.send(b"abc")
        assert jail.receive(PATIENCE_S) == b"cba"


def test_a_runner_that_does_not_read_is_a_timeout() -> None:
    with loaded("tests.sandbox.deeds:perform") as jail:
        jail.send(b"wait_for_ever")
        with pytest.raises(Timeout):
            jail.send(bytes(8 << 20), timeout_s=0.05)


def test_a_closed_channel_is_none_and_then_an_error() -> None:
    with loaded("tests.sandbox.entries:close_and_stay") as jail:
        assert jail.receive(PATIENCE_S) is None
        with pytest.raises(JailDied):
            jail.send(b"abc")
        assert jail.wait(0.05).verdict is Verdict.TIMEOUT_WALL


# --- ends --------------------------------------------------------------------------------------------------


def test_a_program_that_needs_more_memory_is_told_apart() -> None:
    with loaded("tests.sandbox.entries:run_out_of_memory") as jail:
        jail.send(b"")
        outcome = jail.wait(PATIENCE_S)
    assert (outcome.verdict, outcome.exit_code) == (Verdict.MEMORY, 1)


def test_a_program_that_fills_its_folder_is_told_apart() -> None:
    with loaded("tests.sandbox.entries:fill_the_disk", limits=Limits(work_bytes=8 << 20)) as jail:
        jail.send(b"")
        outcome = jail.wait(PATIENCE_S)
    assert (outcome.verdict, outcome.exit_code) == (Verdict.DISK, 1)


def test_sparse_files_are_not_collected_beyond_the_cap() -> None:
    with loaded("tests.sandbox.entries:leave_sparse_files", limits=Limits(work_bytes=16 << 20)) as jail:
        jail.send(b"")
        assert jail.wait(PATIENCE_S).verdict is Verdict.OUTPUT_TOO_LARGE


def test_the_outcome_stays_and_says_how_long_it_took() -> None:
    with loaded("tests.sandbox.deeds:perform") as jail:
        ask(jail, "spin 0.05")
        jail.send(b"leave 3")
        outcome = jail.wait(PATIENCE_S)
        assert outcome.exit_code == 3
        assert outcome.wall_ns >= 50_000_000
        assert outcome.cpu_ns >= 40_000_000
        assert jail.wait(0) == outcome


def family(pid: int) -> list[psutil.Process]:
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


@pytest.mark.parametrize("deed", ["wait_for_ever", "spin_against_signals 60"])
def test_nothing_is_left_alive_after_kill(deed: str) -> None:
    with loaded("tests.sandbox.deeds:perform") as jail:
        ask(jail, "say that the runner is there")
        jail.send(deed.encode())
        processes = family(jail.pid)
        assert len(processes) == 3, "launcher, zygote, runner"
        jail.kill()
        assert not [process for process in processes if process.is_running()]
        jail.kill()


@pytest.mark.parametrize("waived", [(), ("namespaces", "mounts")])
def test_an_interruption_is_one_for_the_program(waived: tuple[str, ...]) -> None:
    """Also where the zygote watches the disk meanwhile, and also when it comes again."""
    with sandbox.start(spec("tests.sandbox.entries:count_interruptions", waive=frozenset(waived))) as jail:
        jail.load(EMPTY)
        for number in (b"0", b"1", b"2"):
            assert jail.receive(PATIENCE_S) == number
            jail.interrupt()
        assert jail.wait(PATIENCE_S).exit_code == 7
        jail.interrupt()


def test_kill_before_ready_leaves_nothing() -> None:
    jail = sandbox.start(echo())
    jail.close()
    assert not psutil.pid_exists(jail.pid)


def test_a_killed_launcher_takes_the_jail_with_it() -> None:
    with loaded("tests.sandbox.deeds:perform") as jail:
        ask(jail, "say that the runner is there")
        jail.send(b"spin_against_signals 60")
        processes = family(jail.pid)
        os.kill(jail.pid, signal.SIGKILL)
        assert jail.wait(PATIENCE_S).verdict is Verdict.SANDBOX_ERROR
        _, alive = psutil.wait_procs(processes[1:], timeout=PATIENCE_S)
        assert not alive


def test_a_program_that_somebody_else_kills_has_not_ended_by_itself() -> None:
    with loaded("tests.sandbox.deeds:perform") as jail:
        ask(jail, "say that the runner is there")
        jail.send(b"spin_against_signals 60")
        os.kill(family(jail.pid)[-1].pid, signal.SIGKILL)
        outcome = jail.wait(PATIENCE_S)
    assert (outcome.verdict, outcome.signal) == (Verdict.KILLED, signal.SIGKILL)
    with loaded("tests.sandbox.deeds:perform") as jail:
        jail.send(b"end_by_signal 9")
        outcome = jail.wait(PATIENCE_S)
    assert (outcome.verdict, outcome.signal) == (Verdict.SIGNAL, signal.SIGKILL)


def test_a_killed_host_takes_its_jails_with_it() -> None:
    code = (
        "import sandbox, sys; from tests.sandbox import ground as t\n"
        "with t.loaded('tests.sandbox.deeds:perform') as jail:\n"
        "    t.ask(jail, 'say that the runner is there')\n"
        "    jail.send(b'spin_against_signals 60'); print(jail.pid, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as host:
        assert host.stdout is not None
        processes = family(int(host.stdout.readline()))
        host.kill()
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_S)
    assert not alive


def test_a_jail_holds_one_load() -> None:
    with loaded("tests.sandbox.entries:echo") as jail, pytest.raises(SandboxError, match="loaded before"):
        jail.load(EMPTY)
    with sandbox.start(echo()) as jail, pytest.raises(SandboxError, match="nothing was loaded"):
        jail.wait(0)


# --- gevent ------------------------------------------------------------------------------------------------


def test_a_cooperative_host_goes_on_while_it_waits() -> None:
    ticks = []

    def tick() -> None:
        while True:
            ticks.append(1)
            gevent.sleep(0.005)

    clock = gevent.spawn(tick)
    with sandbox.start(spec("tests.sandbox.deeds:perform"), gevent.socket.socket) as jail:
        jail.load(EMPTY)
        before = len(ticks)
        jail.send(b"spin 0.2")
        assert jail.receive(PATIENCE_S) == b"done: 0.2"
        assert len(ticks) > before
        waiter = gevent.spawn(jail.wait, PATIENCE_S)
        reader = gevent.spawn(jail.receive, PATIENCE_S)
        gevent.sleep(0)
        jail.kill()
        assert waiter.get(timeout=PATIENCE_S).verdict is Verdict.KILLED
        assert reader.get(timeout=PATIENCE_S) is None
    clock.kill()


def test_the_channel_can_be_polled() -> None:
    with loaded("tests.sandbox.entries:echo") as jail:
        assert select.select([jail], [], [], 0)[0] == []
        jail.send(b"abc")
        assert select.select([jail], [], [], PATIENCE_S)[0] == [jail]
        assert isinstance(jail.stdout, socket.socket)


def test_a_host_may_start_a_jail_before_it_has_what_it_waits_with() -> None:
    with sandbox.start(spec("tests.sandbox.deeds:perform")) as jail:
        jail.switch(gevent.socket.socket)
        beside = gevent.spawn(gevent.sleep, 0)
        jail.load(EMPTY)
        assert beside.dead, "nothing else could run while the jail booted"
        jail.send(b"spin 0")
        assert jail.receive(PATIENCE_S) == b"done: 0"
        assert isinstance(jail.stdout, gevent.socket.socket)
