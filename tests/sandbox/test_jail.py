"""A jail's life as its host sees it: start, load, frames, end; and every way in which one side may break off."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent
import gevent.socket
import psutil
import pytest

import sandbox
from sandbox import (
    BadFrame,
    FileIn,
    Jail,
    JailDied,
    JailSpec,
    LayerMissing,
    Limits,
    Load,
    LoadRefused,
    SandboxError,
    Timeout,
    Verdict,
)
from tests.sandbox.containment import PATIENCE_S, TOP, ask

EMPTY = Load(folder="/work-of-nobody", collect=True)


def spec(entry: str, **others: object) -> JailSpec:
    return JailSpec(entry=entry, read_only=(str(TOP),), nice=False, **others)  # type: ignore[arg-type]


@contextmanager
def loaded(entry: str, load: Load = EMPTY, limits: Limits | None = None) -> Iterator[Jail]:
    with sandbox.start(spec(entry, limits=limits or Limits())) as jail:
        jail.load(load)
        yield jail


def echo() -> JailSpec:
    return spec("tests.sandbox.entries:echo")


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


def test_a_killed_host_takes_its_jails_with_it() -> None:
    code = (
        "import sandbox, sys; from tests.sandbox import test_jail as t\n"
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


# --- what cannot be started or loaded ----------------------------------------------------------------------


def test_an_interpreter_that_is_not_there_is_named() -> None:
    with pytest.raises(SandboxError, match="/no/such/python"):
        sandbox.start(spec("a:b", python="/no/such/python"))


def test_an_interpreter_that_is_none_shows_its_last_words() -> None:
    with sandbox.start(spec("a:b", python="/bin/ls")) as jail, pytest.raises(JailDied, match="cannot access"):
        jail.ready(PATIENCE_S)


def test_an_entry_that_cannot_be_imported_is_an_error_of_ready() -> None:
    with sandbox.start(spec("tests.sandbox.nowhere:main")) as jail, pytest.raises(SandboxError, match=r"nowhere"):
        jail.ready(PATIENCE_S)


@pytest.mark.parametrize("folder", ["/", "relative", "/a/../b", "/usr/lib/not-there"])
def test_an_impossible_folder_is_refused(folder: str) -> None:
    with sandbox.start(echo()) as jail, pytest.raises(LoadRefused, match=r"working folder"):
        jail.load(Load(folder=folder))


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        (FileIn("relative", b""), "absolute"),
        (FileIn("/w/../x", b""), "absolute"),
        (FileIn("/usr/lib/not-there/x", b""), "cannot be put"),
        (FileIn("/w/big", bytes(4 << 20)), "does not fit"),
    ],
)
def test_an_impossible_file_is_refused(file: FileIn, fault: str) -> None:
    limits = Limits(work_bytes=1 << 20)
    with (
        sandbox.start(spec("tests.sandbox.entries:echo", limits=limits)) as jail,
        pytest.raises(LoadRefused, match=fault),
    ):
        jail.load(Load(folder="/w", files=(file,)))


def test_a_missing_layer_is_an_error_that_names_it_and_the_fix() -> None:
    code = (
        "from tests.sandbox import containment, test_jail as t; containment.refuse_namespaces()\n"
        "import sandbox\n"
        "with sandbox.start(t.echo()) as jail:\n"
        "    try: jail.ready(60)\n"
        "    except sandbox.LayerMissing as missing: print(missing.names, missing)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True)
    # As root there is a third one where only root can read the interpreter.
    assert result.stdout.startswith("('namespaces', 'mounts'"), result.stderr
    assert " cannot raise namespaces, mounts" in result.stdout
    assert "apparmor_restrict_unprivileged_userns=0" in result.stdout
    assert issubclass(LayerMissing, SandboxError)


def test_every_layer_can_be_raised_here_and_is_reported() -> None:
    states = sandbox.layers()
    assert [state.name for state in states] == [
        *("cgroup", "namespaces", "mounts", "priority", "identity", "capabilities", "rlimits", "landlock", "seccomp"),
    ]
    assert all(state.raised for state in states if state.name not in sandbox.OPTIONAL)


# --- where things are --------------------------------------------------------------------------------------


def test_the_working_folder_may_hold_the_interpreter_s_packages() -> None:
    """A virtual environment usually lies in the project, and the working folder hides what the host has there."""
    folder = os.path.dirname(sys.prefix)
    path = f"{folder}/prog.py"
    with loaded("tests.sandbox.deeds:perform", Load(folder=folder, files=(FileIn(path, b"x"),), collect=True)) as jail:
        assert ask(jail, "names .") == f"done: {' '.join(sorted([os.path.basename(sys.prefix), 'prog.py']))}"
        assert ask(jail, "run_coroutines").startswith("done")
        assert ask(jail, "write here").startswith("done")
        jail.send(b"leave 0")
        assert [file.path for file in jail.wait(PATIENCE_S).files] == ["here"]


def test_a_file_that_a_folder_of_the_host_covers_is_not_taken_for_removed() -> None:
    """In a developer's checkout the package is bound over the very files that were loaded with the folder."""
    folder = os.path.dirname(TOP)
    paths = (f"{folder}/changed", f"{folder}/removed", f"{TOP}/README.md")
    files = tuple(FileIn(path, b"x") for path in paths)
    with loaded("tests.sandbox.deeds:perform", Load(folder=folder, files=files, collect=True)) as jail:
        assert ask(jail, "change_files").startswith("done")
        jail.send(b"leave 0")
        outcome = jail.wait(PATIENCE_S)
    assert "changed" in [file.path for file in outcome.files]
    assert outcome.removed == ("removed",)


def test_the_working_folder_may_lie_in_a_folder_of_the_host() -> None:
    """Only what was loaded is seen there, and the host's own folder stays as it is."""
    folder = str(TOP / "tests")
    files = (FileIn(f"{folder}/prog.py", b"x"), FileIn(str(TOP / "setup.py"), b"another"))
    with loaded("tests.sandbox.deeds:perform", Load(folder=folder, files=files)) as jail:
        assert ask(jail, "names .") == "done: prog.py"
        assert ask(jail, f"read {TOP}/setup.py") == "done: another"
        assert ask(jail, "write here").startswith("done")
    assert not (TOP / "tests" / "here").exists()
    assert "another" not in (TOP / "setup.py").read_text()


def test_numpy_computes() -> None:
    pytest.importorskip("numpy")
    with sandbox.start(spec("tests.sandbox.deeds:perform", preload=("numpy",))) as jail:
        jail.load(EMPTY)
        assert ask(jail, "use_numpy") == "done: 333283335000.0"


def test_the_hash_seed_is_the_same_in_every_jail() -> None:
    answers = set()
    for _ in range(2):
        with loaded("tests.sandbox.deeds:perform") as jail:
            answers.add(ask(jail, "hash_of some text"))
    assert len(answers) == 1


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


# --- python -m sandbox -------------------------------------------------------------------------------------


def run_alone(folder: Path, source: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "prog.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "prog.py", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        input=stdin,
        capture_output=True,
        text=True,
    )


def test_a_program_alone(tmp_path: Path) -> None:
    source = "import sys; print(sys.argv[1:], input()); open('out', 'w').write('x'); sys.exit('bye')"
    result = run_alone(tmp_path, source, "a", "--b", stdin="line\n")
    assert (result.stdout, result.stderr, result.returncode) == ("['a', '--b'] line\n", "bye\n", 1)
    assert (tmp_path / "out").read_text() == "x"


def test_a_traceback_alone_is_python_s_own(tmp_path: Path) -> None:
    source = "def f():\n    1 / 0\nf()\n"
    jailed = run_alone(tmp_path, source)
    plain = subprocess.run([sys.executable, str(tmp_path / "prog.py")], capture_output=True, text=True)
    assert (jailed.stdout, jailed.stderr, jailed.returncode) == (plain.stdout, plain.stderr, plain.returncode)


def test_a_host_may_start_a_jail_before_it_has_what_it_waits_with() -> None:
    with sandbox.start(spec("tests.sandbox.deeds:perform")) as jail:
        jail.switch(gevent.socket.socket)
        beside = gevent.spawn(gevent.sleep, 0)
        jail.load(EMPTY)
        assert beside.dead, "nothing else could run while the jail booted"
        jail.send(b"spin 0")
        assert jail.receive(PATIENCE_S) == b"done: 0"
        assert isinstance(jail.stdout, gevent.socket.socket)
