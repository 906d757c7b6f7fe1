"""A lab on this machine for an executor without a distributor: a child process with a distributor and one worker.

It prints its address, and ends when its standard input does. A process of its own keeps the caller's free of gevent, of
forks and of work that would hold the interpreter's lock. It ends with its parent, however that ends: the pipe closes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Lock
from typing import IO

from marx.wire.address import Address, parse

NAME = "here"
ENDING_S = 10.0
KEPT_S = 600.0
"""How long a jail waits for the next call."""


class Here:
    """The parent's end."""

    def __init__(self, slots: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(Path(__file__).parents[2]), str(slots)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._closing = Lock()

    def address(self) -> Address:
        """Waits until it serves."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise OSError("the lab of this machine could not be started; try: marx doctor")
        return parse(line)

    def close(self) -> None:
        """Ends it; what runs there ends with it."""
        with self._closing:
            for stream in (self._process.stdin, self._process.stdout):
                _close(stream)
            try:
                self._process.wait(ENDING_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        with suppress(OSError):
            stream.close()


# --- the child --------------------------------------------------------------------------------------------------------


def main(slots: int) -> None:
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
    from marx.worker.daemon import Worker
    from marx.worker.settings import WorkerSettings

    with ExitStack() as owned:
        folder = Path(owned.enter_context(tempfile.TemporaryDirectory(prefix="marx-")))
        keys = new_keys()
        known = KnownPeers(folder, EMBEDDED_SETTINGS.peers_max)
        context = zmq.Context()
        owned.callback(context.destroy, linger=0)
        router = Router.tcp(context, "127.0.0.1", 0, keys)
        distributor = Distributor(
            EMBEDDED_SETTINGS,
            journal=MemoryJournal(),
            blobs=BlobStore(folder / "distributor", durable=False),
            router=router,
            log=quiet,
            admission=known,
        )
        address = Address("127.0.0.1", router.port, keys.public, known.code)
        settings = WorkerSettings(
            name=NAME, join=known.code, slots=slots, warm=slots, jail_idle_s=KEPT_S, cache_folder=folder / "worker"
        )
        worker = Worker(
            settings,
            dealer=Dealer(context, address.endpoint, keys=new_keys(), server_key=keys.public),
            blobs=BlobStore(folder / "worker", durable=False),
            log=lambda about, text, fields: None,
        )
        serving, working = gevent.spawn(distributor.run), gevent.spawn(worker.run)
        print(address, flush=True)
        reading = gevent.spawn(tp_read, 0, 1)
        gevent.wait([reading, serving, working], count=1)
        worker.leave()
        working.join(ENDING_S)
        distributor.stop()
        serving.join(ENDING_S)
        router.close()


_CHILD = "import sys; sys.path.append(sys.argv[1]); from marx.calls.here import main; main(int(sys.argv[2]))"
"""This Marx is found also where only its parent's `sys.path` leads to it."""
