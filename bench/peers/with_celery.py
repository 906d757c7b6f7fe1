"""Celery with a Redis of its own as broker and result store, and one worker of two processes. Needs `redis-server`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import celery

HERE = Path(__file__).resolve().parent
BROKER = "MARX_BENCH_BROKER"

app = celery.Celery("bench", broker=os.environ.get(BROKER), backend=os.environ.get(BROKER))
app.conf.update(
    task_serializer="pickle",
    result_serializer="pickle",
    accept_content=["pickle"],
    worker_prefetch_multiplier=64,
    broker_connection_retry_on_startup=True,
)


@app.task(name="bench.call")
def call(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


@app.task(name="bench.block")
def block(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return [function(item) for item in items]


class Celery:
    def calls(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        results = [call.delay(function, item) for item in items]
        return [result.get() for result in results]

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        size = max(1, len(items) // 64)
        results = [block.delay(function, items[start : start + size]) for start in range(0, len(items), size)]
        return [value for result in results for value in result.get()]

    def captured(self, function: Callable[[Any, Any], Any], value: Any, items: Sequence[Any]) -> list[Any]:
        results = [call.delay(function, value, item) for item in items]
        return [result.get() for result in results]


@contextmanager
def open_peer() -> Iterator[Celery]:
    with tempfile.TemporaryDirectory(prefix="marx-bench-celery-") as folder:
        port = _free_port()
        broker = f"redis://127.0.0.1:{port}/0"
        redis = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        _await_port(port)
        app.conf.update(broker_url=broker, result_backend=broker)
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "with_celery", "worker", "-c", "2", "--loglevel", "ERROR"],
            cwd=HERE,
            env={**os.environ, BROKER: broker, "C_FORCE_ROOT": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Celery()
        finally:
            for process in (worker, redis):
                process.terminate()
                process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await_port(port: int) -> None:
    for _ in range(100):
        with socket.socket() as dialled:
            if dialled.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("redis-server does not answer")


def version() -> str:
    return str(celery.__version__)
