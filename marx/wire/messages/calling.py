"""A tasker calls functions of its own in a session (D22)."""

from __future__ import annotations

from marx.wire.messages.shapes import Content, Message


class Calls(Message, frozen=True):
    """Calls `start`..`stop`-1 of one function of a session, as items of the region that stands for that function.

    Calls of a region are numbered in ascending order; those that the distributor knows are not taken twice. `captures`
    is the function, needed once a connection; `item_ns` a guess of what a call costs. Items as in inside/messages.py,
    for this message's calls only. Answers: CallsDone, sooner or later; Needs (with the job for a ticket), and this and
    all later calls of the region are to be said again, in order; Refused.
    """

    job: str
    region: int
    start: int
    stop: int
    offsets: bytes
    items: Content
    item_ns: int = 0
    captures: Content | None = None
    together: int = 0


class CallsDone(Message, frozen=True):
    """Outcomes of some calls of a session, or (values None) word that no worker can run them."""

    job: str
    region: int
    start: int
    stop: int
    values: Content | None = None
    reason: str = ""
    chunk: int = 0
    worker: str = ""


class CallsTaken(Message, frozen=True):
    """The tasker has the outcomes of these ranges of calls; until then they are kept for it."""

    job: str
    region: int
    ranges: list[tuple[int, int]]


class CallsDropped(Message, frozen=True):
    """The tasker needs nothing more of this function."""

    job: str
    region: int


class EndSession(Message, frozen=True):
    """The tasker needs nothing more at all. Answer: Ended."""

    job: str
