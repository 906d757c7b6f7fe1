"""A lab's processes on one machine: distributor, workers and a tasker, each on a host of `network.py`.

Knows how to start, call, wait for and stop them; what is done to them, and what must come of it, is the callers'.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from network import Host

PORT = 7979
WAIT_S = 120.0
"""Far above what anything here takes: only what hangs gets there."""
POLL_S = 0.1
JOIN_LINE = re.compile(r"marx://\S+/\S+")


def marx(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "marx.cli", *arguments]


@dataclass(slots=True)
class Lab:
    """The processes of one lab. Each host has a home folder and a log of its own below `folder`."""

    folder: Path
    hosts: dict[str, Host]
    workers: tuple[str, ...]
    port: int = PORT
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    join: str = ""

    def start(self, host: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts a service: `marx ARGUMENTS`, logging to HOST.log."""
        with open(self.folder / f"{host}.log", "ab") as log:
            process = subprocess.Popen(
                self.hosts[host].inside(marx(*arguments)),
                cwd=self.home(host),
                env=self.environment(host),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.running[host] = process
        return process

    def call(self, *arguments: str, seconds: float = WAIT_S) -> subprocess.CompletedProcess[bytes]:
        """Runs a tasker's command to its end."""
        return subprocess.run(
            self.hosts["task"].inside(marx(*arguments)),
            cwd=self.home("task"),
            env=self.environment("task"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )

    def home(self, host: str) -> Path:
        folder = self.folder / host
        folder.mkdir(exist_ok=True)
        return folder

    def serve_folder(self) -> Path:
        """Where the distributor keeps its journal, keys, blobs and settings."""
        return self.home("serve") / ".local" / "share" / "marx" / "serve"

    def environment(self, host: str) -> dict[str, str]:
        """Nothing of this user's settings; all state of a host is in its folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MARX_", "XDG_"))}
        joined = {"MARX_DISTRIBUTOR": self.join} if host == "task" else {}
        return {**kept, "HOME": str(self.home(host)), "MARX_NAME": host, **joined}

    def log(self, host: str) -> str:
        file = self.folder / f"{host}.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def serve(self) -> None:
        """Starts the distributor and waits until it has printed the line to join."""
        lines_before = len(JOIN_LINE.findall(self.log("serve")))
        self.start("serve", "serve", "--host", self.hosts["serve"].address, "--port", str(self.port))
        self.wait_for("the distributor's line", lambda: len(JOIN_LINE.findall(self.log("serve"))) > lines_before)
        self.join = JOIN_LINE.findall(self.log("serve"))[-1]

    def lend(self, host: str, slots: int = 1) -> subprocess.Popen[bytes]:
        return self.start(host, "worker", "--slots", str(slots), self.join)

    def lend_all(self, slots: int = 1) -> None:
        for host in self.workers:
            self.lend(host, slots)
        self.wait_for("the workers", lambda: self.ready_workers() == len(self.workers))

    def ready_workers(self) -> int:
        return sum(row["state"] == "ready" for row in self.rows("workers"))

    def rows(self, what: str, *flags: str) -> list[dict[str, object]]:
        """The rows of `marx ps` or `marx workers`; none while the distributor is away."""
        done = self.call(what, *flags, "--json")
        if done.returncode != 0:
            return []
        document = json.loads(done.stdout)
        rows: list[dict[str, object]] = document["jobs" if what == "ps" else what]
        return rows

    def wait_for(self, what: str, ready: Callable[[], bool]) -> None:
        """Returns when it is so. A service that ended meanwhile would make that a long wait for nothing."""
        deadline = time.monotonic() + WAIT_S
        while not ready():
            for host, process in self.running.items():
                if host != "task" and process.poll() is not None:
                    last = (self.log(host).splitlines() or [""])[-1]
                    raise SystemExit(f"{host} ended with exit code {process.returncode}: {last}")
            if time.monotonic() > deadline:
                raise SystemExit(f"waited {WAIT_S:.0f} s for {what} in vain; `--keep` leaves the logs")
            time.sleep(POLL_S)

    def end(self, host: str, number: signal.Signals) -> None:
        """Ends a service and waits until it is gone."""
        process = self.running.pop(host)
        process.send_signal(number)
        process.wait(WAIT_S)

    def stop(self) -> None:
        """Ends all that runs; a process that was left stopped goes on first, or it could not end."""
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
