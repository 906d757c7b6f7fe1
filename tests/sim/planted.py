"""Bugs that were planted on purpose, to see that the simulation finds them.

Each is a small patch of one name, as somebody in a hurry might have written it; several were real ones once. A
simulation that does not find one of them within `WITHIN` seeds is not worth its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from marx.calls import session
from marx.core import blame, board, endings, grants, joining, late, leases, scheduler
from marx.core.events import DropOutcome, GiveUpItems
from marx.core.state import ChunkAttempt
from marx.distributor import calls, courier, distributor, drivers, greeting, output, sessions, shell
from marx.distributor import leases as wire_leases
from marx.distributor.mail_sending import Refused
from marx.distributor.outbox import Outbox
from marx.journal import blobs, incoming
from marx.journal.records import ChunkKept, JobEnded, MailNoted
from marx.link import transfer
from marx.wire import messages as wire

WITHIN = 2_000


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug: `where.name` is replaced by what `make` makes of it."""

    title: str
    where: Any
    name: Any
    make: Callable[[Any], Any]

    @contextmanager
    def planted(self) -> Iterator[None]:
        real = self.where[self.name] if isinstance(self.where, dict) else getattr(self.where, self.name)
        with (
            patch.dict(self.where, {self.name: self.make(real)})
            if isinstance(self.where, dict)
            else patch.object(self.where, self.name, self.make(real))
        ):
            yield


# --- what is said too early, or not at all ----------------------------------------------------------------------------


def _without(*kinds: type) -> Callable[[Any], Any]:
    """The shell does not carry out these instructions."""

    def make(real: Any) -> Any:
        return lambda shell, instruction, outcome: (
            None if isinstance(instruction, kinds) else real(shell, instruction, outcome)
        )

    return make


def _at_once(real: Any) -> Any:
    return lambda self, action: action()


def _whatever_the_disk_says(real: Any) -> Any:
    return lambda self, actions, fault="": self.release(actions)


def _cancel_without_telling(real: Any) -> Any:
    def on_cancel(shell: Any, row: Any, message: wire.Cancel) -> None:
        shell.post.say(row.peer, wire.Cancelled(message.job))

    return ("tasker", on_cancel)


def _values_to_the_first_driver(real: Any) -> Any:
    first: dict[str, tuple[int, int]] = {}

    def of_driver(job: str, number: int, attempt: int) -> Any:
        return real(job, *first.setdefault(job, (number, attempt)))

    return of_driver


def _kept_values_are_not_sent(real: Any) -> Any:
    return lambda *told, **more: None


# --- leases -----------------------------------------------------------------------------------------------------------


def _any_attempt_will_do(real: Any) -> Any:
    def find(self: Any, lease: Any, worker: str) -> Any:
        same = (one for one in self.live() if isinstance(one, ChunkAttempt) and one.lease.chunk == lease.chunk)
        return next((one for one in same if one.lease.job == lease.job), None) or real(self, lease, worker)

    return find


def _numbers_from_one(real: Any) -> Any:
    return lambda self, epoch: real(self, 1)


def _credit_is_not_spent(real: Any) -> Any:
    def spend(board: Any, worker: Any, number: int, *, chunk: bool) -> None:
        real(board, worker, number, chunk=chunk)
        worker.chunk_credit += chunk and worker.chunk_credit == 0

    return spend


def _credit_without_what_is_under_way(real: Any) -> Any:
    return lambda board, event: real(board, replace(event, seen=1 << 62))


def _lost_chunks_are_forgotten(real: Any) -> Any:
    def lose(board: Any, attempt: Any, reason: str) -> None:
        if isinstance(attempt, ChunkAttempt) and not attempt.renewed:
            return
        real(board, attempt, reason)

    return lose


def _never_parked(real: Any) -> Any:
    return lambda *history: ""


def _silence_is_golden(real: Any) -> Any:
    def arm(self: Any, worker: Any) -> None:
        self.deadlines.advance(board.worker_key(worker), worker.heard_ms + 10**9)

    return arm


def _wall_clock(real: Any) -> Any:
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


def _unsynced(real: Any) -> Any:
    def settle(self: Any, partial: Any, target: Any) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.rename(target)

    return settle


def _replay_skips(kind: type) -> Callable[[Any], Any]:
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


def _half_a_part(real: Any) -> Any:
    def write(self: Any, offset: int, data: bytes) -> bool:
        if offset != self.offset or offset + len(data) > self.size:
            return False
        self._append(data)
        self._seen.update(data)
        self.offset += len(data)
        return True

    return write


# --- jobs and regions -------------------------------------------------------------------------------------------------


def _done_before_it_is_written(real: Any) -> Any:
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


def _output_is_believed(real: Any) -> Any:
    return lambda self, stream, offset, data: data


def _joined_unwelcome(real: Any) -> Any:
    def on_hello(shell: Any, admission: Any, row: Any, message: Any) -> None:
        real(shell, admission, row, message)
        if message.role == "worker" and row.hello is None:
            greeting._join(shell, row, message)

    return on_hello


def _all_of_it(real: Any) -> Any:
    return endings._park


def _always_the_first(real: Any) -> Any:
    return lambda self, job: replace(real(self, job), attempt=1)


def _whoever_was_first(real: Any) -> Any:
    return lambda region, start, stop: True


def _nobody_else_is_stopped(real: Any) -> Any:
    return lambda board, region, first, end: None


def _known_since_now(real: Any) -> Any:
    """A chunk that ran before the distributor began anew counts as if it had begun with it."""
    return lambda self, *granted, adopted=False: real(self, *granted)


def _nowhere(real: Any) -> Any:
    return lambda heap, entry: None


# --- sessions ---------------------------------------------------------------------------------------------------------


def _said_and_forgotten(real: Any) -> Any:
    return lambda self, outcome: None


def _as_they_come(real: Any) -> Any:
    return lambda self, message, *, complete: complete


def _as_new_calls(real: Any) -> Any:
    def add(self: Any, message: wire.Calls) -> Any:
        self.count = min(self.count, message.start)
        return real(self, message)

    return add


def _taken_when_said(real: Any) -> Any:
    def say(shell: Any, name: str, number: int, outcome: Any) -> None:
        real(shell, name, number, outcome)
        shell.jobs.get(name).regions[number].take(outcome.start, outcome.stop)

    return say


def _once(real: Any) -> Any:
    return lambda self: iter(())


def _for_ever(real: Any) -> Any:
    return lambda shell: None


# --- blobs in parts ---------------------------------------------------------------------------------------------------


def _said_to_be_stored(real: Any) -> Any:
    """Its last part is here, so it is called stored; the name comes with the sync, some time."""

    def finish(self: Any) -> bool:
        self.close()
        return True

    return finish


def _not_compared(real: Any) -> Any:
    def finish(self: Any) -> bool:
        self._settle(self._partial)
        self.close()
        return True

    return finish


def _wherever_it_belongs(real: Any) -> Any:
    return lambda self, offset, data: real(self, self.offset, data[: self.size - self.offset])


def _begun_once(real: Any) -> Any:
    def start(self: Any) -> list[Any]:
        return real(self) if self._incoming is None else []

    return start


def _from_where_it_was(real: Any) -> Any:
    return lambda self: self._send(1) if self._sent else real(self)


# --- mail -------------------------------------------------------------------------------------------------------------


def _written_off_first(real: Any) -> Any:
    def letter(shell: Any, settings: Any, job: Any, mail: Any) -> Any:
        courier.settle(shell, settings, job, mail, None)
        return real(shell, settings, job, mail)

    return letter


def _not_written_down(real: Any) -> Any:
    return lambda shell, settings, job, mail, fault: fault and real(shell, settings, job, mail, fault)


def _one_try(real: Any) -> Any:
    return lambda shell, settings, job, mail, fault: real(shell, settings, job, mail, fault and Refused(str(fault)))


PLANTED: tuple[Planted, ...] = (
    Planted("an outcome that is dropped is not acknowledged", shell, "perform", _without(DropOutcome)),
    Planted("what is given up is not told to the driver", shell, "perform", _without(GiveUpItems)),
    Planted("promises leave before their commit", Outbox, "after", _at_once),
    Planted("promises leave though the commit failed", Outbox, "failed", _whatever_the_disk_says),
    Planted("a cancelled job goes on", distributor.HANDLERS, wire.Cancel, _cancel_without_telling),
    Planted("values go to the lease of the first driver", wire_leases, "of_driver", _values_to_the_first_driver),
    Planted("values that are there are not sent again", drivers, "tell_driver", _kept_values_are_not_sent),
    Planted("an outcome counts whatever its lease number", leases.Leases, "find", _any_attempt_will_do),
    Planted("lease numbers begin anew after a restart", leases.Leases, "__init__", _numbers_from_one),
    Planted("one credit is never spent", grants, "_spend", _credit_is_not_spent),
    Planted("grants under way do not count against credit", scheduler, "ready", _credit_without_what_is_under_way),
    Planted("a chunk that is lost unseen is forgotten", joining, "lose", _lost_chunks_are_forgotten),
    Planted("a chunk that kills is tried for ever", blame, "parked_because", _never_parked),
    Planted("nobody notices a silent worker", board.Board, "arm", _silence_is_golden),
    Planted("the wall clock decides", distributor, "Shell", _wall_clock),
    Planted("blobs are not synced", blobs.BlobStore, "_settle", _unsynced),
    Planted("replay leaves out outcomes", distributor, "replay", _replay_skips(ChunkKept)),
    Planted("replay leaves out how jobs ended", distributor, "replay", _replay_skips(JobEnded)),
    Planted("half a part stays in the blob", incoming.Incoming, "write", _half_a_part),
    Planted("what is done is looked up too early", drivers, "_open", _done_before_it_is_written),
    Planted("output is not compared", output.OutputLog, "compare", _output_is_believed),
    Planted("a worker joins that was not welcomed", distributor, "on_hello", _joined_unwelcome),
    Planted("a whole chunk is given up for one item", endings, "_halve", _all_of_it),
    Planted("attempts at a driver are not counted", board.Board, "driver_lease", _always_the_first),
    Planted("a late outcome counts though it is not the first", late, "_is_open", _whoever_was_first),
    Planted("who has the items of a late outcome goes on", late, "take_items_back", _nobody_else_is_stopped),
    Planted("adopted chunks seem to have taken no time", board.Board, "begin_chunk", _known_since_now),
    Planted("what comes back goes into no queue", endings, "heappush", _nowhere),
    Planted("a blob is called stored before it is synced", incoming.Incoming, "finish", _said_to_be_stored),
    Planted("the hash of a blob is not compared", incoming.Incoming, "finish", _not_compared),
    Planted("a part is written wherever it belongs", incoming.Incoming, "write", _wherever_it_belongs),
    Planted("a download is not asked for again", transfer.Fetch, "start", _begun_once),
    Planted("an upload waits for answers to lost parts", transfer.Upload, "start", _from_where_it_was),
    Planted("an outcome of a call is not kept", calls.CallRegion, "keep_outcome", _said_and_forgotten),
    Planted("an outcome of a call is let go when it is said", sessions, "_say", _taken_when_said),
    Planted("calls overtake others whose bytes are late", calls.CallRegion, "may_take", _as_they_come),
    Planted("calls that are said again are new ones", calls.CallRegion, "add", _as_new_calls),
    Planted("calls are not said again after a Welcome", session.Session, "again", _once),
    Planted("a session waits for ever for its tasker", sessions, "expire", _for_ever),
    Planted("a mail is written off before it is sent", courier, "letter", _written_off_first),
    Planted("a mail that was sent is not written down", courier, "settle", _not_written_down),
    Planted("a mail is tried once", courier, "settle", _one_try),
    Planted("replay leaves out mails", distributor, "replay", _replay_skips(MailNoted)),
)
