"""`marx.submit`: a whole program given to the lab, and a `Job` to ask about it, also in a notebook.

    job = marx.submit("prog.py", "argument", name="night", timeout="2h")
    job.wait().stdout

What can be asked for is what `marx submit` takes, by the names of its options.
"""

from __future__ import annotations

import html
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marx.tasker.client import Client
    from marx.wire.messages import Ended, JobFacts

Option = str | int | bool | os.PathLike[str]
LOOK_S = 0.5


class SubmitFailed(Exception):
    """The program was not taken. The text is what `marx submit` says: what is wrong, and what to try."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a job ended. `state`: done (whatever the program's exit code), failed, cancelled, with a `reason`."""

    state: str
    reason: str
    exit_code: int
    stdout: str
    stderr: str
    files: dict[str, bytes]
    astray: tuple[str, ...] = ()
    """Names of what it wrote outside of its working folder, which did not come back."""


@dataclass(frozen=True, slots=True)
class Eta:
    """Seconds until the present regions are through: the median, and what it stays below nine times out of ten."""

    likely_s: float
    late_s: float


def submit(
    program: str | os.PathLike[str],
    *arguments: str | os.PathLike[str],
    distributor: str | None = None,
    **options: Option | Sequence[Option],
) -> Job:
    """Submits a program as `marx submit` does. Raises `SubmitFailed`, and TypeError for arguments that are no texts."""
    for one in (program, *arguments):
        if not isinstance(one, str | os.PathLike):
            kind = type(one).__name__
            raise TypeError(f"marx.submit: {one!r} is of type {kind}; a program and its arguments are texts: str(…) it")
    command = [sys.executable, "-m", "marx.cli", "submit", "--quiet", *_flags(distributor, options)]
    done = subprocess.run([*command, str(program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SubmitFailed(done.stderr.strip() or f"marx submit ended with exit code {done.returncode}")
    return Job(done.stdout.split()[-1], distributor)


def _flags(distributor: str | None, options: dict[str, Option | Sequence[Option]]) -> Iterator[str]:
    """Options by their long names; a sequence is given once for each of its values."""
    if distributor is not None:
        yield from ("--distributor", distributor)
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        for one in many:
            if one is True:
                yield flag
            elif one is not False:
                yield from (flag, str(one))


@dataclass(frozen=True, slots=True)
class Job:
    """A submitted program. Each attribute asks the distributor anew."""

    id: str
    distributor: str | None = field(default=None, repr=False)  # it holds the code to join with

    @property
    def state(self) -> str:
        """scheduled, queued, running, paused, done, failed or cancelled."""
        return self._facts().row.state

    @property
    def progress(self) -> float:
        """How much of the items that are known by now is done, from 0 to 1."""
        row = self._facts().row
        return row.done / row.items if row.items else float(row.state == "done")

    @property
    def eta(self) -> Eta | None:
        """When the present regions are through; None while that is measured, or if there are none."""
        open_ones = [one for one in self._facts().regions if one.done < one.items]
        if not open_ones or any(one.eta_p50_ms < 0 for one in open_ones):
            return None
        return Eta(sum(one.eta_p50_ms for one in open_ones) / 1000, sum(one.eta_p90_ms for one in open_ones) / 1000)

    @property
    def why(self) -> str:
        """Why it waits, is slow or failed: the cause, the evidence and the next command."""
        from marx.cli.why import why

        with self._client() as client:
            cause = why(client, self.id)
        return "\n".join([cause.cause, *cause.evidence, f"try: {cause.fix}"])

    @property
    def logs(self) -> list[str]:
        """What happened to it, line by line."""
        from marx.cli.logs import line

        with self._client() as client:
            return [line(entry) for entry in client.log(self.id)]

    def results(self) -> Result:
        """How it ended, with its output and files. Raises `TryLater` while it runs."""
        with self._client() as client:
            ended: Ended = client.result(self.id)
            whole = {file.path: b"".join(client.fetch(file.content)) for file in ended.files}
            stdout, stderr = (b"".join(client.fetch(one)) for one in (ended.stdout, ended.stderr))
        texts = (stdout.decode("utf-8", "replace"), stderr.decode("utf-8", "replace"))
        return Result(ended.state, ended.reason, ended.exit_code, *texts, whole, tuple(ended.astray))

    def wait(self, timeout: float | None = None) -> Result:
        """Its results, once it has ended. Raises `TimeoutError`."""
        until_s = None if timeout is None else time.monotonic() + timeout
        while self.state not in ("done", "failed", "cancelled"):
            if until_s is not None and time.monotonic() >= until_s:
                raise TimeoutError(f"job {self.id} is {self.state}")
            time.sleep(LOOK_S)
        return self.results()

    def cancel(self) -> None:
        with self._client() as client:
            client.cancel(self.id)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes its files into a folder."""
        from marx.tasker.writing import write_files

        with self._client() as client:
            ended = client.result(self.id)
            Path(folder).mkdir(parents=True, exist_ok=True)
            failures = write_files(Path(folder), ended.files, (), client.fetch)
        if failures:
            raise failures[0]

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        from marx.cli.progress import counted

        facts = self._facts()
        row = facts.row
        share = 100 * row.done // row.items if row.items else 100 * (row.state == "done")
        reason = f"<br>{html.escape(row.reason)}" if row.reason else ""
        return (
            '<div style="border:1px solid #999;border-radius:4px;padding:8px;max-width:36em;font-family:sans-serif">'
            f"<b>{html.escape(row.name)}</b> <code>{html.escape(row.job)}</code>: {html.escape(row.state)}"
            f'<progress style="width:100%" max="100" value="{share}"></progress>'
            f"{row.done} of {row.items} items, {counted(facts.workers, 'worker')}{reason}</div>"
        )

    def _facts(self) -> JobFacts:
        with self._client() as client:
            return client.facts(self.id)

    @contextmanager
    def _client(self) -> Iterator[Client]:
        from marx.cli.connection import connected

        with connected(self.distributor) as client:
            yield client
