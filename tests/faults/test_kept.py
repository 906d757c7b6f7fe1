"""A worker that is killed while its distributor does not listen: what it had finished is not computed again.

Real processes of the commands that people use, on this machine's loopback.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from marx.journal.journal import FILE_NAME
from marx.journal.records import ChunkKept, decode
from marx.wire.messages import ChunkDone

HOME = Path(__file__).resolve().parents[2]
MARX = [sys.executable, "-m", "marx.cli"]
PATIENCE_S = 60
PROGRAM = """\
def slow(n):
    return sum(i * i % 7 for i in range(n))


print(sum(slow(1_500_000 + n) for n in range(40)))
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="jails need Linux")


class Lab:
    def __init__(self, folder: Path, processes: ExitStack) -> None:
        self.folder = folder
        self._processes = processes
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("MARX_")} | {
            "PYTHONPATH": str(HOME),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        self.service = self._start("service", "serve", "--host", "127.0.0.1", "--port", "0")
        assert self.service.stdout is not None
        self.address = self.service.stdout.readline().decode().strip()

    def worker(self, log: str) -> subprocess.Popen[bytes]:
        return self._start(log, "worker", self.address, "--name", "desk", "--slots", "2")

    def marx(self, *arguments: str) -> bytes:
        told = {"XDG_DATA_HOME": str(self.folder / "tasker"), "MARX_DISTRIBUTOR": self.address}
        done = subprocess.run(
            [*MARX, *arguments],
            cwd=self.folder,
            env=self.environment | told,
            stdout=subprocess.PIPE,
            timeout=PATIENCE_S,
            check=True,
        )
        return done.stdout

    def _start(self, log: str, *arguments: str) -> subprocess.Popen[bytes]:
        data = self.folder / ("worker" if arguments[0] == "worker" else "service")
        with (self.folder / f"{log}.log").open("wb") as stderr:
            process = subprocess.Popen(
                [*MARX, *arguments],
                env=self.environment | {"XDG_DATA_HOME": str(data)},
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        return self._processes.enter_context(_killed(process))

    # --- what is on disk ----------------------------------------------------------------------------------------------

    def kept(self) -> list[ChunkKept]:
        """The outcomes that the distributor has."""
        [journal] = self.folder.glob(f"service/**/{FILE_NAME}")
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
            records = [decode(body) for (body,) in connection.execute("SELECT body FROM record ORDER BY seq")]
        return [record for record in records if isinstance(record, ChunkKept)]

    def spooled(self) -> list[ChunkDone]:
        """The outcomes that the worker keeps."""
        files = [path for path in self.folder.glob("worker/marx/worker-desk/spool/*/*") if path.name.isdigit()]
        return [msgspec.msgpack.decode(path.read_bytes(), type=ChunkDone) for path in files]


@contextmanager
def _killed(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    with process:
        try:
            yield process
        finally:
            process.kill()


def _until(found: object, what: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not found():  # type: ignore[operator]
        assert time.monotonic() < deadline_s, f"never: {what}"
        time.sleep(0.02)


def test_what_was_finished_before_a_worker_was_killed_is_not_computed_again(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(PROGRAM)
    with ExitStack() as processes:
        lab = Lab(tmp_path, processes)
        first = lab.worker("first")
        job = lab.marx("submit", "-q", "prog.py").decode().strip()
        _until(lab.kept, "a first chunk is kept")

        # From here on nobody acknowledges anything; what runs comes to its end, and the machine is switched off.
        lab.service.send_signal(signal.SIGSTOP)
        before = {(one.start, one.stop) for one in lab.kept()}
        _until(lab.spooled, "a finished chunk is on the worker's disk")
        first.kill()
        first.wait()
        finished = {(one.lease.start, one.lease.stop): one.wall_ns for one in lab.spooled()}
        again = lab.worker("again")
        lab.service.send_signal(signal.SIGCONT)

        lab.marx("watch", job)
        assert lab.marx("results", job, "-o", "out") is not None
        expected = subprocess.run([sys.executable, "prog.py"], cwd=tmp_path, capture_output=True, check=True)
        assert (tmp_path / "out" / "stdout").read_bytes() == expected.stdout
        kept = {(one.start, one.stop): one.wall_ns for one in lab.kept()}
        assert kept.items() >= finished.items()
        _until(lambda: not lab.spooled(), "all are acknowledged")
        again.send_signal(signal.SIGTERM)
        again.wait(PATIENCE_S)
        begun = re.search(r"chunks_begun=(\d+)", (tmp_path / "again.log").read_text())
        assert begun is not None
        assert int(begun[1]) <= len(kept) - len(before | set(finished))
