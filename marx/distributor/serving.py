"""Two ways to have a distributor: as the service behind `marx serve`, or inside the process of one `marx run`."""

from __future__ import annotations

import resource
import signal
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gevent
import zmq.green as zmq

from marx.distributor.distributor import Distributor
from marx.distributor.known import Everybody, KnownPeers
from marx.distributor.log import Log, quiet, to_stream
from marx.distributor.settings import DistributorSettings
from marx.distributor.tuning import settings_of
from marx.journal.blobs import BlobStore
from marx.journal.journal import MemoryJournal, open_journal
from marx.link.keys import KeyPair, load_or_make
from marx.link.router import Router
from marx.wire.address import Address

DESCRIPTORS_OF_OURS = 256
"""Journal, blobs under way, threads, sockets of the context."""
EVERYWHERE = frozenset({"0.0.0.0", "::", "*"})
EMBEDDED_ENDPOINT = "inproc://marx"
EMBEDDED_SETTINGS = DistributorSettings(jobs_open_max=10_000, slots_foreseen=1)


def serve(
    folder: Path,
    host: str,
    port: int,
    *,
    settings: DistributorSettings | None = None,
    log: Log | None = None,
    announced_host: str = "",
) -> None:
    """Serves from `folder` until SIGTERM or SIGINT; prints the address to join on stdout, the log on stderr, which
    begins with the folder.

    Raises JournalError, BadKeyFile, BadTuning, BadMailSettings, or OSError where the address cannot be had. `port` 0
    takes a free one; without `settings`, the folder's own files say what differs from the defaults.
    """
    from marx.distributor.mail_settings import mail_settings_of

    with ExitStack() as owned:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings, log = settings or settings_of(folder), log or to_stream(sys.stderr)
        _allow_descriptors(settings.connections_max + DESCRIPTORS_OF_OURS)
        keys = load_or_make(folder, "distributor")
        known = KnownPeers(folder, settings.peers_max)
        journal = open_journal(folder)
        owned.callback(journal.close)
        router = _listen(owned, host, port, keys)
        distributor = Distributor(
            settings,
            journal=journal,
            blobs=BlobStore(folder),
            router=router,
            log=log,
            admission=known,
            mail=mail_settings_of(folder),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, distributor.stop)
        address = Address(announced_host or _reachable(host), router.port, keys.public, known.code)
        log("distributor", "serves", {"folder": str(folder.resolve())})
        print(address, flush=True)
        distributor.run()


def embedded(
    context: Any, endpoint: str = EMBEDDED_ENDPOINT, *, settings: DistributorSettings | None = None, log: Log = quiet
) -> Distributor:
    """A distributor for the greenlets of this process: nothing outlives it, so nothing is journaled or synced.

    Spawn its `run`; it closes its socket and removes its folder when that ends.
    """
    owned = ExitStack()
    folder = owned.enter_context(TemporaryDirectory(prefix="marx-"))
    router = Router.inproc(context, endpoint)
    owned.callback(router.close)
    return Distributor(
        settings or EMBEDDED_SETTINGS,
        journal=MemoryJournal(),
        blobs=BlobStore(Path(folder), durable=False),
        router=router,
        log=log,
        admission=Everybody(),
        owned=owned,
    )


def _listen(owned: ExitStack, host: str, port: int, keys: KeyPair) -> Router:
    """A router on a context of its own; `owned` closes both."""
    context = zmq.Context()
    owned.callback(context.term)
    router = Router.tcp(context, host, port, keys)
    owned.callback(router.close)
    return router


def _allow_descriptors(count: int) -> None:
    """Each connection takes a descriptor, and the usual limit is 1024: as many as may be needed and are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _reachable(host: str) -> str:
    """The name under which other machines reach this one. No packet is sent: it only asks which way one would go."""
    if host not in EVERYWHERE:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
