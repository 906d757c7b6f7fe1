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

from marx.calls import session
from marx.core import blame, board, endings, grants, joining, late, leases, scheduler
from marx.core.instructions import DropOutcome, GiveUpItems
from marx.distributor import calls, courier, distributor, drivers, handlers, output, sessions, shell
from marx.distributor import leases as wire_leases
from marx.distributor.outbox import Outbox
from marx.journal import blobs, incoming
from marx.journal.records import ChunkKept, JobEnded, MailNoted
from marx.link import fetching, uploading
from marx.wire import messages as wire

from . import bugs

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


PLANTED: tuple[Planted, ...] = (
    Planted("an outcome that is dropped is not acknowledged", shell, "perform", bugs.without(DropOutcome)),
    Planted("what is given up is not told to the driver", shell, "perform", bugs.without(GiveUpItems)),
    Planted("promises leave before their commit", Outbox, "after", bugs.at_once),
    Planted("promises leave though the commit failed", Outbox, "failed", bugs.whatever_the_disk_says),
    Planted("a cancelled job goes on", handlers.HANDLERS, wire.Cancel, bugs.cancel_without_telling),
    Planted("values go to the lease of the first driver", wire_leases, "of_driver", bugs.values_to_the_first_driver),
    Planted("values that are there are not sent again", drivers, "tell_driver", bugs.kept_values_are_not_sent),
    Planted("an outcome counts whatever its lease number", leases.Leases, "find", bugs.any_attempt_will_do),
    Planted("lease numbers begin anew after a restart", leases.Leases, "__init__", bugs.numbers_from_one),
    Planted("one credit is never spent", grants, "_spend", bugs.credit_is_not_spent),
    Planted("grants under way do not count against credit", scheduler, "ready", bugs.credit_without_what_is_under_way),
    Planted("a chunk that is lost unseen is forgotten", joining, "lose", bugs.lost_chunks_are_forgotten),
    Planted("a chunk that kills is tried for ever", blame, "parked_because", bugs.never_parked),
    Planted("nobody notices a silent worker", board.Board, "arm", bugs.silence_is_golden),
    Planted("the wall clock decides", distributor, "Shell", bugs.wall_clock),
    Planted("blobs are not synced", blobs.BlobStore, "_settle", bugs.unsynced),
    Planted("replay leaves out outcomes", distributor, "replay", bugs.replay_skips(ChunkKept)),
    Planted("replay leaves out how jobs ended", distributor, "replay", bugs.replay_skips(JobEnded)),
    Planted("half a part stays in the blob", incoming.Incoming, "write", bugs.half_a_part),
    Planted("what is done is looked up too early", drivers, "_open", bugs.done_before_it_is_written),
    Planted("output is not compared", output.OutputLog, "compare", bugs.output_is_believed),
    Planted("a worker joins that was not welcomed", distributor, "on_hello", bugs.joined_unwelcome),
    Planted("a whole chunk is given up for one item", endings, "_halve", bugs.all_of_it),
    Planted("attempts at a driver are not counted", board.Board, "driver_lease", bugs.always_the_first),
    Planted("a late outcome counts though it is not the first", late, "_is_open", bugs.whoever_was_first),
    Planted("who has the items of a late outcome goes on", late, "take_items_back", bugs.nobody_else_is_stopped),
    Planted("adopted chunks seem to have taken no time", board.Board, "begin_chunk", bugs.known_since_now),
    Planted("what comes back goes into no queue", endings, "heappush", bugs.nowhere),
    Planted("a blob is called stored before it is synced", incoming.Incoming, "finish", bugs.said_to_be_stored),
    Planted("the hash of a blob is not compared", incoming.Incoming, "finish", bugs.not_compared),
    Planted("a part is written wherever it belongs", incoming.Incoming, "write", bugs.wherever_it_belongs),
    Planted("a download is not asked for again", fetching.Fetch, "start", bugs.begun_once),
    Planted("an upload waits for answers to lost parts", uploading.Upload, "start", bugs.from_where_it_was),
    Planted("an outcome of a call is not kept", calls.CallRegion, "keep_outcome", bugs.said_and_forgotten),
    Planted("an outcome of a call is let go when it is said", sessions, "_say", bugs.taken_when_said),
    Planted("calls overtake others whose bytes are late", calls.CallRegion, "may_take", bugs.as_they_come),
    Planted("calls that are said again are new ones", calls.CallRegion, "add", bugs.as_new_calls),
    Planted("calls are not said again after a Welcome", session.Session, "again", bugs.once),
    Planted("a session waits for ever for its tasker", sessions, "expire", bugs.for_ever),
    Planted("a mail is written off before it is sent", courier, "letter", bugs.written_off_first),
    Planted("a mail that was sent is not written down", courier, "settle", bugs.not_written_down),
    Planted("a mail is tried once", courier, "settle", bugs.one_try),
    Planted("replay leaves out mails", distributor, "replay", bugs.replay_skips(MailNoted)),
)
