"""A process of a pool, played by the driver: what a task changes stays with the pool and is not the program's.

    program's values ◄─── swapped for the time of a task ───► the process's values

The process's values are copies, made when its first task runs in place (copying.py); they stay from task to task, as
in a process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from marx.inside.inherited import as_child, of_process
from marx.inside.pools.copying import Survey, copies
from marx.inside.pools.spaces import of_interpreter, of_namespace
from marx.inside.settings import Space
from marx.inside.state import ProgramState

Start = tuple[Callable[..., Any], tuple[Any, ...]]
"""An initializer and its arguments."""


class Alone:
    """A context in which the program's state is that of the pool's processes.

    A forked process sees the globals of the moment it was forked. Names that were bound anew since are set back; what
    was changed inside an object before the first task is not. With `tasks_max`, a new process begins after so many
    tasks. `child` is what the process is called, and whether it is a daemon."""

    def __init__(
        self,
        program: ProgramState,
        *,
        forked: bool,
        child: tuple[str, bool],
        tasks_max: int | None = None,
    ) -> None:
        self._program = program
        self.child = child
        self._forked = forked
        self._tasks_max = tasks_max
        self._bound: dict[str, Any] = dict(program.namespace) if forked else {}
        self._begin()

    def _begin(self) -> None:
        self._spaces: list[Space] = []
        self._inside: list[dict[str, Any]] = []
        self._outside: list[list[dict[str, Any]]] = []
        self._started = False
        self._tasks = 0

    def first(self, start: Start | None) -> Start | None:
        """The initializer and its arguments, once a process."""
        started, self._started = self._started, True
        return None if started else start

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """What a process sees before its first task: for what is sent to chunks, which run the initializer again."""
        space = of_namespace(self._program.namespace)
        before = space.read()
        space.write({**before, **self._bound})
        try:
            yield
        finally:
            space.write(before)

    def __enter__(self) -> None:
        if self._tasks == self._tasks_max:
            self._bound = dict(self._program.namespace) if self._forked else {}
            self._begin()
        self._tasks += 1
        if not self._spaces:
            self._fork()
        self._outside.append([space.read() for space in self._spaces])
        self._put(self._inside)

    def __exit__(self, *_: object) -> None:
        self._inside = [space.read() for space in self._spaces]
        self._put(self._outside.pop())

    def _put(self, values: list[dict[str, Any]]) -> None:
        for space, named in zip(self._spaces, values, strict=True):
            space.write(named)

    def _fork(self) -> None:
        """Makes the process's own copies of everything that a task can reach."""
        book = self._program.book
        modules = [sys.modules[name] for name in sorted(book.local) if name in sys.modules]
        spaces = [of_namespace(space) for space in (self._program.namespace, *map(vars, modules))]
        with self.fresh():
            held = [space.read() for space in spaces]
            survey = Survey(book.own)
            survey.look(value for named in held for name, value in named.items() if not name.startswith("__"))
            spaces += survey.spaces
            self._inside = copies([space.read() for space in spaces], survey)
        settings = of_interpreter()
        self._inside += [space.read() for space in settings]
        process = of_process()
        self._inside.append(as_child(*self.child))
        self._spaces = [*spaces, *settings, process]
