"""A process of a pool, played by the driver: what a task binds anew stays with the pool and is not the program's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marx.inside.makers import MISSING
from marx.inside.state import ProgramState

Start = tuple[Callable[..., Any], tuple[Any, ...]]
"""An initializer and its arguments."""


class Alone:
    """A context in which the program's globals are those of the pool's processes.

    A forked process sees the globals of the moment it was forked. Names that were bound anew since are set back; what
    was changed inside an object is not."""

    def __init__(self, program: ProgramState, *, forked: bool) -> None:
        self._space = program.namespace
        self._bound: dict[str, Any] = dict(program.namespace) if forked else {}
        self._outside: list[dict[str, Any]] = []
        self._started = False

    def first(self, start: Start | None) -> Start | None:
        """The initializer and its arguments, once."""
        started, self._started = self._started, True
        return None if started else start

    def __enter__(self) -> None:
        before = dict(self._space)
        self._outside.append(before)
        self._space.update(self._bound)

    def __exit__(self, *_: object) -> None:
        before = self._outside.pop()
        self._bound.update((k, v) for k, v in self._space.items() if before.get(k, MISSING) is not v)
        for name in self._space.keys() - before.keys():
            del self._space[name]
        self._space.update(before)
