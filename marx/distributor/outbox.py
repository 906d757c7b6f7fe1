"""Write it down, then say it: actions that wait until every record appended before them is on disk.

Records of a few milliseconds share one commit, in gevent's threadpool so that the hub goes on meanwhile. The order of
actions is the order in which they were asked for. A commit that fails (a full disk) releases nothing and is tried
again; `fault` says so.
"""

from __future__ import annotations

from collections.abc import Callable

import gevent
from gevent.event import Event
from gevent.threadpool import ThreadPool

from marx.journal.errors import CannotCommit
from marx.journal.journal import Journal, MemoryJournal
from marx.journal.records import Record

Action = Callable[[], None]


class Outbox:
    """`append` and `after` return at once; `run` is the greenlet that commits and releases."""

    def __init__(self, journal: Journal, commit_ms: int, retry_ms: int, released: Action) -> None:
        self._journal = journal
        self._commit_s = commit_ms / 1000
        self._retry_s = retry_ms / 1000
        self._released = released
        self._waiting: list[Action] = []
        self._pending = False
        self._wanted = Event()
        self._at_once = isinstance(journal, MemoryJournal)
        self.fault = ""

    def append(self, record: Record) -> None:
        self._journal.append(record)
        if not self._at_once:
            self._pending = True
            self._wanted.set()

    def after(self, action: Action) -> None:
        """Runs `action` when everything appended so far is on disk: now, if it is."""
        if self._pending:
            self._waiting.append(action)
        else:
            action()

    def of_job(self, job: str, after: int, limit: int) -> list[tuple[int, Record]]:
        """Records of a job that are on disk; callable from any thread."""
        return self._journal.of_job(job, after, limit)

    def run(self) -> None:
        """Commits for ever. One thread, because the journal writes one batch at a time anyway."""
        pool = ThreadPool(1)
        try:
            while True:
                self._wanted.wait()
                gevent.sleep(self._commit_s)
                self._commit(lambda: pool.apply(self._journal.commit))
        finally:
            pool.kill()

    def finish(self) -> None:
        """The last commits, when `run` has ended; what cannot be committed is not said."""
        while self._pending:
            self._commit(self._journal.commit)
            if self.fault:
                return

    def _commit(self, commit: Action) -> None:
        actions = self.begin()
        try:
            commit()
        except CannotCommit as fault:
            self.failed(actions, str(fault))
            gevent.sleep(self._retry_s)
            self._wanted.set()
            return
        except BaseException:
            self.failed(actions)
            raise
        self.release(actions)

    # --- one commit, in steps ---------------------------------------------------------------------------------------

    @property
    def due(self) -> bool:
        """Records wait for a commit to begin, or for the next try after one that failed."""
        return bool(self._wanted.is_set()) or bool(self.fault)

    def begin(self) -> list[Action]:
        """The actions whose records the commit that begins now makes durable."""
        self._wanted.clear()
        actions, self._waiting = self._waiting, []
        return actions

    def failed(self, actions: list[Action], fault: str = "") -> None:
        """The commit did not succeed: its actions wait on, before those that came meanwhile."""
        self.fault = fault or self.fault
        self._waiting[:0] = actions

    def release(self, actions: list[Action]) -> None:
        """The commit succeeded: what waited for it is done, in order.

        `_pending` stays true until nothing is left to commit or to say, so that no action overtakes another.
        """
        self.fault = ""
        while True:
            for action in actions:
                action()
            # What began to wait while this commit was under way, with no record of its own, has nothing to wait for.
            if self._wanted.is_set() or not self._waiting:
                break
            actions, self._waiting = self._waiting, []
        self._pending = self._wanted.is_set()
        self._released()
