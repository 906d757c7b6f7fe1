"""Ctrl-C in a program that waits for calls, calls within calls, and what `help` and completion ask the package for."""

from __future__ import annotations

import os
import pydoc
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

import marx
from marx.calls.executor import Executor

PATIENCE_S = 60
TOO_LONG_S = 900

WAITING = f"""
import sys, threading, time
import marx

def nap(seconds):
    time.sleep(seconds)

if __name__ == "__main__":
    executor = marx.Executor(2, distributor="here")
    executor.submit(nap, 0).result()
    waits = {{
        "map": lambda: list(executor.map(nap, [{TOO_LONG_S}] * 20)),
        "result": lambda: executor.submit(nap, {TOO_LONG_S}).result(),
    }}
    try:
        if sys.argv[1] == "map":
            with executor:
                print("waits", flush=True)
                waits["map"]()
        print("waits", flush=True)
        waits["result"]()
    finally:
        print([one.name for one in threading.enumerate() if sys.argv[1] == "map"])
"""


@pytest.mark.parametrize(("how", "threads"), [("map", "['MainThread']"), ("result", "[]")])
def test_ctrl_c_waits_for_nothing_and_leaves_nothing(tmp_path: Path, how: str, threads: str) -> None:
    """In a `with` block, and without one, where the end of the interpreter would wait for the calls."""
    (tmp_path / "waiting.py").write_text(WAITING)
    command = [sys.executable, "waiting.py", how]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True, env=os.environ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "waits\n"
        family = psutil.Process(program.pid).children(recursive=True)
        program.send_signal(signal.SIGINT)
        said, errors = program.communicate(timeout=PATIENCE_S)
    assert said == f"{threads}\n"
    assert errors.endswith("KeyboardInterrupt\n")
    assert program.returncode == -signal.SIGINT
    assert family
    assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []


def _call_again(how: str) -> object:
    with marx.Executor() if how == "Executor" else marx.Pool() as caller:
        return caller.map(abs, [-1])


def test_calls_within_calls_are_told_what_to_do(here: Executor) -> None:
    for how in ("Executor", "Pool"):
        with pytest.raises(RuntimeError, match="call the function directly there"):
            here.submit(_call_again, how).result(PATIENCE_S)


WITHOUT_JOBLIB = """
import sys
sys.modules["joblib"] = None
import marx, pydoc
text = pydoc.render_doc(marx, renderer=pydoc.plaintext)
assert "class Executor" in text and "submit(" in text, text
print([name for name in dir(marx) if not name.startswith("_")])
"""


def test_help_and_names_need_no_package_that_is_not_there() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_JOBLIB], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("['Executor', 'Pool', 'asubmit', 'mapreduce', 'submit']\n", "")
    assert ("register_joblib" in dir(marx)) == bool(find_spec("joblib"))
    assert "class Executor" in pydoc.render_doc(marx, renderer=pydoc.plaintext)
