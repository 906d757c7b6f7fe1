"""The child process that here.py starts: a distributor and one worker for this machine's cores.

It imports gevent and all the shells, so the caller's process must never import it.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gevent
import zmq.green as zmq
from gevent.os import tp_read

from marx.distributor.distributor import Distributor
from marx.distributor.known import KnownPeers
from marx.distributor.log import quiet
from marx.distributor.serving import EMBEDDED_SETTINGS
from marx.journal.blobs import BlobStore
from marx.journal.journal import MemoryJournal
from marx.link.dealer import Dealer
from marx.link.keys import new_keys
from marx.link.router import Router
from marx.wire.address import Address
from marx.worker.daemon import Worker
from marx.worker.settings import WorkerSettings

NAME = "here"
KEPT_S = 600.0
"""How long a jail waits for the next call."""
ENDING_S = 10.0
"""How long worker and distributor may each take to end."""
STDIN = 0


def main(slots: int) -> None:
    """Prints the lab's address, and serves until standard input ends or either of the two does."""
    with ExitStack() as owned:
        folder = Path(owned.enter_context(tempfile.TemporaryDirectory(prefix="marx-")))
        context = zmq.Context()
        owned.callback(context.destroy, linger=0)
        keys = new_keys()
        known = KnownPeers(folder, EMBEDDED_SETTINGS.peers_max)
        router = Router.tcp(context, "127.0.0.1", 0, keys)
        owned.callback(router.close)
        address = Address("127.0.0.1", router.port, keys.public, known.code)
        distributor = _distributor(folder / "distributor", router, known)
        worker = _worker(folder / "worker", context, address, slots)
        serving, working = gevent.spawn(distributor.run), gevent.spawn(worker.run)
        print(address, flush=True)
        gevent.wait([gevent.spawn(tp_read, STDIN, 1), serving, working], count=1)
        worker.leave()
        working.join(ENDING_S)
        distributor.stop()
        serving.join(ENDING_S)


def _distributor(folder: Path, router: Router, known: KnownPeers) -> Distributor:
    return Distributor(
        EMBEDDED_SETTINGS,
        journal=MemoryJournal(),
        blobs=BlobStore(folder, durable=False),
        router=router,
        log=quiet,
        admission=known,
    )


def _worker(folder: Path, context: Any, address: Address, slots: int) -> Worker:
    settings = WorkerSettings(
        name=NAME, join=address.join, slots=slots, warm=slots, jail_idle_s=KEPT_S, cache_folder=folder
    )
    return Worker(
        settings,
        dealer=Dealer(context, address.endpoint, keys=new_keys(), server_key=address.server_key),
        blobs=BlobStore(folder, durable=False),
        log=quiet,
    )
