"""Which function is called by which stream of which session.

A function that is called again goes by the stream it had, as long as it would be packed to the same bytes. A session
has so many functions at most, and the program's own modules as they were when it began: beyond that a new session
begins, and the old one ends when it has nothing left to do.
"""

from __future__ import annotations

import os
import platform
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType
from typing import Any

from marx.calls.constancy import Look, look_at
from marx.calls.errors import SessionBroken
from marx.calls.modules import OwnModules, own_modules
from marx.calls.packing import pack
from marx.calls.portions import Portion, Portions
from marx.calls.session import Call, Session, Stream
from marx.tasker.discover import environment
from marx.tasker.mentions import Mentions
from marx.wire.codec import content
from marx.wire.limits import INLINE_TOTAL_BYTES_MAX
from marx.wire.messages import File, Program, WorkerRow

FUNCTIONS_MAX = 400
"""The most functions of one session: workers keep them all."""
PACK_SHARE = 20
"""A function whose state cannot be compared is packed anew after so many times as long as packing took."""

_LASTING = (FunctionType, BuiltinFunctionType, type)
"""Other callables (bound methods, partials) are often made for one call, and hold objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How an executor packs. `initializer` is called before the first call of a function in a jail."""

    initializer: Callable[..., Any] | None = None
    initial: tuple[Any, ...] = ()
    by_pickle: bool = False
    name: str = "calls"
    call_timeout_ms: int = 0


@dataclass(slots=True)
class _Known:
    """`function` is kept so that its id stays its own."""

    function: Callable[..., Any]
    look: Look | None
    packed: bytes
    stream: Stream
    again_s: float


@dataclass(slots=True)
class _Begun:
    """What a session was begun with."""

    modules: OwnModules
    program: Program
    files: dict[str, bytes]


class Functions:
    """All sessions of one executor; the last one takes what is new. Used by the line's thread alone."""

    def __init__(self, packing: Packing, clock: Callable[[], float]) -> None:
        self._packing = packing
        self._clock = clock
        self._lasting: dict[tuple[int, bool], _Known] = {}
        """By the function's id, and whether its calls are portions."""
        self._begun: dict[str, _Begun] = {}
        self._passing: _Known | None = None
        self._modules_seen = 0
        self.slots = 1
        self.sessions: list[Session] = []

    # --- calls --------------------------------------------------------------------------------------------------------

    @property
    def owes(self) -> bool:
        return any(not session.idle for session in self.sessions)

    def add(self, function: Callable[..., Any], call: Call, now_s: float) -> None:
        """Puts a call into the stream of its function. Raises what packing the function raises."""
        if self._passing is not None and self._passing.function is not function:
            self.settle()
        known = self._passing or self._lasting.get((id(function), False))
        if known is None or self._outdated(known, now_s):
            known = self._pack(function, known)
        if not isinstance(function, _LASTING):
            self._passing = known
        known.stream.waiting.append(call)

    def add_portion(self, portion: Portion, now_s: float) -> None:
        """All portions of a map go by one stream: the function is called as it was at the first."""
        of = portion.of
        if of.stream is None:
            known = self._lasting.get((id(of.function), True))
            if known is None or self._outdated(known, now_s):
                known = self._pack(of.function, known, each=True)
            known.stream.leaving = not isinstance(of.function, _LASTING)
            known.stream.maps += 1
            of.stream = known.stream
        of.stream.waiting.append(portion)

    def end(self, map_: Portions) -> None:
        """No more portions of this map will come."""
        if map_.stream is not None:
            map_.stream.maps -= 1

    def settle(self) -> None:
        """The calls of one moment are all in: what was made for one of them and will not be called again is let go."""
        if self._passing is not None:
            self._passing.stream.leaving = True
            self._passing = None

    def cancel_waiting(self) -> None:
        for session in self.sessions:
            for stream in session.streams.values():
                for call in stream.waiting:
                    call.future.cancel()

    def forget_calls(self) -> None:
        for session in self.sessions:
            session.streams.clear()

    def all_calls(self) -> list[Call]:
        """Everything that is owed."""
        streams = [stream for session in self.sessions for stream in session.streams.values()]
        return [call for stream in streams for call in (*stream.out.values(), *stream.waiting)]

    def _outdated(self, known: _Known, now_s: float) -> bool:
        if len(sys.modules) != self._modules_seen:
            return True
        if known.look is None:
            return now_s >= known.again_s or known.stream.idle
        return look_at(known.function) != known.look

    def _pack(self, function: Callable[..., Any], before: _Known | None, *, each: bool = False) -> _Known:
        began_s = self._clock()
        look = look_at(function)
        packing = self._packing
        packed = pack(
            function,
            initializer=packing.initializer,
            initial=packing.initial,
            by_pickle=packing.by_pickle,
            each=each,
        )
        session = self._current()
        now_s = self._clock()
        again_s = now_s + PACK_SHARE * (now_s - began_s)
        if before is not None and before.packed == packed and session.has(before.stream):
            before.look, before.again_s = look, again_s
            return before
        if before is not None:
            before.stream.leaving = True
        known = _Known(function, look, packed, session.stream(packed, together=int(each)), again_s)
        if isinstance(function, _LASTING):
            self._lasting[id(function), each] = known
        return known

    # --- sessions -----------------------------------------------------------------------------------------------------

    def by_ticket(self, ticket: str) -> Session | None:
        return next((one for one in self.sessions if one.ticket == ticket), None)

    def by_job(self, job: str) -> Session | None:
        return next((one for one in self.sessions if one.job == job), None)

    def program(self, session: Session) -> Program:
        return self._begun[session.ticket].program

    def blobs(self, session: Session) -> Mapping[str, bytes]:
        return {**self._begun[session.ticket].files, **session.blobs()}

    def through(self) -> Iterator[Session]:
        """Old sessions that have nothing left to do, once each."""
        for session in [one for one in self.sessions if one.leaving and one.idle and one.job]:
            self.sessions.remove(session)
            del self._begun[session.ticket]
            yield session

    def seen(self, workers: list[WorkerRow]) -> None:
        """Who there is. Raises `SessionBroken` if nobody can run this program's Python, but others are there."""
        ours = _minor(platform.python_version())
        ready = [one for one in workers if one.state == "ready"]
        self.slots = max(1, sum(one.slots for one in ready if _minor(one.python) == ours))
        for session in self.sessions:
            session.slots = self.slots
        if ready and all(_minor(one.python) != ours for one in ready):
            others = ", ".join(sorted({_minor(one.python) for one in ready}))
            raise SessionBroken(
                f"no worker of this lab runs Python {ours}, as this program does; they run {others}. "
                f"Run the program with one of these, or have a worker started with Python {ours}."
            )

    def _current(self) -> Session:
        """The session that takes new functions."""
        changed = len(sys.modules) != self._modules_seen
        modules = own_modules() if changed or not self.sessions else None
        self._modules_seen = len(sys.modules)
        if self.sessions:
            last = self.sessions[-1]
            lacking = modules is not None and not modules.names <= self._begun[last.ticket].modules.names
            if not lacking and len(last.streams) < FUNCTIONS_MAX:
                return last
            last.leaving = True
            self._lasting.clear()
        return self._begin(modules or own_modules())

    def _begin(self, modules: OwnModules) -> Session:
        session = Session(secrets.token_hex(16))
        session.slots = self.slots
        texts = {str(path): path.read_bytes() for path in modules.files}
        files, blobs, inline = [], {}, 0
        for path, text in texts.items():
            described = content(text)
            if described.data is None or inline + len(text) > INLINE_TOTAL_BYTES_MAX:
                blobs[described.hash] = text
                described = type(described)(described.hash, described.size)
            else:
                inline += len(text)
            files.append(File(path, described))
        folder = os.getcwd()
        program = Program(
            name=self._packing.name,
            script=os.path.join(folder, "calls"),
            argv=list(modules.folders),
            folder=folder,
            files=files,
            python=platform.python_version(),
            environment=environment(Mentions(), os.environ),
            chunk_timeout_ms=self._packing.call_timeout_ms,
            session=True,
        )
        self._begun[session.ticket] = _Begun(modules, program, blobs)
        self.sessions.append(session)
        return session


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
