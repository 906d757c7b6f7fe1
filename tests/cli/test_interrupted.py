"""Ctrl-C and a job's time limit: what the program printed and wrote by then is there, as `python` would leave it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_lab import HOME, TIMEOUT_S

PYTHON = (sys.executable,)
MARX = (sys.executable, "-m", "marx.cli", "run")

# These two say that they have begun when they sleep already, so that the traceback is always the same.
WAITS = """\
import sys, threading, time
file = open("partial.txt", "w")
file.write("so far\\n")
print("in the buffer")
threading.Timer(0.3, lambda: print("begun", file=sys.stderr, flush=True)).start()
try:
    time.sleep(600)
finally:
    print("cleaned up")
"""

SAVES = """\
import sys, threading, time
threading.Timer(0.3, lambda: print("begun", file=sys.stderr, flush=True)).start()
try:
    time.sleep(600)
except KeyboardInterrupt:
    open("partial.txt", "w").write("saved")
    sys.exit(5)
"""

TAKES_NO_NOTICE = """\
import signal, sys
signal.signal(signal.SIGINT, lambda *_: None)
print("printed", flush=True)
print("begun", file=sys.stderr, flush=True)
while True:
    pass
"""

SPLIT = """\
import sys
from multiprocessing import Pool
def heavy(n):
    return sum(i * i % 7 for i in range(20_000_000))
if __name__ == "__main__":
    print("begun", file=sys.stderr, flush=True)
    with Pool(2) as pool:
        print(pool.map(heavy, range(500)))
"""


def interrupted(
    folder: Path, command: tuple[str, ...], program: str, number: signal.Signals = signal.SIGINT
) -> tuple[int, str, str, str]:
    """Exit code, output, errors behind the first line, and what is in the file."""
    folder.mkdir()
    (folder / "prog.py").write_text(program)
    environment = {**os.environ, "PYTHONPATH": str(HOME), "XDG_CONFIG_HOME": str(folder)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*command, "prog.py"], cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True
    ) as child:
        assert child.stderr is not None
        assert child.stderr.readline() == "begun\n"
        child.send_signal(number)
        stdout, stderr = child.communicate(timeout=TIMEOUT_S)
    file = folder / "partial.txt"
    return child.returncode, stdout, stderr.replace(str(folder), ""), file.read_text() if file.exists() else ""


@pytest.mark.parametrize(("program", "code"), [(WAITS, 130), (SAVES, 5)])
def test_ctrl_c_leaves_what_python_leaves(tmp_path: Path, program: str, code: int) -> None:
    python = interrupted(tmp_path / "python", PYTHON, program)
    marx = interrupted(tmp_path / "marx", MARX, program)
    assert marx == (code, *python[1:])
    assert python[0] == (-signal.SIGINT if code == 130 else code)
    assert python[3]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_ended_from_outside_keeps_what_it_wrote(tmp_path: Path, number: signal.Signals) -> None:
    code, stdout, _, written = interrupted(tmp_path / "marx", MARX, WAITS, number)
    assert (code, stdout, written) == (128 + number, "in the buffer\ncleaned up\n", "so far\n")


def test_ctrl_c_while_chunks_run_shows_the_program_alone(tmp_path: Path) -> None:
    code, stdout, stderr, _ = interrupted(tmp_path / "work", MARX, SPLIT)
    assert (code, stdout) == (130, "")
    assert stderr.startswith("Traceback (most recent call last):\n")
    assert stderr.endswith("KeyboardInterrupt\n")
    assert str(HOME) not in stderr


def test_who_takes_no_notice_of_ctrl_c_is_ended_all_the_same(tmp_path: Path) -> None:
    code, stdout, stderr, _ = interrupted(tmp_path / "once", MARX, TAKES_NO_NOTICE)
    assert (code, stdout) == (130, "printed\n")
    assert stderr.startswith("marx: ")
    assert stderr.endswith(" cancelled: interrupted\n")


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "prog.py").write_text(TAKES_NO_NOTICE)
    environment = {**os.environ, "PYTHONPATH": str(HOME), "XDG_CONFIG_HOME": str(folder)}
    pipe = subprocess.PIPE
    with subprocess.Popen([*MARX, "prog.py"], cwd=folder, env=environment, stdout=pipe, stderr=pipe) as child:
        assert child.stderr is not None
        assert child.stderr.readline() == b"begun\n"
        child.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=TIMEOUT_S)
    assert (child.returncode, said) == (130, b"marx: interrupted, and cancelled\n")


def test_a_job_beyond_its_time_ends_with_124_and_what_it_printed_and_wrote(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text("")
    (tmp_path / "prog.py").write_text(WAITS)
    began = time.monotonic()
    assert _run(tmp_path, "short.py").returncode == 0
    # What a busy machine needs for the start of a program is no part of what is asked here.
    limit_s = min(59, 1 + round(3 * (time.monotonic() - began)))
    done = _run(tmp_path, "--timeout", f"{limit_s}s", "prog.py")
    assert (done.returncode, done.stdout) == (124, b"in the buffer\ncleaned up\n")
    assert done.stderr.startswith(b"begun\nTraceback")
    assert done.stderr.endswith(f"it ran longer than its limit of {limit_s} s\n".encode())
    assert (tmp_path / "partial.txt").read_text() == "so far\n"


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*MARX, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(HOME), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)},
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
