"""`marx serve` and `marx worker` as processes, to be killed by tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

SERVE = [sys.executable, "-m", "marx.cli", "serve"]
WORK = [sys.executable, "-m", "marx.cli", "worker", "--slots", "1"]


class Lab:
    """Exists for the length of a `with` block; begins with a distributor and no worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = "0"
        self._workers: dict[str, subprocess.Popen[str]] = {}
        self.address = ""

    def __enter__(self) -> Lab:
        self.serve()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._workers):
            self.kill_worker(name)
        self.kill_distributor()

    def serve(self) -> None:
        """Starts the distributor, again at the same port."""
        command = [*SERVE, "--folder", str(self._folder / "serve"), "--host", "127.0.0.1", "--port", self._port]
        self._distributor = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ
        )
        assert self._distributor.stdout is not None
        self.address = self._distributor.stdout.readline().strip()
        self._port = self.address.split("/")[2].rpartition(":")[2]

    def work(self, name: str) -> None:
        environment = {**os.environ, "XDG_CONFIG_HOME": str(self._folder / name), "HOME": str(self._folder / name)}
        self._workers[name] = subprocess.Popen(
            [*WORK, "--name", name, self.address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def kill_worker(self, name: str) -> None:
        worker = self._workers.pop(name)
        worker.kill()
        worker.wait()

    def kill_distributor(self) -> None:
        assert self._distributor.stdout is not None
        self._distributor.send_signal(signal.SIGKILL)
        self._distributor.wait()
        self._distributor.stdout.close()
