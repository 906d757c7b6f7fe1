"""dispy with one dispynode of two processors on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dispy

HERE = Path(__file__).resolve().parent
START_S = 2.0


def _by_name(name, *arguments):  # type: ignore[no-untyped-def]  # dispy sends this text alone: it knows no `Any`
    """dispy sends one function a cluster; this one finds the others where the node can import them."""
    import importlib
    import sys

    sys.path.insert(0, arguments[0])
    works = importlib.import_module("works")
    if name == "map":
        function = getattr(works, arguments[1])
        return [function(item) for item in arguments[2]]
    return getattr(works, name)(*arguments[1:])


class Dispy:
    def __init__(self, cluster: Any) -> None:
        self._cluster = cluster

    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return self._all(function.__name__, [(item,) for item in items])

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        size = max(1, len(items) // 64)
        blocks = [(function.__name__, items[start : start + size]) for start in range(0, len(items), size)]
        return [value for values in self._all("map", blocks) for value in values]

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        return self._all(function.__name__, [(value, item) for item in items])

    def _all(self, name: str, calls: Sequence[tuple[Any, ...]]) -> list[Any]:
        jobs = [self._cluster.submit(name, str(HERE), *arguments) for arguments in calls]
        results = []
        for job in jobs:
            results.append(job())
            if job.status != dispy.DispyJob.Finished:
                raise SystemExit(f"dispy: {job.exception}")
        return results


@contextmanager
def open_peer() -> Iterator[Dispy]:
    with tempfile.TemporaryDirectory(prefix="marx-bench-dispy-") as folder:
        node = subprocess.Popen(
            [
                sys.executable,
                str(Path(sys.executable).with_name("dispynode.py")),
                *("-i", "127.0.0.1", "-c", "2", "--daemon", "--clean", "--dest_path_prefix", folder),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(START_S)
        cluster = dispy.JobCluster(_by_name, nodes=["127.0.0.1"], host="127.0.0.1", loglevel=50)
        try:
            yield Dispy(cluster)
        finally:
            cluster.close(timeout=5, terminate=True)
            os.killpg(node.pid, signal.SIGKILL)  # it does not always end when it is asked to, nor do its children
            node.wait()


def version() -> str:
    return str(dispy.__version__)
