"""Checks of the walls, each by its effect on the host, and with a control that the deed succeeds without a jail.

A check is a function of a `Ground`. The tests call them in their own process, and again by `python -m
tests.sandbox.containment` in a process of an ordinary user, with the system's interpreter. Standard library only.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox import FileIn, Jail, Limits, Outcome, Verdict
from tests.sandbox.ground import PATIENCE_S, TOP, Ground, ask, ends, outside, refuse_namespaces, victim

# --- reaching out ------------------------------------------------------------------------------------------------


def a_file_beside_the_host_program_is_not_read(ground: Ground) -> None:
    secret = ground.folder / "secret"
    secret.write_text("the secret")
    assert "the secret" in outside(f"read {secret}")
    with ground.jail() as jail:
        assert ask(jail, f"read {secret}").startswith("failed")
        assert "the secret" not in ask(jail, f"read {ground.work}/../secret")


def nothing_is_written_outside(ground: Ground) -> None:
    target = ground.folder / "mark"
    assert "done" in outside(f"write {target}")
    target.unlink()
    with ground.jail() as jail:
        ask(jail, f"write {target}")
        assert ask(jail, "write inside").startswith("done")
        outcome = jail_end(jail)
    assert not target.exists()
    assert [file.path for file in outcome.files] == ["inside"]


def modes_of_host_files_stay(ground: Ground) -> None:
    target = ground.folder / "file"
    target.write_text("x")
    target.chmod(0o600)
    with ground.jail() as jail:
        ask(jail, f"mode {target}")
        ask(jail, f"mode {TOP / 'setup.py'}")
    assert target.stat().st_mode & 0o777 == 0o600
    assert (TOP / "setup.py").stat().st_mode & 0o777 != 0o777
    assert "done" in outside(f"mode {target}")


def a_loopback_listener_is_not_reached(ground: Ground) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        listener.settimeout(PATIENCE_S)
        assert "done" in outside(f"connect {port}")
        listener.accept()[0].close()
        with ground.jail() as jail:
            assert ask(jail, f"connect {port}").startswith("failed")
        listener.setblocking(False)
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return
        raise AssertionError("a connection from the jail arrived")


def no_second_process(ground: Ground) -> None:
    with ground.jail() as jail:
        for deed in ("fork", "execute", "replace"):
            assert outside(deed) and not outside(deed).startswith("failed"), deed
            assert ask(jail, deed).startswith("failed"), deed
        assert ask(jail, "say still here").startswith("done")


def other_processes_live(ground: Ground) -> None:
    with victim() as process, ground.jail() as jail:
        for deed in (f"kill {process.pid}", "kill_parent", "kill_everybody", f"signal_by_descriptor {process.pid}"):
            assert ask(jail, deed).startswith("failed"), deed
        assert jail_end(jail).verdict is Verdict.EXITED
        assert process.poll() is None
        assert "done" in outside(f"signal_by_descriptor {process.pid}")
        assert process.wait() == -9


def other_processes_are_not_traced(ground: Ground) -> None:
    with victim() as process, ground.jail() as jail:
        assert "done" in outside(f"trace {process.pid}")
        assert ask(jail, f"trace {process.pid}").startswith("failed")


def the_environment_does_not_leak(ground: Ground) -> None:
    os.environ["THE_SECRET"] = "hush"
    try:
        assert "hush" in outside("environment")
        with ground.jail() as jail:
            answer = ask(jail, "environment")
    finally:
        del os.environ["THE_SECRET"]
    assert "HELLO=1" in answer
    assert "hush" not in answer


def descriptors_do_not_leak(ground: Ground) -> None:
    with open(ground.folder / "open", "wb") as file:
        os.set_inheritable(file.fileno(), True)
        assert str(file.fileno()) in outside("descriptors").split()
        with ground.jail() as jail:
            assert ask(jail, "descriptors") == "done: 0 1 2 3"


def proc_tells_nothing(ground: Ground) -> None:
    assert outside("names /proc/self").startswith("done")
    assert outside(f"read /proc/{os.getpid()}/environ").startswith("done")
    with ground.jail() as jail:
        assert ask(jail, "names /proc/self").startswith("failed")
        assert ask(jail, f"read /proc/{os.getpid()}/environ").startswith("failed")


def links_are_not_made(ground: Ground) -> None:
    secret = ground.folder / "secret"
    secret.write_text("the secret")
    with ground.jail() as jail:
        ask(jail, f"link {secret}")
        assert jail_end(jail).files == ()


# --- using too much ----------------------------------------------------------------------------------------------


def memory_has_a_cap(ground: Ground) -> None:
    with ground.jail(limits=Limits(memory_bytes=512 << 20)) as jail:
        assert ask(jail, "allocate 100").startswith("done")
        assert ask(jail, "allocate 600").startswith("failed: MemoryError")
    assert "done" in outside("allocate 600")


def files_have_a_cap(ground: Ground) -> None:
    with ground.jail(limits=Limits(work_bytes=16 << 20)) as jail:
        assert ask(jail, "fill 8").startswith("done")
        assert ask(jail, "fill 64").startswith("failed: OSError")


def processor_time_has_a_cap(ground: Ground) -> None:
    with ground.jail(limits=Limits(cpu_s=1)) as jail:
        assert ask(jail, "spin 0.01").startswith("done")
        assert jail_end(jail).verdict is Verdict.EXITED
    for deed in ("spin 60", "spin_against_signals 60"):
        outcome = ends(ground, deed, Limits(cpu_s=1))
        assert outcome.verdict is Verdict.TIMEOUT_CPU, outcome


def wall_time_has_a_cap(ground: Ground) -> None:
    with ground.jail() as jail:
        jail.send(b"spin_against_signals 60")
        outcome = jail.wait(0.2)
    assert outcome.verdict is Verdict.TIMEOUT_WALL
    assert jail._process.returncode is not None


def threads_have_a_cap(ground: Ground) -> None:
    # A thread that begins when its memory has run out leaves whoever started it waiting: here only threads run out.
    with ground.jail(limits=Limits(memory_bytes=1 << 38)) as jail:
        assert ask(jail, "many_threads 16").startswith("done")
        assert ask(jail, "many_threads 5000").startswith("failed") or not ground.has_mounts


def a_flood_that_nobody_reads_stops_by_itself(ground: Ground) -> None:
    with ground.jail() as jail:
        jail.send(b"flood 64")
        assert jail.wait(0.2).verdict is Verdict.TIMEOUT_WALL


# --- ordinary programs -------------------------------------------------------------------------------------------


def the_end_is_the_program_s_own(ground: Ground) -> None:
    expected = {
        "leave 0": (Verdict.EXITED, 0, 0),
        "leave 7": (Verdict.EXITED, 7, 0),
        "leave_with_words sorry": (Verdict.EXITED, 1, 0),
        "leave_at_once 9": (Verdict.EXITED, 9, 0),
        "crash": (Verdict.SIGNAL, 0, 11),
        "end_by_signal 15": (Verdict.SIGNAL, 0, 15),
        "end_by_signal 6": (Verdict.SIGNAL, 0, 6),
        "end_by_signal 9": (Verdict.SIGNAL, 0, 9),
    }
    for deed, end in expected.items():
        outcome = ends(ground, deed)
        assert (outcome.verdict, outcome.exit_code, outcome.signal) == end, (deed, outcome)


def output_arrives_whole(ground: Ground) -> None:
    with ground.jail() as jail:
        jail.send(b"leave_tidily hello")
        assert jail.wait(PATIENCE_S).exit_code == 0
        assert read_all(jail.stdout) == b"hello\nat the end\n"
    with ground.jail() as jail:
        jail.send(b"leave_with_words sorry")
        jail.wait(PATIENCE_S)
        assert read_all(jail.stderr) == b"sorry\n"


def changed_files_come_back(ground: Ground) -> None:
    names = ("kept", "changed", "removed", "sub/kept")
    files = [FileIn(f"{ground.work}/{name}", b"content", 0o644) for name in names]
    with ground.jail(ground.load(*files)) as jail:
        deed = "change_files" if ground.has_mounts else "write deep"
        assert ask(jail, deed).startswith("done")
        outcome = jail_end(jail)
    found = {file.path: (file.content, file.mode) for file in outcome.files}
    if ground.has_mounts:
        new = {"deep/er/new": (b"was here", 0o750), "empty/": (b"", 0o755)}
        assert found == {"changed": (b"content and more", 0o644), **new}
        assert outcome.removed == ("removed",)
    else:
        assert found == {"deep": (b"was here", 0o644)}


def files_from_the_host_s_disk_are_loaded(ground: Ground) -> None:
    source = ground.folder / "source"
    source.write_bytes(b"0123456789" * 300_000)
    path = f"{ground.work}/data"
    with ground.jail(ground.load(FileIn(path, source))) as jail:
        assert len(ask(jail, f"read {jail.place(path)}")) == len("done: ") + 3_000_000


def files_beside_the_folder_are_read_only(ground: Ground) -> None:
    paths = [str(ground.folder / "other" / "lib.py"), "/home/somebody/lib.py"]
    with ground.jail(ground.load(*(FileIn(path, b"content") for path in paths))) as jail:
        for path in paths:
            place = jail.place(path)
            assert ask(jail, f"read {place}") == "done: content"
            if ground.has_mounts:
                assert ask(jail, f"write {place}").startswith("failed")
    assert not os.path.exists("/home/somebody/lib.py")


def standard_input_is_what_was_given(ground: Ground) -> None:
    with ground.jail(ground.load(stdin=b"some\nlines\n")) as jail:
        assert ask(jail, "stdin") == "done: some\nlines\n"
        assert jail_end(jail).files == ()
    with ground.jail() as jail:
        assert ask(jail, "stdin") == "done: "


def ordinary_programs_run(ground: Ground) -> None:
    with ground.jail() as jail:
        for deed in ("imports", "run_coroutines", "run_threads", "use_database"):
            answer = ask(jail, deed)
            assert answer.startswith("done"), (deed, answer)
        if ground.has_mounts:
            assert ask(jail, "copy_files") == "done: a b"


def the_interpreter_looks_as_always(ground: Ground) -> None:
    plain = outside("facts").splitlines()
    with ground.jail() as jail:
        jailed = ask(jail, "facts").splitlines()
        assert ask(jail, "where") == f"done: {jail.place(ground.work)}"
    # The control was started with -m and PYTHONPATH, which put folders of their own before all others.
    assert jailed[0] == plain[0]
    assert plain[1].endswith(jailed[1].removeprefix("["))
    assert jailed[2] == plain[2]


def the_program_is_nobody(ground: Ground) -> None:
    with ground.jail() as jail:
        answer = ask(jail, "who")
    if ground.has_mounts:
        assert answer in ("done: (1000, 1000, 1000) [] localhost", "done: (1000, 1000, 1000) [1000] localhost")
    assert "(0, 0, 0)" not in answer


def jail_end(jail: Jail) -> Outcome:
    """The deeds' entry leaves when its channel is closed from outside, which is not in the interface: it is told to."""
    jail.send(b"leave 0")
    return jail.wait(PATIENCE_S)


def read_all(end: socket.socket) -> bytes:
    parts = []
    end.settimeout(PATIENCE_S)
    while data := end.recv(1 << 16):
        parts.append(data)
    return b"".join(parts)


CHECKS: dict[str, Callable[[Ground], None]] = {
    check.__name__: check
    for check in (
        a_file_beside_the_host_program_is_not_read,
        nothing_is_written_outside,
        modes_of_host_files_stay,
        a_loopback_listener_is_not_reached,
        no_second_process,
        other_processes_live,
        other_processes_are_not_traced,
        the_environment_does_not_leak,
        descriptors_do_not_leak,
        proc_tells_nothing,
        links_are_not_made,
        memory_has_a_cap,
        files_have_a_cap,
        processor_time_has_a_cap,
        wall_time_has_a_cap,
        threads_have_a_cap,
        a_flood_that_nobody_reads_stops_by_itself,
        the_end_is_the_program_s_own,
        output_arrives_whole,
        changed_files_come_back,
        files_from_the_host_s_disk_are_loaded,
        files_beside_the_folder_are_read_only,
        standard_input_is_what_was_given,
        ordinary_programs_run,
        the_interpreter_looks_as_always,
        the_program_is_nobody,
    )
}


if __name__ == "__main__":
    name, folder, waived = sys.argv[1:]
    if waived:
        refuse_namespaces()
    CHECKS[name](Ground(Path(folder), frozenset(filter(None, waived.split(",")))))
