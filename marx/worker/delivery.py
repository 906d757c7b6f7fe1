"""How outcomes leave a worker: each after the blobs that it names, and a driver's end after all its output.

An outcome whose bytes the distributor does not take becomes a failure, which fits into any message. One that only
waits for room on the distributor's disk waits here, however long that takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import gevent
from msgspec.structs import replace

from marx.wire.contents import contents_of
from marx.wire.messages import ChunkDone, DriverDone
from marx.worker.drivers import Driver
from marx.worker.keeping import Keeping
from marx.worker.line import Line
from marx.worker.session import Report, Session
from marx.worker.stock import BlobLost, DistributorFull, Stock
from marx.worker.transcript import STDERR, STDOUT
from marx.worker.verdicts import REASON_LENGTH_MAX

FULL_S = 5.0
"""Until an outcome is sent anew to a distributor whose disk was full."""


class Delivery:
    """The outcomes that are on their way. `drivers` are the living ones, by the number of their lease."""

    def __init__(
        self,
        session: Session,
        keeping: Keeping,
        stock: Stock,
        line: Line,
        drivers: Mapping[int, Driver],
        spawn: Callable[..., None],
    ) -> None:
        self._session = session
        self._keeping = keeping
        self._stock = stock
        self._line = line
        self._drivers = drivers
        self._spawn = spawn
        self._delivering: set[int] = set()

    def send(self, outcome: Report) -> None:
        """Sends an outcome, at once if nothing has to go before it."""
        if isinstance(outcome, ChunkDone) and (outcome.values is None or outcome.values.data is not None):
            self._line.post(outcome)
        elif outcome.lease.number not in self._delivering:
            self._delivering.add(outcome.lease.number)
            self._spawn(self._send_after_blobs, outcome)

    def _send_after_blobs(self, outcome: Report) -> None:
        number = outcome.lease.number
        outcome = self._after_blobs(outcome)
        conversation = -1
        while conversation != self._line.conversation:
            # Output is sent from its first byte on in every conversation, and only behind all of it may the end go out.
            conversation = self._line.conversation
            if number in self._drivers:
                self._drivers[number].send_output(STDOUT)
                self._drivers[number].send_output(STDERR)
        self._line.post(outcome)
        self._delivering.discard(number)

    def _after_blobs(self, outcome: Report) -> Report:
        """The outcome when the distributor has its blobs, however long that has no room; or as a failure."""
        while True:
            try:
                self._stock.upload_all(contents_of(outcome))
                return outcome
            except DistributorFull:
                gevent.sleep(FULL_S)
            except BlobLost as fault:
                return self.revise(_without_blobs(outcome, str(fault)))

    def revise(self, outcome: Report) -> Report:
        """The outcome is this one after all; what is kept of the other would be wrong at our next start."""
        self._keeping.over(outcome.lease.number)
        return self._session.revise(outcome)


def bare(outcome: Report, reason: str) -> Report:
    """The outcome as a failure with nothing that a jail had a say in: this one fits into any message."""
    lease, wall_ns, cpu_ns, reason = outcome.lease, outcome.wall_ns, outcome.cpu_ns, reason[:REASON_LENGTH_MAX]
    if isinstance(outcome, ChunkDone):
        return ChunkDone(lease, "failed", wall_ns, cpu_ns, reason=reason)
    return DriverDone(lease, "failed", 0, [], [], wall_ns, cpu_ns, reason)


def _without_blobs(outcome: Report, reason: str) -> Report:
    """The outcome as a failure, where the distributor does not take the bytes that belong to it."""
    if isinstance(outcome, ChunkDone):
        return replace(outcome, verdict="failed", values=None, reason=reason)
    return replace(outcome, verdict="failed", files=[], removed=[], reason=reason)
