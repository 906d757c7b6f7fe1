"""Following a job from the command line until it ends or the user leaves.

    follower greenlet ── client.follow ──► inbox (bounded) ──► this greenlet ──► screen
    signals ──► Interrupts: asks on a terminal, decides ──► None in the inbox

The first Ctrl-C decides nothing where somebody can be asked. Who then wants the job to end interrupts its program, as
Ctrl-C does to a program of one's own: it may print, write and end, and is followed until then. Another Ctrl-C cancels
the job without waiting, and the third ends this process at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal, get_args

import gevent
from gevent.event import Event
from gevent.queue import Queue
from gevent.socket import wait_read

from marx.cli.exits import Exit
from marx.cli.screen import Screen
from marx.link.errors import Unreachable
from marx.tasker.client import Client, Streamed
from marx.tasker.errors import TaskerError
from marx.wire.messages import Ended, Output, Progress

INBOX_MAX = 64
"""Output that nobody reads yet stays with the distributor, which keeps it anyway."""
STDIN = 0

Decision = Literal["", "detach", "interrupt", "cancel"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)
"""From the weakest to the strongest: none is taken back."""
LAST_S = 30.0
"""An interrupted program that has not ended by then, nor was it ended by the distributor, is cancelled from here."""


class Left(Exception):
    """The user left before the job's end. `decision` says whether it goes on."""

    def __init__(self, decision: Decision, exit_code: int) -> None:
        super().__init__(decision)
        self.decision = decision
        self.exit_code = exit_code


class Interrupts:
    """What Ctrl-C and other signals mean. `calm` is set while nobody is being asked, so that output does not run on."""

    def __init__(self, screen: Screen, job: str, *, can_detach: bool, ask: bool = True) -> None:
        self.decision: Decision = ""
        self.exit_code: int = Exit.INTERRUPTED
        self.interrupted = Event()
        """Set once the program shall be."""
        self.calm = Event()
        self.calm.set()
        self._screen = screen
        self.job = job
        self._can_detach = can_detach
        self._may_ask = ask and screen.is_terminal and os.isatty(STDIN)
        self._count = 0
        self._wake: Callable[[], None] = lambda: None

    @contextmanager
    def watching(self, wake: Callable[[], None]) -> Iterator[None]:
        """Signals call `wake` after a decision, for the length of the block."""
        self._wake = wake
        watchers = [gevent.signal_handler(signal.SIGINT, self._on_interrupt)]
        watchers += [gevent.signal_handler(number, self._on_end, number) for number in (signal.SIGTERM, signal.SIGHUP)]
        try:
            yield
        finally:
            for watcher in watchers:
                watcher.cancel()

    def _on_interrupt(self) -> None:
        self._count += 1
        if self._count > 2:
            os._exit(Exit.INTERRUPTED)
        if self._count == 2 or not self._can_detach:
            self._decide("cancel" if self.decision == "interrupt" else "interrupt")
        elif self._may_ask:
            self._ask()
        else:
            self._decide("detach")

    def _on_end(self, number: int) -> None:
        """Where nothing goes on without this process, the program ends first, so that what it wrote is kept."""
        self.exit_code = 128 + number
        self._decide("detach" if self._can_detach else "cancel" if self.decision == "interrupt" else "interrupt")

    def _ask(self) -> None:
        self.calm.clear()
        self._screen.say(f"interrupted. Enter leaves {self.job} running; c or another Ctrl-C cancels it")
        wait_read(STDIN)
        answer = os.read(STDIN, 1024).decode(errors="replace").strip().lower()
        self._decide("interrupt" if answer.startswith("c") else "detach")

    def give_up(self) -> None:
        """Waits no longer for the program."""
        self._decide("cancel")

    def _decide(self, decision: Decision) -> None:
        self.decision = max(self.decision, decision, key=DECISIONS.index)
        if self.decision == "interrupt":
            self.interrupted.set()
        self.calm.set()
        self._wake()


def follow(
    client: Client,
    job: str,
    screen: Screen,
    interrupts: Interrupts,
    *,
    show_output: bool,
    events: Callable[[Progress | Ended], None] = lambda _: None,
) -> Ended:
    """The job's end. Raises Left for a user who left, and OSError where nobody takes the program's output any more."""
    inbox: Queue[Streamed | Exception | None] = Queue(INBOX_MAX)
    follower = gevent.spawn(_fill, inbox, client, job)
    interrupter = gevent.spawn(_interrupt, interrupts, client, job)
    try:
        with interrupts.watching(lambda: inbox.put(None)):
            return _show(inbox, screen, interrupts, events, show_output=show_output)
    finally:
        gevent.killall([follower, interrupter])
        screen.close()


def _fill(inbox: Queue[Streamed | Exception | None], client: Client, job: str) -> None:
    try:
        for message in client.follow(job):
            inbox.put(message)
    except Exception as fault:
        inbox.put(fault)


def _interrupt(interrupts: Interrupts, client: Client, job: str) -> None:
    """Tells the program, once somebody wants that; it should be over soon, and is cancelled if it is not."""
    interrupts.interrupted.wait()
    with suppress(TaskerError):
        client.interrupt(job)
    gevent.sleep(LAST_S)
    interrupts.give_up()


def _show(
    inbox: Queue[Streamed | Exception | None],
    screen: Screen,
    interrupts: Interrupts,
    events: Callable[[Progress | Ended], None],
    *,
    show_output: bool,
) -> Ended:
    while True:
        message = inbox.get()
        interrupts.calm.wait()
        if interrupts.decision in ("detach", "cancel"):
            raise Left(interrupts.decision, interrupts.exit_code)
        match message:
            case Output(stream=stream, data=data):
                if show_output:
                    screen.write(stream, data)
            case Progress():
                events(message)
                screen.progress(message)
            case Ended():
                events(message)
                return message
            case Unreachable():
                screen.say(f"the distributor was not heard of for long; come back with: marx watch {interrupts.job}")
                raise message
            case Exception():
                raise message
            case None:
                pass


def leave(client: Client, job: str, left: Left, screen: Screen) -> int:
    """Does what was decided, says so, and returns the exit code."""
    if left.decision == "cancel":
        client.cancel(job)
        screen.say("interrupted, and cancelled")
    else:
        screen.say(f"{job} goes on; come back with: marx watch {job}")
    return left.exit_code
