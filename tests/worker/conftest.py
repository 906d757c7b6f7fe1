"""A worker with real jails, and the model distributor that it talks to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
import zmq.green as zmq

from marx.journal.blobs import BlobStore
from marx.link.dealer import Dealer
from marx.link.router import Router
from marx.worker.daemon import Worker
from marx.worker.settings import WorkerSettings
from tests.worker.model import Model

ENTRY = "tests.worker.jailed:main"
ENDPOINT = "inproc://model"
StartWorker = Callable[..., tuple[Worker, gevent.Greenlet]]


@pytest.fixture
def context() -> Iterator[zmq.Context]:
    made = zmq.Context()
    yield made
    made.destroy(linger=0)


@pytest.fixture
def model(context: zmq.Context, tmp_path: Path) -> Iterator[Model]:
    made = Model(Router.inproc(context, ENDPOINT), tmp_path / "distributor")
    yield made
    made.close()


@pytest.fixture
def start_worker(context: zmq.Context, model: Model, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts workers with the given settings; at the end of the test they leave and must do so by themselves."""
    started: list[tuple[Worker, gevent.Greenlet, Dealer]] = []

    def start(**settings: object) -> tuple[Worker, gevent.Greenlet]:
        chosen = {"name": "tested", "slots": 1, "warm": 1, "entry": ENTRY, "embedded": True} | settings
        dealer = Dealer(context, ENDPOINT, keys=None, server_key=None)
        blobs = BlobStore(tmp_path / f"worker{len(started)}", durable=False)
        worker = Worker(WorkerSettings(**chosen), dealer=dealer, blobs=blobs, log=lambda *_: None)  # type: ignore[arg-type]
        started.append((worker, gevent.spawn(worker.run), dealer))
        return started[-1][:2]

    yield start
    for worker, greenlet, dealer in started:
        worker.leave()
        greenlet.join(30)
        assert greenlet.dead
        dealer.close()


@pytest.fixture
def worker(start_worker: StartWorker) -> Worker:
    return start_worker()[0]
