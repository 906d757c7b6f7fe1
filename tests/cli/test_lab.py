"""A tasker's day with a lab of one distributor and one worker: real processes that talk over TCP on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
MARX = [sys.executable, "-m", "marx.cli"]
TIMEOUT_S = 120

PROGRAM = """\
import sys


def slow(n):
    return sum(i * i % 7 for i in range(n))


values = [slow(60_000 + n) for n in range(60)]
print(sum(values), sys.argv[1:])
print("a warning", file=sys.stderr)
with open("values.txt", "w") as out:
    print(*values, file=out)
sys.exit(5)
"""


@dataclass(frozen=True, slots=True)
class Lab:
    folder: Path
    environment: dict[str, str]
    address: str
    serve: subprocess.Popen[bytes]

    def marx(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*MARX, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "prog.py").write_text(PROGRAM)
    (tmp_path / "work" / "endless.py").write_text("print('begun', flush=True)\nwhile True:\n    pass\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MARX_")}
    environment |= {
        "PYTHONPATH": str(HOME),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    with (tmp_path / "log").open("wb") as log:
        serving = [*MARX, "serve", "--host", "127.0.0.1", "--port", "0"]
        with ended(subprocess.Popen(serving, env=environment, stdout=subprocess.PIPE, stderr=log)) as serve:
            address = first_line(serve)
            working = [*MARX, "worker", address, "--name", "desk-3", "--slots", "2"]
            with ended(subprocess.Popen(working, env=environment, stderr=log)):
                yield Lab(tmp_path / "work", {**environment, "MARX_DISTRIBUTOR": address}, address, serve)


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is told to end after the block, and does; by the signal itself where it was still starting."""
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(TIMEOUT_S)
    assert code in {0, -signal.SIGTERM}


def first_line(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


@pytest.fixture
def python(lab: Lab) -> subprocess.CompletedProcess[bytes]:
    """What `python prog.py one two` does, in a folder of its own."""
    alone = lab.folder.parent / "alone"
    alone.mkdir()
    (alone / "prog.py").write_text(PROGRAM)
    return subprocess.run([sys.executable, "prog.py", "one", "two"], cwd=alone, capture_output=True, check=False)


def test_the_log_of_the_service_begins_with_the_folder_that_fsck_checks(lab: Lab) -> None:
    begun = (lab.folder.parent / "log").read_text().splitlines()[0].split(maxsplit=1)[1]
    folder = begun.removeprefix("distributor serves folder=")
    served = lab.marx("fsck", folder)
    assert (served.returncode, b"A distributor (process" in served.stderr) == (75, True)


def test_submit_watch_results(lab: Lab, python: subprocess.CompletedProcess[bytes]) -> None:
    submitted = lab.marx("submit", "-q", "prog.py", "one", "two")
    job = submitted.stdout.decode().strip()
    assert (submitted.returncode, submitted.stderr) == (0, b"")

    watched = lab.marx("watch", "--json", job)
    changes = [json.loads(line) for line in watched.stdout.splitlines()]
    assert watched.returncode == 0
    assert {change["schema"] for change in changes} == {1}
    assert changes[-1] | {"wall_ms": 0} == {
        "schema": 1,
        "kind": "ended",
        "job": job,
        "state": "done",
        "exit_code": 5,
        "reason": "",
        "wall_ms": 0,
        "astray": [],
    }

    fetched = lab.marx("results", job)
    folder = lab.folder / "marx-results" / job
    assert fetched.returncode == 0
    assert {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == {
        "stdout": python.stdout,
        "stderr": python.stderr,
        "exit_code": b"5\n",
        "files/values.txt": (lab.folder.parent / "alone" / "values.txt").read_bytes(),
    }


def test_results_take_nothing_from_the_user(lab: Lab) -> None:
    job = lab.marx("submit", "-q", "prog.py").stdout.decode().strip()
    assert lab.marx("watch", job).returncode == 0
    assert [lab.marx("results", job).returncode for _ in range(2)] == [0, 0]

    mine = lab.folder / "mine"
    (mine / "files").mkdir(parents=True)
    (mine / "files" / "values.txt").write_text("of my own")
    refused = lab.marx("results", job, "-o", "mine")
    assert (refused.returncode, refused.stderr.decode()) == (
        2,
        "marx: 'files/values.txt' in mine is another file than the job's, and would be lost: nothing was written\n"
        f"  try: marx results {job} -o ANOTHER\n",
    )
    assert (mine / "files" / "values.txt").read_text() == "of my own"
    assert [path.name for path in mine.iterdir()] == ["files"]


def test_results_name_what_the_program_removed(lab: Lab) -> None:
    (lab.folder / "old.txt").write_text("mine")
    (lab.folder / "clean.py").write_text("import os\nos.remove('old.txt')\n")
    job = lab.marx("submit", "-q", "--wait", "--data", "old.txt", "clean.py").stdout.decode().strip()
    fetched = lab.marx("results", "--json", job)
    assert fetched.stderr.decode() == "marx: the program removed 'old.txt'; here nothing was removed\n"
    assert json.loads(fetched.stdout)["removed"] == ["old.txt"]
    assert (lab.folder / "old.txt").read_text() == "mine"


def test_a_folder_that_went_away_costs_no_result(lab: Lab) -> None:
    """It stands for one that cannot be written to, which a test of root's cannot have."""
    gone = lab.folder.parent / "gone"
    gone.mkdir()
    (gone / "prog.py").write_text(PROGRAM.replace("values =", "print('begun', flush=True)\nvalues ="))
    command = [*MARX, "run", "prog.py"]
    with subprocess.Popen(
        command, cwd=gone, env=lab.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert first_line(child) == "begun"
        shutil.rmtree(gone)
        _, said = child.communicate(timeout=TIMEOUT_S)

    assert child.returncode == 1
    lines = said.decode().splitlines()
    assert lines[1] == f"marx: 'values.txt' in {gone} could not be written: No such file or directory"
    job = lines[2].split()[-1]
    assert lines[2:] == [f"marx: what it left is safe in job {job}", f"  try: marx results {job} -o ELSEWHERE"]
    assert lab.marx("results", job, "-o", "elsewhere").returncode == 0
    assert (lab.folder / "elsewhere" / "files" / "values.txt").exists()


def test_run_is_like_python(lab: Lab, python: subprocess.CompletedProcess[bytes]) -> None:
    ran = lab.marx("run", "prog.py", "one", "two")
    assert (ran.returncode, ran.stdout, ran.stderr) == (5, python.stdout, python.stderr)
    written = (lab.folder / "values.txt").read_bytes()
    assert written == (lab.folder.parent / "alone" / "values.txt").read_bytes()


def test_waiting_and_tables(lab: Lab) -> None:
    waited = lab.marx("submit", "--wait", "prog.py")
    assert waited.returncode == 5
    assert b"ended after" in waited.stderr

    worker = json.loads(lab.marx("workers", "--json").stdout)["workers"][0]
    assert (worker["name"], worker["slots"], worker["state"]) == ("desk-3", 2, "ready")
    assert lab.marx("workers").stdout.splitlines()[1].startswith(b"desk-3  ready  ")
    nothing = lab.marx("ps")
    assert nothing.stdout == b"JOB  NAME  STATE  ITEMS  TIME  NOTE\n"
    assert nothing.stderr == b"marx: nothing is under way: marx ps -a\n"
    [job] = lab.marx("ps", "-a").stdout.splitlines()[1:]
    assert b"exit code 5" in job


def offered(lab: Lab, typed: str) -> list[str]:
    """What a shell completes the last word with."""
    asked = {"COMP_WORDS": typed, "COMP_CWORD": "2", "_MARX_COMPLETE": "bash_complete"}
    run = [sys.executable, "-c", "from marx.cli import main; main()"]
    done = subprocess.run(
        run, env=lab.environment | asked, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    )
    assert done.stderr == ""
    return [line.removeprefix("plain,") for line in done.stdout.split()]


def test_ctrl_c_leaves_and_cancel_ends(lab: Lab) -> None:
    with subprocess.Popen(
        [*MARX, "run", "endless.py"],
        cwd=lab.folder,
        env=lab.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert first_line(child) == "begun"
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=TIMEOUT_S)
    assert child.returncode == 130
    job = said.decode().split()[1]
    assert said.decode() == f"marx: {job} goes on; come back with: marx watch {job}\n"

    assert lab.marx("results", job).returncode == 75
    assert offered(lab, "marx cancel ") == offered(lab, f"marx watch {job[:2]}") == [job]
    assert offered(lab, "marx results ") == []
    cancelled = lab.marx("cancel", job)
    assert (cancelled.returncode, cancelled.stderr.decode()) == (0, f"marx: {job} is cancelled\n")
    watched = lab.marx("watch", job)
    assert watched.returncode == 1
    assert (offered(lab, "marx cancel "), offered(lab, "marx results ")) == ([], [job])
    jobs = {row["job"]: row for row in json.loads(lab.marx("ps", "--all", "--json").stdout)["jobs"]}
    assert jobs[job]["state"] == "cancelled"


def test_a_run_that_is_killed_has_named_its_job_which_goes_on(
    lab: Lab, python: subprocess.CompletedProcess[bytes]
) -> None:
    """Without `-v` or a terminal nothing is said: `test_run_is_like_python`."""
    run = [*MARX, "run", "-v", "prog.py", "one", "two"]
    with subprocess.Popen(
        run, cwd=lab.folder, env=lab.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr is not None
        named = (
            re.match(r"marx: job (\w+); to follow it from elsewhere: marx watch \1$", line) for line in child.stderr
        )
        job = next(found.group(1) for found in named if found)
        child.kill()
    assert lab.marx("watch", job).returncode == 0
    assert not (lab.folder / "values.txt").exists(), "nobody was there to write it"
    assert lab.marx("results", job).returncode == 0
    left = lab.folder / "marx-results" / job / "files" / "values.txt"
    assert left.read_bytes() == (lab.folder.parent / "alone" / "values.txt").read_bytes()


def test_who_watches_is_told_that_the_distributor_is_away_and_that_it_is_back(lab: Lab) -> None:
    job = lab.marx("submit", "-q", "endless.py").stdout.decode().strip()
    watch = [*MARX, "watch", job]
    with subprocess.Popen(watch, cwd=lab.folder, env=lab.environment, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        assert child.stderr.readline().startswith(("marx: running", "marx: queued"))
        said = (line for line in child.stderr if "distributor" in line)
        lab.serve.send_signal(signal.SIGSTOP)
        try:
            gone = next(said)
        finally:
            lab.serve.send_signal(signal.SIGCONT)
        back = next(said)
        assert lab.marx("cancel", job).returncode == 0
    assert re.fullmatch(r"marx: the distributor has not answered for .* s; trying again\n", gone)
    assert re.fullmatch(r"marx: the distributor answers again, after .* s\n", back)


def test_a_strangers_join_code_is_refused(lab: Lab) -> None:
    stranger = {**lab.environment, "XDG_CONFIG_HOME": str(lab.folder.parent / "stranger")}
    address = lab.address.rpartition("/")[0] + "/wrong-code"
    refused = subprocess.run(
        [*MARX, "ps", "--distributor", address], env=stranger, capture_output=True, timeout=TIMEOUT_S, check=False
    )
    assert refused.returncode == 77
    assert b"said no" in refused.stderr


def test_what_was_is_told_and_can_be_repeated(lab: Lab) -> None:
    job = lab.marx("submit", "-q", "--wait", "--name", "first try", "prog.py").stdout.decode().strip()
    [row] = json.loads(lab.marx("history", "--name", "FIRST", "--json").stdout)["jobs"]
    assert (row["job"], row["state"], row["exit_code"]) == (job, "done", 5)
    assert lab.marx("history", "--state", "failed").stderr == b"marx: no job of yours is like that: marx ps -a\n"
    table = lab.marx("history", "--state", "done", "--since", "today").stdout.decode()
    assert table.splitlines()[1].startswith(f"{job}  first try  done")
    assert lab.marx("history", "--csv").stdout.decode().splitlines()[1].startswith(f"{job},first try,done,")

    shown = lab.marx("show", job).stdout.decode()
    assert "state      done, exit code 5" in shown
    assert "left       values.txt" in shown
    logged = lab.marx("logs", job).stdout.decode()
    assert "driver attempt 1 begins at desk-3" in logged
    assert "done, exit code 5" in logged.splitlines()[-1]
    one = [json.loads(line) for line in lab.marx("logs", job, "--chunk", "0/0", "--json").stdout.splitlines()]
    assert [(entry["kind"], entry["worker"]) for entry in one] == [("chunk", "desk-3")]
    assert b"[exit-code]" in lab.marx("why", job).stdout
    assert json.loads(lab.marx("why", "desk-3", "--json").stdout)["code"] == "worker-ready"

    again = lab.marx("retry", "-q", job).stdout.decode().strip()
    assert json.loads(lab.marx("show", again, "--json").stdout)["row"]["of"] == job
    followed = lab.marx("logs", "-f", again).stdout.decode()
    assert followed.splitlines()[-1].endswith("done, exit code 5")


def test_what_was_written_outside_of_the_working_folder_is_told_everywhere(lab: Lab) -> None:
    (lab.folder / "lost.py").write_text("open('../lost.txt', 'w').write('x')\n")
    told = b"'../lost.txt' was written outside of the working folder and did not come back\n  try: write below"
    waited = lab.marx("submit", "-q", "--wait", "lost.py")
    job = waited.stdout.decode().strip()
    assert (waited.returncode, told in waited.stderr) == (1, True)
    watched, fetched = lab.marx("watch", job), lab.marx("results", job)
    assert (watched.returncode, told in watched.stderr) == (0, True)
    assert (fetched.returncode, told in fetched.stderr) == (0, True)
    assert b"[files-astray]\n  '../lost.txt'\n" in lab.marx("why", job).stdout
    assert b"lost       '../lost.txt', written outside of the working folder" in lab.marx("show", job).stdout


def test_a_paused_job_goes_on_when_it_is_told_to(lab: Lab) -> None:
    job = lab.marx("submit", "-q", "endless.py").stdout.decode().strip()
    assert lab.marx("pause", job).returncode == 0
    assert b"[paused]" in lab.marx("why", job).stdout
    assert f"{job} goes on".encode() in lab.marx("resume", job).stderr
    assert f"{job} was not paused".encode() in lab.marx("resume", job).stderr
    assert json.loads(lab.marx("show", job, "--json").stdout)["row"]["state"] in ("queued", "running")
    assert lab.marx("cancel", job).returncode == 0


def test_the_log_shows_what_chunks_printed(lab: Lab) -> None:
    (lab.folder / "chatty.py").write_text(
        "def slow(n):\n    print('working on', n)\n    return sum(i * i % 7 for i in range(150_000 + n))\n\n\n"
        "print(sum(slow(n) for n in range(60)))\n"
    )
    job = lab.marx("submit", "-q", "--wait", "chatty.py").stdout.decode().strip()
    logged = lab.marx("logs", job).stdout.decode()
    assert re.search(r"\| working on \d+\n", logged), (
        "which items come in chunks is a matter of how busy the machine is"
    )


def test_a_second_worker_of_one_user_needs_a_name_and_nothing_else(lab: Lab, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    with (tmp_path / "second").open("wb") as log:
        working = [*MARX, "worker", lab.address, "--name", "a/b", "--slots", "1", "--memory", "512M"]
        with ended(subprocess.Popen(working, env=lab.environment, stderr=log)):
            while len(rows) < 2:
                rows = json.loads(lab.marx("workers", "--json").stdout)["workers"]
    assert {row["name"]: row["lent_bytes"] for row in rows} == {"desk-3": 4 << 30, "a/b": 512 << 20}
    assert {path.name for path in (tmp_path / "data" / "marx").glob("worker*")} == {"worker-desk-3", "worker-a%2Fb"}
