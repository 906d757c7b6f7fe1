"""When a finished chunk goes to disk, and what of it an earlier run of the worker left.

Most outcomes are acknowledged within a few milliseconds, and a write for each would cost more than to compute it again.
So one that was dear is kept at once, while it is on its way, and another only if it has waited for a while. A worker
that leaves keeps all that is still unacknowledged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard

import gevent

from marx.journal.blobs import BlobStore
from marx.wire.contents import contents_of
from marx.wire.messages import ChunkDone
from marx.worker.session import Report, Session
from marx.worker.spool import OUTCOME_BYTES_MAX, Spool
from marx.worker.stock import Stock

DEAR_NS = 1_000_000_000
"""What took longer is worth a write by itself."""
WAIT_S = 0.5
"""Any other outcome that was not acknowledged so long after its end is kept, too: something is wrong."""


class Keeping:
    """`spool` None: nothing is kept, for a worker whose distributor ends with it. `spawn` as the desk's."""

    def __init__(self, spool: Spool | None, session: Session, stock: Stock, spawn: Callable[..., None]) -> None:
        self._spool = spool
        self._session = session
        self._stock = stock
        self._spawn = spawn

    def finished(self, outcome: Report) -> None:
        """An outcome is on its way to the distributor."""
        if self._spool is not None and self._is_worth_it(outcome):
            self._spawn(self._keep, outcome.lease.number, outcome.wall_ns, self._spool)

    def over(self, number: int) -> None:
        """The distributor has the outcome of this lease, or it is another one after all."""
        if self._spool is not None and number in self._spool:
            self._spool.drop(number)

    def leave(self) -> int:
        """Keeps what nobody acknowledged, here and now. How many outcomes the next run of the worker will find."""
        if self._spool is None:
            return 0
        for outcome in self._session.finished():
            if self._is_worth_it(outcome) and self._stock.spares(OUTCOME_BYTES_MAX):
                self._spool.keep(outcome)
        return len(self._spool)

    def _keep(self, number: int, wall_ns: int, spool: Spool) -> None:
        if wall_ns < DEAR_NS:
            gevent.sleep(WAIT_S)
        # Meanwhile it may be acknowledged, or have become a failure.
        outcome = self._session.outcome(number)
        if outcome is not None and self._is_worth_it(outcome) and self._stock.spares(OUTCOME_BYTES_MAX):
            gevent.get_hub().threadpool.apply(spool.keep, (outcome,))
            if self._session.outcome(number) is not outcome:
                spool.drop(number)

    def _is_worth_it(self, outcome: Report) -> TypeGuard[ChunkDone]:
        """Only what is whole without this process: values that are in memory alone go with it."""
        done = isinstance(outcome, ChunkDone) and outcome.verdict == "done"
        return done and self._stock.outlives(contents_of(outcome))


def left_over(spool: Spool | None, blobs: BlobStore) -> list[ChunkDone]:
    """What an earlier run kept and is whole: an outcome without its values is none."""
    whole = []
    for outcome in [] if spool is None else spool.found():
        if all(one.data is not None or blobs.has(one.hash) for one in contents_of(outcome)):
            whole.append(outcome)
        elif spool is not None:
            spool.drop(outcome.lease.number)
    return whole
