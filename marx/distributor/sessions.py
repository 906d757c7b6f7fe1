"""Sessions: what a tasker says of its calls, and what it is told of them.

A session lives as long as its tasker is heard of, and `session_gone_ms` longer. Outcomes go to the tasker the moment
they come, and are kept until it has them. None of it is journaled but the session itself: what a restart loses, the
tasker says again.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from marx.core import events as core
from marx.distributor.calls import CHUNK_BYTES, CallRegion, Outcome
from marx.distributor.regions import OFFSET_BYTES
from marx.distributor.validity import Fault
from marx.wire import messages as wire

if TYPE_CHECKING:
    from marx.distributor.connections import Connection
    from marx.distributor.job import Job
    from marx.distributor.shell import Shell
    from marx.link.router import Peer


@dataclass(slots=True)
class Session:
    """An open one. `peer` is the connection that spoke for it last, `heard_ms` when that was."""

    peer: Peer | None
    heard_ms: int


# --- what the tasker says ---------------------------------------------------------------------------------------------


def on_calls(shell: Shell, row: Connection, message: wire.Calls) -> None:
    """New calls to the scheduler; for calls that are known already, what there is of outcomes once more."""
    job = _speaking(shell, row, message.job)
    if job is None:
        return
    region = job.regions.get(message.region)
    fault = _calls_fault(shell, job, region, message)
    if fault is not None:
        shell.refuse(row, fault, job.id)
        return
    if not isinstance(region, CallRegion):
        region = _opened(job, message)
        shell.passing.hold([region.captures])
    missing = shell.missing(message.items, message.captures, passing=True)
    if missing:
        row.expected |= {content.hash: content.size for content in missing}
        shell.post.say(row.peer, wire.Needs(job.id, [content.hash for content in missing]))
    if not region.may_take(message, complete=not missing):
        return
    known = message.start < region.count
    start, stop = region.add(message)
    if known:
        for outcome in region.outcomes_in(message.start, message.stop):
            _say(shell, job.id, region.number, outcome)
    if start < stop:
        shell.passing.hold([message.items])
        most = max(1, CHUNK_BYTES // region.call_bytes())
        if message.together > 0:
            most = min(most, message.together)
        shell.tell(core.CallsAdded(job.id, region.number, start, stop, max(0, message.item_ns), most))


def on_taken(shell: Shell, row: Connection, message: wire.CallsTaken) -> None:
    job = _speaking(shell, row, message.job)
    region = job.regions.get(message.region) if job else None
    if isinstance(region, CallRegion):
        for start, stop in message.ranges:
            shell.passing.release(region.take(start, stop))


def on_dropped(shell: Shell, row: Connection, message: wire.CallsDropped) -> None:
    job = _speaking(shell, row, message.job)
    if job is not None and message.region in job.regions:
        shell.note_requeues(job)
        shell.tell(core.CallsClosed(job.id, message.region))
        region = job.regions.pop(message.region)
        shell.passing.release(region.contents())
        job.items, job.items_done = job.items + region.count, job.items_done + region.items_done()
        for connected in shell.connections.all():
            connected.sent.get(job.id, set()).discard(message.region)


def on_end(shell: Shell, row: Connection, message: wire.EndSession) -> None:
    job = _speaking(shell, row, message.job)
    if job is not None:
        shell.note_requeues(job)
        shell.tell(core.SessionEnded(job.id))


def _speaking(shell: Shell, row: Connection, name: str) -> Job | None:
    """The session, which from now on is told everything on this connection; else the tasker is told that it ended."""
    job, session = shell.jobs.get(name), shell.sessions.get(name)
    if job is None or job.user != row.user or session is None:
        own = job if job is not None and job.user == row.user else None
        because = f" ({own.end.state}: {own.end.reason})" if own is not None and own.end is not None else ""
        shell.refuse(row, Fault("no-session", f"there is no open session {name[:32]!r}{because}"), name)
        return None
    session.peer, session.heard_ms = row.peer, shell.clock.now_ms()
    return job


def _calls_fault(shell: Shell, job: Job, region: object, message: wire.Calls) -> Fault | None:
    settings = shell.settings
    if not 0 <= message.start < message.stop <= settings.items_max or not 0 <= message.region < settings.items_max:
        return Fault("bad-calls", f"calls {message.start}..{message.stop} of function {message.region}")
    if len(message.offsets) != OFFSET_BYTES * (message.stop - message.start + 1):
        return Fault("bad-calls", f"{len(message.offsets)} bytes of offsets for {message.stop - message.start} calls")
    offsets = memoryview(message.offsets).cast("Q")
    if offsets[0] != 0 or offsets[-1] != message.items.size or any(a > b for a, b in pairwise(offsets)):
        return Fault("bad-calls", "offsets that do not span the calls")
    if region is None and message.captures is None:
        return Fault("unknown-function", f"function {message.region} is not known here", "say it again")
    if region is None and len(job.regions) >= settings.regions_max:
        return Fault("bad-calls", f"more than {settings.regions_max} functions at a time")
    held = sum(one.bytes_held() for one in job.regions.values() if isinstance(one, CallRegion))
    if held + message.items.size > settings.session_bytes_max + message.items.size * (held == 0):
        return Fault("too-many-calls", f"more than {settings.session_bytes_max} bytes of calls at a time")
    return None


def _opened(job: Job, message: wire.Calls) -> CallRegion:
    """A region for a function. Calls before the first that is said had their outcomes before a restart."""
    assert message.captures is not None
    region = CallRegion(
        number=message.region,
        key=str(message.region),
        digest="",
        site=0,
        line=0,
        first=0,
        count=message.start,
        item_ns=message.item_ns,
        captures=message.captures,
        taken=message.start,
    )
    job.regions[message.region] = region
    return region


# --- what the tasker is told ------------------------------------------------------------------------------------------


def keep(shell: Shell, name: str, number: int, outcome: Outcome) -> None:
    """An outcome that counts: to the tasker, and kept until it has it."""
    job = shell.jobs.get(name)
    region = job.regions.get(number) if job else None
    if isinstance(region, CallRegion):
        if outcome.values is not None:
            shell.passing.hold([outcome.values])
        shell.passing.release(region.keep_outcome(outcome))
        _say(shell, name, number, outcome)


def _say(shell: Shell, name: str, number: int, outcome: Outcome) -> None:
    session = shell.sessions.get(name)
    if session is not None and session.peer is not None:
        shell.post.say(
            session.peer,
            wire.CallsDone(
                job=name,
                region=number,
                start=outcome.start,
                stop=outcome.stop,
                values=outcome.values,
                reason=outcome.reason,
                chunk=outcome.chunk,
                worker=outcome.worker,
            ),
        )


# --- a session's beginning and end ------------------------------------------------------------------------------------


def begin(shell: Shell, name: str) -> None:
    """A session was submitted, or is in the journal of a distributor that starts."""
    shell.sessions[name] = Session(None, shell.clock.now_ms())
    job = shell.jobs.get(name)
    if job is not None:
        job.started_ms = job.started_ms or shell.clock.wall_ms()


def ended(shell: Shell, job: Job) -> None:
    """The end is on disk."""
    session = shell.sessions.pop(job.id, None)
    if session is not None:
        for region in job.regions.values():
            shell.passing.release(region.contents())
    if session is not None and session.peer is not None and job.end is not None:
        shell.post.say(session.peer, job.end)


def expire(shell: Shell) -> None:
    """Ends the sessions whose taskers have not been heard of for too long."""
    now_ms = shell.clock.now_ms()
    for name, session in list(shell.sessions.items()):
        row = shell.connections.find(session.peer) if session.peer is not None else None
        if row is not None and row.hello is not None:
            session.heard_ms = max(session.heard_ms, row.heard_ms)
        if now_ms - session.heard_ms >= shell.settings.session_gone_ms:
            shell.tell(core.JobCancelled(name, "its tasker was not heard of any more"))
