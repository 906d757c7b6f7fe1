"""A distributor in a state that somebody would ask about: real, with a journal, and model workers that do as told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent

from marx.core.settings import Settings
from marx.distributor.mail_settings import MailSettings
from marx.distributor.settings import DistributorSettings
from marx.link.keys import new_keys
from marx.tasker.client import Client
from marx.wire import messages as wire
from tests.distributor.model import PLAN, Lab, Worker, driver_done, opened, program

CORE = Settings(settle_ms=60_000, min_ms=1, target_ms=1, first_ms=1, lease_ms=10**8, look_ms=10**9)
"""Nobody is lost by silence, every item is a chunk, and nobody is late."""
PATIENCE_S = 20.0
NOT_SPLIT = b'{"sites": [], "findings": [{"code": "MX301", "line": 9, "message": "`total` is read", "fix": "sum()"}]}'


class Stage:
    """`client` asks as the same tasker that `ann` submits as."""

    def __init__(self, folder: Path, core: Settings = CORE, mail: MailSettings | None = None, **settings: Any) -> None:
        self.keys = new_keys()
        self.lab = Lab(folder, DistributorSettings(core=core, heartbeat_ms=50, **settings), mail)
        self.tickets = 0
        self.connect()

    def connect(self) -> None:
        self.ann = self.lab.tasker(self.keys)
        hello = wire.Hello(wire.VERSION, "tasker", "somebody", "3.11.4", join=self.lab.code)
        self.client = Client(self.lab.dealer(self.keys), hello)
        self.client.connect()

    def close(self) -> None:
        self.client.close()
        self.lab.close()

    def restart(self) -> None:
        self.client.close()
        self.lab.restart()
        self.connect()

    def submit(self, terms: wire.Terms | None = None, **changed: Any) -> str:
        self.tickets += 1
        self.ann.say(wire.Submit(f"ticket {self.tickets}", program(**changed), terms))
        return self.ann.expect(wire.Submitted).job

    def worker(self, name: str = "desk-1", *, credit: int = 4, seats: int = 1, **hello: Any) -> Worker:
        keys = new_keys()
        worker = Worker(self.lab.dealer(keys), keys, name)
        self.lab._peers.append(worker)
        fields: dict[str, Any] = {"python": "3.11.9", "slots": 4, "seats": 1, "cores": 4, "memory_bytes": 8 << 30}
        worker.greet(wire.Hello(1, "worker", name, join=self.lab.code, **{**fields, **hello}))
        worker.say(wire.Ready(credit, seats, seen=1 << 62))
        return worker

    def running(self, plan: bytes = PLAN, **job: Any) -> tuple[str, Worker, wire.Lease]:
        """A job whose driver has planned; its worker takes no chunks."""
        worker = self.worker("driver-1", credit=0)
        name = self.submit(**job)
        lease = worker.drive().lease
        worker.say(wire.Planned(lease, plan))
        return name, worker, lease

    def looping(self, count: int = 8, credit: int = 4, **job: Any) -> tuple[str, Worker, wire.Lease, Worker]:
        """The same with an open region and a worker for its chunks."""
        name, driver, lease = self.running(**job)
        driver.say(opened(lease, count=count))
        return name, driver, lease, self.worker("desk-1", credit=credit, seats=0)

    def end(self, driver: Worker, lease: wire.Lease, exit_code: int = 0, stderr: bytes = b"", **done: Any) -> None:
        if stderr:
            driver.say(wire.Output(lease.job, 2, 0, stderr, lease))
        driver.say(driver_done(lease, exit_code, **done))
        self.until(lambda: self.state(lease.job) not in ("running", "queued"))

    def state(self, job: str) -> str:
        found = self.lab.distributor.shell.jobs.get(job)
        assert found is not None
        return found.state

    def later(self, ms: int) -> None:
        self.lab.later(ms)

    def until(self, holds: Callable[[], object]) -> None:
        with gevent.Timeout(PATIENCE_S, AssertionError(f"never so; the log: {self.lab.log[-5:]}")):
            while not holds():
                gevent.sleep(0.01)
