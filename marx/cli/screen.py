"""Where the bytes of a program and our own chatter meet: file descriptors 1 and 2.

The program's bytes are written through unchanged and at once. A write that would wait (a slow pipe, a stopped
terminal) waits in a thread, so that the heartbeats of an embedded distributor go on meanwhile. Our own chatter goes
to standard error: a live bar where that is a terminal, plain lines where `verbose` asks for them, else nothing.
"""

from __future__ import annotations

import os
import select
import sys
from typing import TYPE_CHECKING

from marx.cli.progress import Milestones, plain, state_line, unheard
from marx.cli.table import fold
from marx.wire.messages import Progress
from marx.wire.quantities import show_duration

if TYPE_CHECKING:
    from gevent import Greenlet

    from marx.cli.livebar import LiveBar

STDOUT, STDERR = 1, 2
WAITING_S = 1.5
"""A job that waits for so long is worth a word."""
_WRITABLE_AT_ONCE = 4096
"""What a pipe that polls as writable takes without waiting (PIPE_BUF)."""


class Screen:
    """`quiet` draws nothing; `verbose` prints plain lines where there is no terminal."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self._milestones = Milestones() if verbose else None
        self._terminals = {descriptor for descriptor in (STDOUT, STDERR) if _is_terminal(descriptor)}
        self._bar: LiveBar | None = None
        self._waiting: Greenlet | None = None
        self._at_line_start = True
        self._progress: Progress | None = None
        self._silent_s = 0.0
        if STDERR in self._terminals and not quiet:
            from marx.cli.livebar import LiveBar

            self._bar = LiveBar(sys.stderr)

    @property
    def is_terminal(self) -> bool:
        """Whether somebody can see what we say and answer."""
        return STDERR in self._terminals

    def write(self, stream: int, data: bytes) -> None:
        """Bytes of the program. Raises BrokenPipeError where nobody reads them any more."""
        if stream in self._terminals:
            if self._bar is not None:
                self._bar.hide()
            self._at_line_start = data.endswith(b"\n")
        write_all(stream, data)

    def progress(self, progress: Progress) -> None:
        """A bar below an unfinished line would split it, so it waits for the line's end."""
        self._progress = progress
        self._notice_waiting(progress)
        if self._milestones is not None:
            for line in (self._milestones.lines if self._bar is None else self._milestones.states)(progress):
                self.say(line)
        self._draw()

    def silent(self, seconds: float) -> None:
        """The distributor has not been heard for so long; at 0 it is again. Two lines of ours, and a bar that counts
        between them."""
        before, self._silent_s = self._silent_s, seconds
        if seconds and not before:
            self.mention(f"{unheard(seconds)}; trying again")
        elif before and not seconds:
            self.mention(f"the distributor answers again, after {show_duration(round(before * 1000))}")
        self._draw()

    def _draw(self) -> None:
        if self._bar is not None and self._at_line_start:
            self._bar.show(self._progress, unheard(self._silent_s) if self._silent_s else "")

    def _notice_waiting(self, progress: Progress) -> None:
        """Somebody who sees nothing happen wants to know why, unless it is over in a moment."""
        if self._bar is None or self._milestones is not None:
            return
        if self._waiting is not None:
            self._waiting.kill(block=False)
            self._waiting = None
        if progress.state != "running" and progress.note:
            from gevent import spawn_later

            text = f"{progress.job} {state_line(progress)}; more: marx why {progress.job}"
            self._waiting = spawn_later(WAITING_S, self.say, text)

    def say(self, text: str, fix: str = "") -> None:
        """A line of ours on standard error, and what to try; on a terminal it begins on a line of its own."""
        if self._bar is not None:
            self._bar.hide()
        begin = "" if self._at_line_start or not self.is_terminal else "\n"
        self._at_line_start = True
        line = fold(f"marx: {text}", sys.stderr) if self.is_terminal else f"marx: {text}"
        advice = f"  try: {plain(fix)}\n" if fix else ""
        write_all(STDERR, f"{begin}{line}\n{advice}".encode(errors="replace"))

    def mention(self, text: str) -> None:
        """The same for whoever looks on, at a terminal or with `-v`; else standard error is the program's alone."""
        if self._bar is not None or self._milestones is not None:
            self.say(text)

    def close(self) -> None:
        """Leaves the terminal as it was."""
        if self._waiting is not None:
            self._waiting.kill(block=False)
        if self._bar is not None:
            self._bar.hide()


def open_standard_streams() -> None:
    """Points closed descriptors 0, 1 and 2 to /dev/null: a socket of ours must not get such a number, and be written
    to.
    """
    for descriptor in (0, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def write_all(descriptor: int, data: bytes) -> None:
    """Everything, in order, without holding up the other greenlets."""
    left = memoryview(data)
    while left:
        left = left[_write_some(descriptor, left) :]


def _write_some(descriptor: int, data: memoryview) -> int:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    if poll.poll(0):
        return os.write(descriptor, data[:_WRITABLE_AT_ONCE])
    from gevent import get_hub

    written: int | OSError = get_hub().threadpool.apply(_try_write, (descriptor, data[:_WRITABLE_AT_ONCE]))
    if isinstance(written, OSError):
        raise written
    return written


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def _try_write(descriptor: int, data: bytes) -> int | OSError:
    """An error is returned and not raised: gevent would print it beside handing it on."""
    try:
        return os.write(descriptor, data)
    except OSError as fault:
        return fault
