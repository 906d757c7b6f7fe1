"""A lab in one process, for `marx run` without a distributor: distributor, one worker and the client, beside the jails.

They speak the same messages as on a lab, over inproc instead of TCP, so what runs here is what runs there. Nothing is
kept: the journal is in memory and the blobs are in a temporary folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import gevent
import zmq.green as zmq

from marx.distributor.serving import EMBEDDED_ENDPOINT, embedded
from marx.journal.blobs import BlobStore
from marx.link.dealer import Dealer
from marx.tasker.client import Client
from marx.wire.messages import VERSION, Hello
from marx.worker.daemon import Worker
from marx.worker.settings import WorkerSettings

STOP_S = 5.0
"""A worker that leaves kills its jails, which takes milliseconds; longer means that something is stuck."""


@contextmanager
def lab(python: str, *, slots: int | None, say: Callable[[str], None] | None) -> Iterator[Client]:
    """A connected client of a lab that exists for the length of the block."""

    def log(about: str, text: str, fields: Mapping[str, str | int]) -> None:
        if say is not None:
            say(" ".join([f"{about}: {text}", *(f"{name}={value}" for name, value in fields.items())]))

    context = zmq.Context.instance()
    with tempfile.TemporaryDirectory(prefix="marx-") as folder:
        given = {} if slots is None else {"slots": slots}
        settings = WorkerSettings(name="here", embedded=True, cache_folder=Path(folder), **given)
        worker = Worker(settings, dealer=_dealer(context), blobs=BlobStore(Path(folder), durable=False), log=log)
        working = gevent.spawn(worker.run)
        gevent.sleep(0)
        distributor = embedded(context, EMBEDDED_ENDPOINT)
        serving = gevent.spawn(distributor.run)
        client = Client(_dealer(context), Hello(VERSION, "tasker", "here", python))
        try:
            client.connect()
            yield client
        finally:
            worker.leave()
            working.join(STOP_S)
            distributor.stop()
            serving.join(STOP_S)
            client.close()


def _dealer(context: zmq.Context) -> Dealer:
    return Dealer(context, EMBEDDED_ENDPOINT, keys=None, server_key=None)
