"""Programs submitted from Python, and coroutines that wait for calls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import marx
from marx.calls import awaiting
from marx.calls.jobs import Job, SubmitFailed
from tests.calls.lab import Lab

PATIENCE_S = 60
PROGRAM = """
import sys
print("hello", sys.argv[1])
with open("left.txt", "w") as file:
    file.write("behind")
sys.exit(3)
"""


def test_a_program_and_its_job(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prog.py").write_text(PROGRAM)
    job = marx.submit("prog.py", "you", name="<night>", distributor=lab.address)
    assert (job.state, job.progress, job.eta) == ("queued", 0.0, None)
    assert "no worker" in job.why
    assert "&lt;night&gt;" in job._repr_html_()
    with pytest.raises(TimeoutError):
        job.wait(0)
    lab.work("one")
    result = job.wait(PATIENCE_S)
    assert (result.state, result.exit_code, result.stdout) == ("done", 3, "hello you\n")
    assert result.files == {"left.txt": b"behind"}
    assert job.progress == 1.0
    assert any("submitted" in line for line in job.logs)
    job.save(tmp_path / "there")
    assert (tmp_path / "there" / "left.txt").read_bytes() == b"behind"


def test_what_is_not_taken_says_why(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(SubmitFailed, match=r"nowhere\.py"):
        marx.submit(tmp_path / "nowhere.py", distributor=lab.address)
    with pytest.raises(TypeError, match=r"marx\.submit: 0 is of type int; a program and its arguments are texts"):
        marx.submit("x.py", 0)  # type: ignore[arg-type]
    (tmp_path / "prog.py").write_text("print()")
    job = marx.submit(tmp_path / "prog.py", distributor=lab.address, data=[tmp_path / "prog.py"], no_split=True)
    job.cancel()
    assert job.wait(PATIENCE_S).state == "cancelled"


def test_coroutines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    async def main() -> list[int]:
        return await asyncio.gather(*(marx.asubmit(pow, 2, exponent) for exponent in range(5)))

    assert asyncio.run(main()) == [1, 2, 4, 8, 16]
    awaiting.executor().shutdown()


def test_what_a_job_shows_of_itself_lets_nobody_join_the_lab() -> None:
    assert repr(Job("abcdef", "marx://host:7979/KEY/CODE")) == "Job(id='abcdef')"
