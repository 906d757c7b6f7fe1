"""A lab in one process, for `marx run` without a distributor: distributor, one worker and the client, beside the jails.

They speak the same messages as on a lab, over inproc instead of TCP, so what runs here is what runs there. Nothing is
kept: the journal is in memory and the blobs are in a temporary folder.

The first jail is started before anything else is imported, and the distributor only when there is something to submit:
a jail boots in a process of its own meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from marx.cli.scratch import scratch_folder
from marx.worker.settings import WorkerSettings, cores_usable
from marx.worker.spec import jail_spec, make_store
from sandbox import SandboxError, start

if TYPE_CHECKING:
    import zmq.green as zmq

    from marx.link.dealer import Dealer
    from marx.tasker.client import Client
    from marx.worker.jails import WarmJails
    from sandbox import Jail

ENDPOINT = "inproc://marx"
NAME = "here"
STOP_S = 5.0
"""A worker that leaves kills its jails, which takes milliseconds; longer means that something is stuck."""


class NoJail(Exception):
    """This machine cannot run a program behind its fences. The message says which is missing."""

    exit_code = 78
    fix = "marx doctor   (what this machine's sandbox can do, and what would help)"


class Lab:
    """Exists for the length of a `with` block. `slots` 0 means one a core; `say` gets the story of `-v`. With a `tier`
    nothing runs unless this machine proves it."""

    def __init__(self, *, slots: int, say: Callable[[str], None] | None, tier: str = "") -> None:
        self._say = say
        self._tier = tier
        self._slots = slots or cores_usable()
        self._context: zmq.Context
        self._open = ExitStack()

    def __enter__(self) -> Lab:
        folder = self._open.enter_context(scratch_folder())
        settings = WorkerSettings(
            name=NAME, slots=self._slots, embedded=True, cache_folder=folder, accept=self._tier or "none"
        )
        first = first_jail(settings)

        from marx.worker.jails import WarmJails

        warm = WarmJails(settings, self._log, first)
        self._open.callback(warm.close)
        if self._tier:
            self._prove(warm)

        import gevent
        import zmq.green as zmq

        from marx.journal.blobs import BlobStore
        from marx.worker.daemon import Worker

        self._context = zmq.Context()
        self._open.callback(self._context.destroy, linger=0)
        blobs = BlobStore(folder, durable=False, shown=True)
        worker = Worker(settings, dealer=self._line(), blobs=blobs, log=self._log, warm=warm)
        waiting = gevent.getcurrent()

        def work() -> None:
            try:
                worker.run()
            except SandboxError as fault:
                gevent.kill(waiting, NoJail(" ".join(str(fault).split())))

        working = gevent.spawn(work)
        working.link_exception(lambda ended: gevent.kill(waiting, ended.exception))
        self._open.callback(working.join, STOP_S)
        self._open.callback(worker.leave)
        gevent.sleep(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def client(self, python: str) -> Client:
        """Starts the distributor and says hello to it."""
        import gevent

        from marx.distributor.serving import embedded
        from marx.tasker.client import Client
        from marx.wire.messages import VERSION, Hello

        distributor = embedded(self._context, ENDPOINT)
        serving = gevent.spawn(distributor.run)
        client = Client(self._line(), Hello(VERSION, "tasker", NAME, python))
        self._open.callback(client.close)
        self._open.callback(serving.join, STOP_S)
        self._open.callback(distributor.stop)
        client.connect()
        return client

    def _prove(self, warm: WarmJails) -> None:
        try:
            warm.prove()
        except SandboxError as fault:
            self._open.close()
            raise NoJail(" ".join(str(fault).split())) from None

    def _line(self) -> Dealer:
        from marx.link.dealer import Dealer

        return Dealer(self._context, ENDPOINT, keys=None, server_key=None)

    def _log(self, about: str, text: str, fields: Mapping[str, str | int]) -> None:
        if self._say is not None:
            self._say(" ".join([f"{about}: {text}", *(f"{name}={value}" for name, value in fields.items())]))


def first_jail(settings: WorkerSettings) -> Jail | None:
    """Begins to boot at once. That there is none is said by who takes it, and starts another."""
    make_store(settings)
    try:
        return start(jail_spec(settings))
    except (SandboxError, OSError):
        return None
