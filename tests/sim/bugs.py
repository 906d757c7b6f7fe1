"""Bugs as somebody in a hurry might write them: each makes of a real function, method or class one that is wrong.

Where they are planted is the table of `planted.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from marx.core import board, endings
from marx.core.state import ChunkAttempt
from marx.distributor import courier, drivers, greeting, shell
from marx.distributor.mail_sending import Refused
from marx.wire import messages as wire

# --- what is said too early, or not at all ----------------------------------------------------------------------------


def without(*kinds: type) -> Callable[[Any], Any]:
    """The shell does not carry out these instructions."""

    def make(real: Any) -> Any:
        return lambda shell, instruction, outcome: (
            None if isinstance(instruction, kinds) else real(shell, instruction, outcome)
        )

    return make


def at_once(real: Any) -> Any:
    return lambda self, action: action()


def whatever_the_disk_says(real: Any) -> Any:
    return lambda self, actions, fault="": self.release(actions)


def cancel_without_telling(real: Any) -> Any:
    def on_cancel(shell: Any, row: Any, message: wire.Cancel) -> None:
        shell.post.say(row.peer, wire.Cancelled(message.job))

    return ("tasker", on_cancel)


def values_to_the_first_driver(real: Any) -> Any:
    first: dict[str, tuple[int, int]] = {}

    def of_driver(job: str, number: int, attempt: int) -> Any:
        return real(job, *first.setdefault(job, (number, attempt)))

    return of_driver


def kept_values_are_not_sent(real: Any) -> Any:
    return lambda *told, **more: None


# --- leases -----------------------------------------------------------------------------------------------------------


def any_attempt_will_do(real: Any) -> Any:
    def find(self: Any, lease: Any, worker: str) -> Any:
        same = (one for one in self.live() if isinstance(one, ChunkAttempt) and one.lease.chunk == lease.chunk)
        return next((one for one in same if one.lease.job == lease.job), None) or real(self, lease, worker)

    return find


def numbers_from_one(real: Any) -> Any:
    return lambda self, epoch: real(self, 1)


def credit_is_not_spent(real: Any) -> Any:
    def spend(board: Any, worker: Any, number: int, *, chunk: bool) -> None:
        real(board, worker, number, chunk=chunk)
        worker.chunk_credit += chunk and worker.chunk_credit == 0

    return spend


def credit_without_what_is_under_way(real: Any) -> Any:
    return lambda board, event: real(board, replace(event, seen=1 << 62))


def lost_chunks_are_forgotten(real: Any) -> Any:
    def lose(board: Any, attempt: Any, reason: str) -> None:
        if isinstance(attempt, ChunkAttempt) and not attempt.renewed:
            return
        real(board, attempt, reason)

    return lose


def never_parked(real: Any) -> Any:
    return lambda *history: ""


def silence_is_golden(real: Any) -> Any:
    def arm(self: Any, worker: Any) -> None:
        self.deadlines.advance(board.worker_key(worker), worker.heard_ms + 10**9)

    return arm


def wall_clock(real: Any) -> Any:
    """The scheduler is told the time of the wall."""

    class WallClock(real):  # type: ignore[misc]
        def tell(self, event: Any, outcome: Any = None) -> None:
            clock, self.clock = self.clock, shell.Clock(self.clock.wall_ms, self.clock.wall_ms)
            try:
                super().tell(event, outcome)
            finally:
                self.clock = clock

    return WallClock


# --- the disk ---------------------------------------------------------------------------------------------------------


def unsynced(real: Any) -> Any:
    def settle(self: Any, partial: Any, target: Any) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.rename(target)

    return settle


def replay_skips(kind: type) -> Callable[[Any], Any]:
    """A kind of record that `apply` knew when it was written, and replay does not."""

    class Gap:
        def __init__(self, journal: Any) -> None:
            self.epoch = journal.epoch
            self._journal = journal

        def replay(self) -> Iterator[Any]:
            return (record for record in self._journal.replay() if not isinstance(record, kind))

    def make(real: Any) -> Any:
        return lambda shell, journal: real(shell, Gap(journal))

    return make


def half_a_part(real: Any) -> Any:
    def write(self: Any, offset: int, data: bytes) -> bool:
        if offset != self.offset or offset + len(data) > self.size:
            return False
        self._append(data)
        self._seen.update(data)
        self.offset += len(data)
        return True

    return write


# --- jobs and regions -------------------------------------------------------------------------------------------------


def done_before_it_is_written(real: Any) -> Any:
    """Which items are done is looked up when the opening arrives, not when it is told."""

    def open(shell: Any, job: Any, driver: Any, message: Any, number: int) -> None:
        region = job.regions.get(number)
        done = region.done_ranges() if region else ()
        with_done = lambda job, driver, region: replace(event(job, driver, region), done=done)  # noqa: E731
        event = drivers.opened_event

        def after(action: Any, real_after: Any = shell.outbox.after) -> None:
            def late() -> None:
                with patch.object(drivers, "opened_event", with_done):
                    action()

            real_after(late)

        with patch.object(shell.outbox, "after", after):
            real(shell, job, driver, message, number)

    return open


def output_is_believed(real: Any) -> Any:
    return lambda self, stream, offset, data: data


def joined_unwelcome(real: Any) -> Any:
    def on_hello(shell: Any, admission: Any, row: Any, message: Any) -> None:
        real(shell, admission, row, message)
        if message.role == "worker" and row.hello is None:
            greeting._join(shell, row, message)

    return on_hello


def all_of_it(real: Any) -> Any:
    return endings._park


def always_the_first(real: Any) -> Any:
    return lambda self, job: replace(real(self, job), attempt=1)


def whoever_was_first(real: Any) -> Any:
    return lambda region, start, stop: True


def nobody_else_is_stopped(real: Any) -> Any:
    return lambda board, region, first, end: None


def known_since_now(real: Any) -> Any:
    """A chunk that ran before the distributor began anew counts as if it had begun with it."""
    return lambda self, *granted, adopted=False: real(self, *granted)


def nowhere(real: Any) -> Any:
    return lambda heap, entry: None


# --- sessions ---------------------------------------------------------------------------------------------------------


def said_and_forgotten(real: Any) -> Any:
    return lambda self, outcome: []


def as_they_come(real: Any) -> Any:
    return lambda self, message, *, complete: complete


def as_new_calls(real: Any) -> Any:
    def add(self: Any, message: wire.Calls) -> Any:
        self.count = min(self.count, message.start)
        return real(self, message)

    return add


def taken_when_said(real: Any) -> Any:
    def say(shell: Any, name: str, number: int, outcome: Any) -> None:
        real(shell, name, number, outcome)
        shell.jobs.get(name).regions[number].take(outcome.start, outcome.stop)

    return say


def once(real: Any) -> Any:
    return lambda self: iter(())


def for_ever(real: Any) -> Any:
    return lambda shell: None


# --- blobs in parts ---------------------------------------------------------------------------------------------------


def said_to_be_stored(real: Any) -> Any:
    """Its last part is here, so it is called stored; the name comes with the sync, some time."""

    def finish(self: Any) -> bool:
        self.close()
        return True

    return finish


def not_compared(real: Any) -> Any:
    def finish(self: Any) -> bool:
        self._settle(self._partial)
        self.close()
        return True

    return finish


def wherever_it_belongs(real: Any) -> Any:
    return lambda self, offset, data: real(self, self.offset, data[: self.size - self.offset])


def begun_once(real: Any) -> Any:
    def start(self: Any) -> list[Any]:
        return real(self) if self._incoming is None else []

    return start


def from_where_it_was(real: Any) -> Any:
    return lambda self: self._send(1) if self._sent else real(self)


# --- mail -------------------------------------------------------------------------------------------------------------


def written_off_first(real: Any) -> Any:
    def letter(shell: Any, settings: Any, job: Any, mail: Any) -> Any:
        courier.settle(shell, settings, job, mail, None)
        return real(shell, settings, job, mail)

    return letter


def not_written_down(real: Any) -> Any:
    return lambda shell, settings, job, mail, fault: fault and real(shell, settings, job, mail, fault)


def one_try(real: Any) -> Any:
    return lambda shell, settings, job, mail, fault: real(shell, settings, job, mail, fault and Refused(str(fault)))
