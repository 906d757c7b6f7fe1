"""`marx worker` as a function: keys, cache and connection of one lent host, until its owner says stop.

The first SIGTERM (or Ctrl-C) drains: what runs is finished, nothing new is taken. The second leaves at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import gevent
import zmq.green as zmq

from marx.journal.blobs import BlobStore
from marx.link.dealer import Dealer
from marx.link.keys import load_or_make
from marx.wire.address import Address
from marx.worker.daemon import Worker
from marx.worker.settings import Log, WorkerSettings
from marx.worker.spool import Spool, forget_old

SPOOLS = "spool"
"""The folder of finished chunks that no distributor has acknowledged, apart by distributor."""
PARTIAL_KEPT_S = 24 * 3600.0
"""How long what came of a blob is kept for the day that the rest comes."""


class AlreadyLent(Exception):
    """Another worker runs from the same folder. The message says what to do instead."""

    exit_code = 75


def lend(address: Address, folder: Path, settings: WorkerSettings, log: Log | None = None) -> None:
    """Lends this host to the distributor at `address` until told to stop; reconnects for ever.

    `folder` keeps the worker's key, its cache, and what it finished and nobody took yet. The log goes to stderr unless
    another is given. Raises `AlreadyLent`, `BadKeyFile`, `LinkError` if the distributor does not want this worker, and
    `sandbox.SandboxError` if this host can have no jail.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder), zmq.Context() as context:
        keys = load_or_make(folder, "worker")
        cache = settings.cache_folder or folder / "cache"
        blobs = BlobStore(cache, shown=True)
        blobs.drop_partial(before_s=time.time() - PARTIAL_KEPT_S)
        forget_old(folder / SPOOLS, time.time())
        spool = Spool(folder / SPOOLS / _lab(address), settings.spool_bytes_max)
        dealer = Dealer(context, address.endpoint, keys=keys, server_key=address.server_key)
        try:
            joining = replace(settings, join=address.join, cache_folder=cache)
            _run(Worker(joining, dealer=dealer, blobs=blobs, log=log or _to_stderr, spool=spool))
        finally:
            dealer.close()


def _lab(address: Address) -> str:
    """A folder's name for the distributor, wherever it is reached."""
    return hashlib.blake2b(address.server_key, digest_size=8).hexdigest()


def _run(worker: Worker) -> None:
    asked = iter((worker.drain, worker.leave))

    def stop() -> None:
        next(asked, worker.leave)()

    handlers = [gevent.signal_handler(number, stop) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        worker.run()
    finally:
        for handler in handlers:
            handler.cancel()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder's lock: two workers with one key would push each other off the line."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise AlreadyLent(
            f"Another worker lends this machine from {folder}. One is enough: restart it with more --slots, or give "
            f"this one a name of its own: marx worker --name NAME"
        ) from None
    finally:
        os.close(descriptor)


def _to_stderr(about: str, text: str, fields: Mapping[str, str | int]) -> None:
    """One printable line a story: times for the owner, reasons from strangers."""
    words = [
        time.strftime("%Y-%m-%dT%H:%M:%S"),
        f"{about}:",
        text,
        *(f"{key}={value}" for key, value in fields.items()),
    ]
    line = " ".join(words)
    print("".join(char if char.isprintable() else "�" for char in line), file=sys.stderr, flush=True)
