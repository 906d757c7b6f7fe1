"""Whoever dials as a tasker: one process with one line at a time, that greets, looks after it, and dials again."""

from __future__ import annotations

from typing import Any

from marx.wire import messages as wire

from .network import Line, Network
from .world import World

SILENCE_MS = 2_000
ASK_AGAIN_MS = 1_000


class Talker:
    """What is said and heard is for those who derive from it: `begun`, `welcomed`, `ask` and `handle` are theirs."""

    def __init__(self, world: World, network: Network, name: str) -> None:
        self.world, self.network, self.name = world, network, name
        self.alive = False
        self._process = 0
        self._line: Line | None = None
        self._welcome = False
        self._heard_ms = 0

    def begun(self) -> None:
        """The process has started and knows nothing."""

    def welcomed(self) -> None:
        """The first word on a line; then `ask` follows."""

    def ask(self) -> None:
        """Once a moment: whatever it waits for, once more."""

    def handle(self, message: Any) -> None:
        """Anything but a Welcome, and a Refused that asks for another Hello."""

    # --- the process --------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        if not self.alive:
            self.alive, self._process = True, self._process + 1
            self._line, self._welcome = None, False
            self.begun()
            self.network.dial(self, self.name)
            self.world.later(ASK_AGAIN_MS, self._look, self._process)

    def end(self) -> None:
        """The process is over, by itself or by somebody's hand."""
        self.alive, self._process, self._welcome = False, self._process + 1, False
        if self._line is not None:
            self.network.break_line(self._line, quietly=True)

    def _look(self, process: int) -> None:
        """After a silence on a line that seems whole: a new one."""
        if process != self._process:
            return
        if self._line is not None and self.world.now - self._heard_ms > SILENCE_MS:
            line, self._line = self._line, None
            self.network.break_line(line, quietly=True)
            self.network.dial(self, self.name)
        elif self._welcome:
            self.ask()
        self.world.later(ASK_AGAIN_MS, self._look, process)

    # --- the line -----------------------------------------------------------------------------------------------------

    @property
    def wants_line(self) -> bool:
        return self.alive and self._line is None

    def connected(self, line: Line) -> None:
        self._line, self._welcome, self._heard_ms = line, False, self.world.now
        self.say(wire.Hello(wire.VERSION, "tasker", "ann", "3.11.4"))

    def broken(self, line: Line) -> None:
        if self.alive and self._line is line:
            self._line = None
            self.network.dial(self, self.name)

    def say(self, *messages: wire.AnyMessage) -> None:
        if self._line is not None and messages:
            self.network.post(self._line, list(messages))

    def arrived(self, line: Line, messages: list[wire.AnyMessage]) -> None:
        if not self.alive or self._line is not line:
            return
        self._heard_ms = self.world.now
        for message in messages:
            match message:
                case wire.Welcome():
                    self._welcome = True
                    self.welcomed()
                    self.ask()
                case wire.Refused(code="hello"):
                    self._welcome = False
                    self.say(wire.Hello(wire.VERSION, "tasker", "ann", "3.11.4"))
                case _:
                    self.handle(message)
