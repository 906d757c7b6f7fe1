"""Marx itself: `marx serve` and two one-slot workers on this machine, over TCP and CURVE, journal on disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import marx

PATIENCE_S = 30.0
JOIN_LINE = re.compile(rb"marx://\S+/\S+")


class Marx:
    def __init__(self, executor: Any, pool: Any) -> None:
        self._executor = executor
        self._pool = pool

    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        futures = [self._executor.submit(function, item) for item in items]
        return [future.result() for future in futures]

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return list(self._pool.map(function, items))

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        return list(self._executor.map(partial(function, value), items))


@contextmanager
def open_peer() -> Iterator[Marx]:
    with tempfile.TemporaryDirectory(prefix="marx-bench-lab-") as folder:
        running: list[subprocess.Popen[bytes]] = []
        try:
            join = _served(Path(folder), running)
            for number in (1, 2):
                running.append(_started(Path(folder), f"worker{number}", "worker", "--slots", "1", join))
            with marx.Executor(distributor=join) as executor, marx.Pool(distributor=join) as pool:
                yield Marx(executor, pool)
        finally:
            for process in reversed(running):
                process.terminate()
            for process in running:
                process.wait()


def _started(folder: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    """In a home of its own: two workers with one key would be one worker."""
    home = {"HOME": str(folder / name), "XDG_DATA_HOME": str(folder / name), "XDG_CONFIG_HOME": str(folder / name)}
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "marx.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **home},
        )


def _served(folder: Path, running: list[subprocess.Popen[bytes]]) -> str:
    """Starts the distributor; the line to join it."""
    running.append(
        _started(folder, "serve", "serve", "--host", "127.0.0.1", "--port", "0", "--folder", str(folder / "kept"))
    )
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and running[0].poll() is None:
        found = JOIN_LINE.search((folder / "serve.log").read_bytes())
        if found:
            return found[0].decode()
        time.sleep(0.02)
    raise SystemExit((folder / "serve.log").read_text())


def version() -> str:
    return str(marx.__version__)
