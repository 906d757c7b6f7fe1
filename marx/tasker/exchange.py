"""Question and answer over a connection that may be lost at any moment.

A question is repeated until its answer comes: all of ours may be asked twice. What else arrives meanwhile belongs to a
stream that nobody reads any more, and is dropped. One greenlet uses an exchange at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from marx.link.dealer import Dealer
from marx.link.errors import Unreachable
from marx.tasker.errors import JobFailed, NoAnswer, NotAllowed, TaskerError, TryLater, UsageFault
from marx.tasker.silence import HEARTBEATS, Silence
from marx.wire.messages import AnyMessage, Hello, Refused

Answer = TypeVar("Answer")

ANSWER_S = 15.0
"""Longer than any pause of a healthy distributor: a group commit on a slow disk, a restart with its replay."""
HELLO_S = 5.0
"""A distributor that is there welcomes in milliseconds; somebody waits at a prompt for word that it is not."""
LOOK_S = 0.5
"""A lost connection is noticed this soon while waiting for an answer."""
TRIES = 4
"""How often a question is asked before the distributor counts as gone: one minute in all."""

REFUSALS: Mapping[str, type[TaskerError]] = {
    "not-allowed": NotAllowed,
    "unknown-job": UsageFault,
    "bad-name": UsageFault,
    "bad-tag": UsageFault,
    "bad-note": UsageFault,
    "bad-terms": UsageFault,
    "bad-where": UsageFault,
    "bad-time": UsageFault,
    "bad-mail": UsageFault,
    "no-mail": UsageFault,
    "ended": UsageFault,
    "running": TryLater,
    "too-many-jobs": TryLater,
    "full": TryLater,
    "busy": TryLater,
}
"""Whose move it is, by the distributor's code. What is not here is about the job itself."""


class Exchange:
    """`hello` is said with every new connection."""

    def __init__(self, dealer: Dealer, hello: Hello, answer_s: float = ANSWER_S) -> None:
        self.dealer = dealer
        self.heartbeat_s = answer_s
        self.silence_s = answer_s
        self.silence = Silence()
        self._hello = hello
        self._answer_s = answer_s

    def connect(self) -> None:
        """Raises what `Dealer.hello` raises: Unreachable, Unwelcome, VersionMismatch."""
        welcome = self.dealer.hello(self._hello, min(HELLO_S, self._answer_s))
        self.heartbeat_s = welcome.heartbeat_ms / 1000
        self.silence_s = welcome.lease_ms / 1000
        self.silence.noticed_s = max(min(HELLO_S, self._answer_s), HEARTBEATS * self.heartbeat_s)
        self.silence.ends()

    def say(self, *messages: AnyMessage, patience_s: float = 0.0) -> None:
        """Sends; makes a lost connection again first. Raises Unreachable where that fails for `patience_s` on end."""
        until = time.monotonic() + patience_s
        while not self.dealer.send(*messages, timeout_s=self._answer_s):
            began = time.monotonic()
            try:
                self.connect()
            except Unreachable:
                now = time.monotonic()
                self.silence.lasts(min(now - began, HELLO_S))
                if now >= until:
                    raise

    def ask(self, question: AnyMessage, answer: Callable[[AnyMessage], Answer | None]) -> Answer:
        """The first thing but None that `answer` makes of what arrives. Raises for Refused and for lasting silence."""
        for _ in range(TRIES):
            # As long as for an answer: a distributor that was there a moment ago is being started again.
            self.say(question, patience_s=TRIES * self._answer_s)
            for message in self.arriving():
                found = answer(message)
                if found is not None:
                    return found
                if isinstance(message, Refused):
                    raise error_of(message)
        raise self.no_answer()

    def arriving(self) -> Iterator[AnyMessage]:
        """What comes, until nothing came for too long or the connection is a new one."""
        waited_s = 0.0
        while waited_s < self._answer_s and not self.dealer.reconnected:
            messages = self.receive(LOOK_S)
            waited_s = 0.0 if messages else waited_s + LOOK_S
            yield from messages

    def receive(self, timeout_s: float) -> list[AnyMessage]:
        """The messages of the next batch; that there are none for so long is part of a silence."""
        messages = self.dealer.receive(timeout_s)
        if messages:
            self.silence.ends()
        else:
            self.silence.lasts(timeout_s)
        return messages

    def no_answer(self) -> NoAnswer:
        return NoAnswer(f"the distributor at {self.dealer.endpoint} does not answer", fix="marx workers")


def error_of(refused: Refused) -> TaskerError:
    return REFUSALS.get(refused.code, JobFailed)(refused.reason, refused.fix)
