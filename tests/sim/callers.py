"""A program with an executor (`marx.Executor`): the real conversation and session of marx/calls, on a simulated line.

Its calls come in waves. Each must end once, with its own value; one may end as lost only where something kills jails.
Killed, it does not come back: its session has to end by itself.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from typing import Any

from marx.calls.conversation import Conversation
from marx.calls.ending import Ended
from marx.calls.errors import SessionBroken
from marx.calls.functions import Functions, Packing
from marx.calls.session import Call, Session, Stream
from marx.wire import messages as wire

from .laws import Laws
from .luck import TROUBLE_MS, Luck
from .network import Network
from .programs import unpack_values
from .spec import SessionSpec, call_value, captures_of, item
from .talkers import Talker
from .world import Violation, World

WAVES = 4


class SimFunctions(Functions):
    """The real ones, but for packing: what a function is packed to is given."""

    def __init__(self, spec: SessionSpec) -> None:
        super().__init__(Packing(), lambda: 0.0)
        self._spec = spec
        self.sessions = [Session(spec.ticket)]

    def program(self, session: Session) -> wire.Program:
        folder = "/home/ann"
        return wire.Program(
            "calls", f"{folder}/calls", [self._spec.ticket], folder, files=[], python="3.11.4", session=True
        )

    def blobs(self, session: Session) -> dict[str, bytes]:
        return session.blobs()

    def seen(self, workers: list[wire.WorkerRow]) -> None:
        self.slots = max(1, sum(one.slots for one in workers if one.state == "ready"))
        self.sessions[0].slots = self.slots


class SimCaller(Talker):
    """Stands for the executor's line as well: `send`, `hello`, `receive` and `reconnected` are a Dealer's."""

    def __init__(self, world: World, network: Network, laws: Laws, spec: SessionSpec, luck: Luck) -> None:
        super().__init__(world, network, f"caller-{spec.ticket}")
        self.spec, self._laws, self._luck = spec, laws, luck
        self.over = False
        self.reconnected = False
        self._inbox: deque[wire.AnyMessage] = deque()
        self._futures: dict[tuple[int, int], Future[Any]] = {}
        self._items: dict[int, tuple[int, int]] = {}
        self._count = self._left = sum(function.count for function in spec.functions)

    def begun(self) -> None:
        self._functions = SimFunctions(self.spec)
        self._streams: dict[int, Stream] = {}
        hello = wire.Hello(wire.VERSION, "tasker", "ann", "3.11.4")
        self._talk = Conversation(
            self,  # type: ignore[arg-type]
            hello,
            self._functions,
            self,  # type: ignore[arg-type]
            news=self._news,
            counted=lambda: None,
            later=self._later,
            chance=self.world.chance.random,
        )
        for number, function in enumerate(self.spec.functions):
            waves = sorted(self.world.chance.randint(0, function.count) for _ in range(WAVES - 1))
            for start, stop in zip([0, *waves], [*waves, function.count], strict=True):
                self.world.later(self.world.between(0, TROUBLE_MS / 2), self._call, self._process, number, start, stop)

    def kill(self) -> None:
        """Nobody waits for its calls any more."""
        if self.alive:
            self.world.note(self.name, "is killed")
            self.over = True
            self.end()

    # --- what the program does ----------------------------------------------------------------------------------------

    def _call(self, process: int, number: int, start: int, stop: int) -> None:
        if process != self._process or start == stop:
            return
        session = self._functions.sessions[0]
        stream = self._streams.get(number)
        if stream is None:
            stream = self._streams[number] = session.stream(captures_of(self.spec, number))
        for at in range(start, stop):
            future: Future[Any] = Future()
            self._items[id(future)] = (number, at)
            self._futures[number, at] = future
            stream.waiting.append(Call(future, item(self.spec, number, at)))
        self._flush()

    def put(self, ended: Ended) -> None:
        """What came of calls, as the executor's second thread gets it."""
        finished = ended.finished
        if finished is None:
            raise Violation(f"a call of {self.name} failed: {ended.fault}")
        values: list[bytes | None] = [None] * len(finished.calls)
        if ended.data is not None:
            number, packed = unpack_values(ended.data)
            if len(packed) != len(values) or number not in self._laws.given:
                raise Violation(f"{len(packed)} values for {len(values)} calls of {self.name}, by lease {number}")
            values = list(packed)
            finished.stream.measured(len(values), 1)
        for call, value in zip(finished.calls, values, strict=True):
            self._end(call, value, ended.reason or finished.message.reason)

    def _end(self, call: Call, value: bytes | None, reason: str) -> None:
        number, at = self._items[id(call.future)]
        if call.future.done():
            raise Violation(f"call {number}.{at} of {self.name} ended twice")
        call.future.set_result(value)
        self._left -= 1
        if value is None:
            if not self._luck.deadly and at not in self.spec.functions[number].deadly:
                raise Violation(f"call {number}.{at} of {self.name} was lost, and nothing kills: {reason}")
        elif value != call_value(self.spec, item(self.spec, number, at)):
            raise Violation(f"call {number}.{at} of {self.name} gave {value[:40]!r}")
        if not self._left:
            self.world.later(0, self._leave)

    def _leave(self) -> None:
        """All calls have ended. Should this word be lost, the session ends by itself."""
        self.world.note(self.name, "leaves")
        if self.alive:
            self._talk.end()
            self.over = True
            self.end()

    # --- the line -----------------------------------------------------------------------------------------------------

    def send(self, *messages: wire.AnyMessage, timeout_s: float) -> None:
        if self._welcome:
            self.say(*messages)

    def hello(self, hello: wire.Hello, timeout_s: float) -> wire.Welcome:
        """It was said already, and answered."""
        self.reconnected = False
        return wire.Welcome(wire.VERSION, 400, 2_000)

    def receive(self, timeout_s: float) -> list[wire.AnyMessage]:
        came = list(self._inbox)
        self._inbox.clear()
        return came

    def welcomed(self) -> None:
        self.reconnected = True
        self._listen()

    def handle(self, message: Any) -> None:
        if self.over:
            return
        self._inbox.append(message)
        self._listen()

    def ask(self) -> None:
        self.send(wire.ListWorkers(), wire.Heartbeat(), timeout_s=0)

    def _listen(self) -> None:
        try:
            self._talk.listen()
        except SessionBroken as fault:
            if self._luck.full_disks and self._left == self._count:
                # It was not begun, and its program is told so.
                self.kill()
                return
            raise Violation(f"the session of {self.name} broke: {fault}") from fault

    def _later(self, pause_s: float, action: Any, *about: Any) -> None:
        self.world.later(1_000 * pause_s, self._if_alive, self._process, action, about)

    def _if_alive(self, process: int, action: Any, about: tuple[Any, ...]) -> None:
        if self._process == process:
            action(*about)

    def _news(self) -> None:
        self.world.later(0, self._flush)

    def _flush(self) -> None:
        if self._welcome and self.alive:
            self._talk.flush()
